"""`minigrad check`: the gradients of ops, functions, layers and models, in a table.

    minigrad check                              every op
    minigrad check ops conv2d relu              these
    minigrad check package.module:function      an op, a function, a layer or a model
    minigrad check models.lenet  lesson.py      all that a module or a file defines

See `targets.py` for what can be named, and what may stand beside it.
"""

from __future__ import annotations

import time
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from minigrad.arguments import add_seed, positive, refuse
from minigrad.check import mutants, page
from minigrad.check.table import RAISED, Row
from minigrad.check.targets import Target, targets
from minigrad.errors import CheckError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

STYLES = {"correct": "green", "wrong": "bold red", "undecided": "yellow", "not written": "cyan"}


def configure(parser: ArgumentParser) -> None:
    """check gradients: of every op, or of what you name"""
    add = parser.add_argument
    add("what", nargs="*", metavar="WHAT", help="ops, ops NAME..., package.module, package.module:NAME, "
        "file.py, or 1 for the exercise of lesson 1 (default: every op of minigrad)")  # fmt: skip
    add("--samples", type=positive, default=6, metavar="N",
        help="random cases for each (default: %(default)s)")  # fmt: skip
    add_seed(parser, "the cases")
    add("--mutants", action="store_true", help="plant every known bug in every rule of the ops, and count "
        "those that the check refuses")  # fmt: skip
    add(
        "--annotate",
        action="store_true",
        help="print each backward function, with what its lines compute",
    )
    add("--report", type=Path, metavar="FILE.html", help="write a page with every V curve")
    parser.set_defaults(run=run)


def run(options: Namespace) -> int:
    """0 if all is correct, 1 if a gradient is wrong, unwritten or undecided, 2 if the question was wrong."""
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=False)
    try:
        found = targets(options.what)
        if options.mutants and options.report:
            raise CheckError("--mutants draws no page: give --report in a run without it")
        if options.mutants:
            return plant(found, console)
        if options.report:
            writable(options.report)
        began = time.perf_counter()
        rows = [
            each.check(options.samples, options.seed)
            for each in followed(found, console, "checking")
        ]
    except CheckError as error:
        return refuse("minigrad check", error)
    console.print(table(rows))
    for wrong in (r for r in rows if r.verdict != "correct" or len(rows) == 1):
        explain(wrong, console)
    for row in rows if options.annotate else ():
        console.print(f"{row.name}:\n{row.annotated()}\n", markup=False, soft_wrap=True)
    console.print(summary(rows, time.perf_counter() - began), style="bold")
    if options.report:
        options.report.write_text(page.page(rows, options.seed), encoding="utf-8")
        console.print(f"every V curve is in {options.report}", soft_wrap=True)
    return 0 if all(r.verdict == "correct" for r in rows) else 1


def writable(path: Path) -> None:
    """Raise `CheckError` where no page can be written, before minutes of checks; leave no empty page."""
    there = path.exists()
    try:
        path.open("a", encoding="utf-8").close()
    except OSError as error:
        raise CheckError(f"--report {path} cannot be written: {error.strerror}") from error
    if not there:
        path.unlink()


def followed(found: Sequence[Target], console: Console, doing: str) -> list[Target]:
    """The targets one by one, with a bar on a terminal that goes away in the end."""
    from rich.progress import track

    if not console.is_terminal:  # older versions of rich end even a disabled bar with an empty line
        return list(found)
    return track(found, doing, console=console, transient=True)  # type: ignore[return-value]


def table(rows: Sequence[Row]) -> Table:
    from rich import box
    from rich.table import Table

    made = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    made.add_column("op" if len(rows) > 1 else "", overflow="fold")
    for name in ("cases", "digits", "slopes of the V", "kinks"):
        made.add_column(name, justify="right")
    made.add_column("verdict")
    for r in rows:
        digits = "" if not r.ran else "zero" if np.isnan(r.digits) else f"{r.digits:.1f}"
        kinks = str(r.kinks) if r.kinks else ""
        verdict = f"[{STYLES[r.verdict]}]{r.verdict}"
        made.add_row(r.name, str(r.cases), digits, slopes(r), kinks, verdict)
    return made


def slopes(r: Row) -> str:
    """Of both arms; an arm that is not there is a dot."""
    arms = (r.truncation_slope, r.roundoff_slope)
    return " ".join("    ·" if slope is None else f"{slope:+.2f}" for slope in arms)


def explain(r: Row, console: Console) -> None:
    """What is wrong, in full."""
    if r.unwritten:
        console.print(f"\n{r.name}: not written yet: {r.unwritten}", markup=False, soft_wrap=True)
    if r.broken:
        holds = "" if r.broken == RAISED else " does not hold"
        console.print(f"\n{r.name}: [bold red]{r.broken}[/]{holds}:", soft_wrap=True)
        if r.why:
            console.print(f"  {r.why}", markup=False, soft_wrap=True)
    if r.report is not None:
        console.print(f"\n{r.report}\n", markup=False, soft_wrap=True)
        if r.report.where:
            console.print(f"{r.report.format_where()}\n", markup=False, soft_wrap=True)


def summary(rows: Sequence[Row], seconds: float) -> str:
    cases = sum(r.cases for r in rows)
    counts = {v: sum(r.verdict == v for r in rows) for v in STYLES}
    said = ", ".join(f"{n} {verdict}" for verdict, n in counts.items() if n)
    many = f"{cases} case{'s' * (cases != 1)}"
    return f"{len(rows)} checked at {many} in {seconds:.1f} s: {said}"


def plant(found: Sequence[Target], console: Console) -> int:
    """Plant the bugs, and print the kill rate."""
    planted = [each.op for each in found if each.op is not None]
    if not planted:
        raise CheckError("--mutants plants bugs in the rules of ops, and none was named")
    met = [
        mutant
        for each in followed(found, console, "planting bugs")
        if each.op is not None
        for mutant in mutants.mutants(each.op)
    ]
    console.print(mutants.as_text(mutants.tally(met), len(planted)), soft_wrap=True)
    survivors = [m for m in met if m.fate == "survived"]
    for m in survivors:
        console.print(f"[bold red]survived[/]: {m.op}, input {m.slot}: {m.bug}", soft_wrap=True)
    return 1 if survivors else 0
