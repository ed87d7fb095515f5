"""Command lines: the types of their options, options that several commands share, and errors in one line."""

from __future__ import annotations

import math
import sys
from argparse import ArgumentParser, ArgumentTypeError, _ActionsContainer
from pathlib import Path
from typing import NoReturn

DEFAULT = "(default: %(default)s)"
"""The end of a help text, where the default can be printed as it is."""


class OneLineParser(ArgumentParser):
    """An `ArgumentParser` that reports an error in one line, without the usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message} (--help lists the options)\n")


def refuse(command: str, error: BaseException, code: int = 2) -> int:
    """Print the error in one line on standard error; returns `code`, the exit code of the command."""
    print(f"{command}: {format_line(error)}", file=sys.stderr)
    return code


def format_line(error: BaseException) -> str:
    """The message of an error in one line: its lines are joined by semicolons."""
    lines = [" ".join(line.split()) for line in str(error).splitlines()]
    return "; ".join(line for line in lines if line).replace(":; ", ": ")


# ---- types of options ----


def natural(text: str) -> int:
    """A whole number, 0 or more."""
    try:
        value = int(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a whole number") from None
    if value < 0:
        raise ArgumentTypeError(f"{text} must not be negative")
    return value


def positive(text: str) -> int:
    """A whole number, 1 or more."""
    if (value := natural(text)) < 1:
        raise ArgumentTypeError(f"{text} must be at least 1")
    return value


def number(text: str) -> float:
    """A float, inf and nan included."""
    try:
        return float(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a number") from None


def rate(text: str) -> float:
    """A finite number greater than 0."""
    if not 0 < (value := number(text)) < math.inf:
        raise ArgumentTypeError(f"{text} must be greater than 0, and finite")
    return value


def fraction(text: str) -> float:
    """A number in [0, 1)."""
    if not 0 <= (value := number(text)) < 1:
        raise ArgumentTypeError(f"{text} must be at least 0 and less than 1")
    return value


# ---- options that several commands share ----


def add_data_dir(parser: _ActionsContainer) -> None:
    """`--data-dir DIR`, the folder of the data sets: `options.data_dir` is a Path or None."""
    parser.add_argument("--data-dir", type=Path, metavar="DIR",
        help="the folder of the data sets (default: the environment variable MINIGRAD_DATA, else a folder "
        "in your cache)")  # fmt: skip


def add_seed(parser: _ActionsContainer, what: str = "everything that is random") -> None:
    """`--seed N`: `options.seed` is a whole number."""
    parser.add_argument("--seed", type=natural, default=0, metavar="N",
        help=f"the random seed of {what}, %(metavar)s {DEFAULT}")  # fmt: skip


def add_search(parser: _ActionsContainer, *, trials: int | None = None, jobs: int = 1) -> None:
    """`--trials`, `--jobs` and `--storage`, as `minigrad.search` takes them."""
    parser.add_argument("--trials", type=positive, default=trials, metavar="N",
        help="the number of finished trials at the end, earlier runs included, "
        f"%(metavar)s {DEFAULT}")  # fmt: skip
    parser.add_argument("--jobs", type=positive, default=jobs, metavar="N",
        help=f"the number of processes on this machine, %(metavar)s {DEFAULT}")  # fmt: skip
    parser.add_argument("--storage", metavar="URL",
        help="where the trials are stored: a path, postgresql://USER:PASSWORD@HOST/NAME or "
        "mysql+pymysql://...; the same command with the same %(metavar)s on another machine joins the "
        "search (default: runs/search.db)")  # fmt: skip
