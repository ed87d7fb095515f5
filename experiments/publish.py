"""The output of a finished report: pages, tables and figures, made of its results and nothing else."""

from __future__ import annotations

import json
import platform
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

import minigrad
from experiments import markdown, pictures, webpage
from experiments.blocks import Figure, Page, Table
from experiments.cache import write_text
from experiments.judge import unexplained
from experiments.parts import Report
from experiments.provenance import derived_commit
from experiments.runner import Outcome
from minigrad.errors import ParameterError

QUICK = (
    "QUICK LOOK: a small slice of the data and few updates. These numbers show that the pipeline works, "
    "and nothing else."
)


@dataclass(frozen=True)
class About:
    """The origin of the results: command, versions, commit, machine and time."""

    name: str
    title: str
    quick: bool
    minutes: float
    made: str
    minigrad: str
    commit: str
    numpy: str
    python: str
    machine: str

    @property
    def command(self) -> str:
        return (
            f"python -m experiments {self.name} --data-dir data{' --quick' if self.quick else ''}"
        )

    @property
    def sentence(self) -> str:
        return (
            f"Made by `{self.command}` on {self.made}: minigrad {self.minigrad} at commit {self.commit}, "
            f"numpy {self.numpy}, Python {self.python}, {self.machine}, one thread a process; "
            f"{self.minutes:.1f} minutes of one core."
        )


def publish(report: Report, outcome: Outcome, folder: Path, quick: bool) -> str:
    """Write the folder of the report; returns a line that sums it up.

    Raises `ParameterError` if a number that does not agree has no note with the reason.
    """
    page = report.page(outcome.results, quick)
    lacking = [] if quick else unexplained(page.numbers)
    if lacking:
        raise ParameterError(
            f"{report.name}: not reproduced, and no note gives the reason: {'; '.join(lacking)}"
        )
    about = About(
        report.name, report.title, quick, round(sum(outcome.seconds.values()) / 60, 2),
        f"{datetime.now(UTC):%Y-%m-%d}", minigrad.__version__,
        " and ".join(sorted(outcome.commits)), np.__version__,
        platform.python_version(), f"{platform.system()} {platform.machine()}",
    )  # fmt: skip
    for stale in ("figures", "tables"):
        shutil.rmtree(folder / stale, ignore_errors=True)
    for block in page.blocks:
        if isinstance(block, Figure):
            pictures.save(block, folder / "figures")
        elif isinstance(block, Table):
            write_text(folder / "tables" / f"{block.name}.json", format_json(as_records(block)))
    content = summary(page, about, outcome)
    write_text(folder / "report.json", format_json(content))
    write_text(folder / "README.md", markdown.page(page, about))
    write_text(folder / "report.html", webpage.page(page, about))
    return line(content)


def stamp(folder: Path) -> None:
    """Add the commit to results from before commits were recorded, from the history of git."""
    content = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    about = content["about"]
    if "commit" in about:
        return
    commit = derived_commit(folder / "report.json")
    version = f"minigrad {about['minigrad']}"
    for name in ("README.md", "report.html"):
        text = (folder / name).read_text(encoding="utf-8")
        write_text(folder / name, text.replace(f"{version},", f"{version} at commit {commit},", 1))
    about["commit"] = commit
    write_text(folder / "report.json", format_json(content))


def format_json(value: Any) -> str:
    return json.dumps(value, indent=1, allow_nan=False) + "\n"


def as_records(table: Table) -> list[dict[str, Any]]:
    return [dict(zip(table.header, row)) for row in table.rows]


def summary(page: Page, about: About, outcome: Outcome) -> dict[str, Any]:
    return {
        **({"quick": QUICK} if about.quick else {}),
        "name": about.name,
        "title": about.title,
        "numbers": [number.as_json() for number in page.numbers],
        "about": {
            "command": about.command,
            "made": about.made,
            "minutes": about.minutes,
            "minutes by part": {k: round(s / 60, 2) for k, s in outcome.seconds.items()},
            "minigrad": about.minigrad,
            "commit": about.commit,
            "numpy": about.numpy,
            "python": about.python,
            "machine": about.machine,
        },
    }


def line(content: dict[str, Any]) -> str:
    def count(name: str) -> str:
        judged = [n[name] for n in content["numbers"] if n[name] is not None]
        return f"{sum(judged)} of {len(judged)}"

    return (
        f"{count('agrees')} numbers agree with the reference, {count('reproduced')} of the report's are "
        "reproduced"
    )
