"""The commit that computed a result, and the files that have changed since then."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

from experiments import catalogue

ROOT = Path(__file__).parent.parent
UNKNOWN = "unknown"

LOADED = """import sys, {module}
for each in list(sys.modules.values()):
    if path := getattr(each, "__file__", None):
        print(path)
"""
"""A program that prints the files which a module loads."""


def git(*arguments: str) -> str | None:
    """The output of git in this clone; None where it fails, or without git or a clone."""
    try:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True)
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


@cache
def current_commit() -> str:
    """The commit of this clone, with a "+" where tracked files differ from it, apart from results."""
    commit = git("rev-parse", "--short=10", "HEAD")
    if not commit:
        return UNKNOWN
    code = (".", ":!experiments/results", ":!experiments/README.md")
    return commit + "+" * bool(git("status", "--porcelain", "--untracked-files=no", "--", *code))


def derived_commit(report: Path) -> str:
    """The last commit that changed the numbers of a committed report.json."""
    if not report.is_relative_to(ROOT):
        return UNKNOWN
    path = report.relative_to(ROOT).as_posix()
    commits = (git("log", "--format=%h", "--abbrev=10", "--", path) or "").split()
    for commit, before in zip(commits, [*commits[1:], None]):
        if before is None or numbers(commit, path) != numbers(before, path):
            return commit
    return UNKNOWN


def numbers(commit: str, path: str) -> list[Any]:
    content = json.loads(git("show", f"{commit}:{path}") or '{"numbers": []}')
    return [(number["what"], number["ours"]) for number in content["numbers"]]


def format_age(name: str, commit: str) -> str:
    """Number of files that the report `name` loads and that have changed since `commit`, in words."""
    module = catalogue.REPORTS[name][0]
    loaded = subprocess.run(
        [sys.executable, "-c", LOADED.format(module=module)],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    files = [path for path in loaded if Path(path).is_relative_to(ROOT) and ".venv" not in path]
    changed = git("diff", "--name-only", commit.partition("+")[0], "--", *files)
    if changed is None:
        return UNKNOWN
    count = len(changed.splitlines())
    return f"older than {count} of {len(files)} files" if count else "up to date"
