"""The index of all results: one page, made of each report's report.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from experiments import catalogue, markdown
from experiments.cache import write_text
from experiments.provenance import current_commit, format_age
from experiments.publish import QUICK, line, stamp

INTRO = """# Experiments

Five course reports, redone with minigrad on the real data: one command each, the report's numbers and ours
side by side.

```sh
python -m experiments --list
python -m experiments dd2424-a2 --data-dir data            # --quick: a small slice, in under a minute
python -m experiments all --data-dir data --jobs 4         # killed? the same command with --resume
```

This page and everything under `results/` are written by that command; `--index` writes this page alone."""

AGE = """The column "made by minigrad" gives version, commit and date. A result is older than a file that its
report loads if the file has changed since that commit. This page compares with the files of {commit}."""

TITLE = "## The main numbers"


def write(results: Path, path: Path) -> None:
    """Write the index of all reports under `results` to `path`."""
    for report in results.glob("*/report.json"):
        stamp(report.parent)
    found = [
        summary for name in catalogue.REPORTS if (summary := read(results / name / "report.json"))
    ]
    link = results.relative_to(path.parent).as_posix()
    prefix = "" if link == "." else f"{link}/"
    parts = [INTRO]
    if any("quick" in summary for summary in found):
        parts.append(f"> **{QUICK}**")
    parts.append(overview(found, prefix))
    rows = [
        [
            summary["name"],
            n["what"],
            *n["shown"],
            markdown.MARKS[n["agrees"]],
            markdown.MARKS[n["reproduced"]],
        ]
        for summary in found
        for n in summary["numbers"]
        if n["headline"]
    ]
    head = ["", "", "report", "ours", "reference", "agrees", "reproduced"]
    parts += [TITLE, markdown.table(head, rows), markdown.EXPLAINED]
    write_text(path, "\n\n".join(parts) + "\n")


def read(path: Path) -> dict[str, Any] | None:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def overview(found: list[dict[str, Any]], prefix: str) -> str:
    rows = [
        [
            f"[{s['name']}]({prefix}{s['name']}/README.md)",
            f"{s['title']}{', quick' if 'quick' in s else ''}",
            line(s),
            f"{s['about']['minutes']:.1f}",
            f"{s['about']['minigrad']}, {s['about']['commit']}, {s['about']['made']}",
            format_age(s["name"], s["about"]["commit"]),
        ]
        for s in found
    ]
    table = markdown.table(
        ["report", "title", "result", "minutes", "made by minigrad", "age"], rows
    )
    return f"{table}\n\n{AGE.format(commit=current_commit())}"
