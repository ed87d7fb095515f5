"""The options that every program with a search has: `--trials`, `--jobs` and `--storage`."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, _ArgumentGroup


def add(
    parser: ArgumentParser | _ArgumentGroup, *, trials: int | None = None, jobs: int = 1
) -> None:
    """Add them to a parser; `options.trials`, `.jobs` and `.storage` are what `search.random` takes."""
    shown = "%(metavar)s (default: %(default)s)"
    parser.add_argument("--trials", type=positive, default=trials, metavar="N",
        help=f"finished trials in the end, those of earlier runs among them, {shown}")  # fmt: skip
    parser.add_argument("--jobs", type=positive, default=jobs, metavar="N",
        help=f"processes on this machine, {shown}")  # fmt: skip
    parser.add_argument("--storage", metavar="URL",
        help="where the trials live: a path, postgresql://USER:PASSWORD@HOST/NAME or mysql+pymysql://...; "
        "the same command with the same %(metavar)s on another machine joins the search "
        "(default: runs/search.db)")  # fmt: skip


def positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"{text!r} is not a whole number, at least 1")
    return int(text)
