"""Command lines: the types of their options, options that several commands share, and errors in one line."""

from __future__ import annotations

import math
import sys
from argparse import ArgumentParser, ArgumentTypeError, _ActionsContainer
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

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


def option_type(
    convert: Callable[[str], Any], kind: str, fits: Callable[[Any], bool], needed: str
) -> Callable[[str], Any]:
    """A type for `add_argument`: `convert(text)`, or an error unless it is a `kind` that `fits`."""

    def parse(text: str) -> Any:
        try:
            value = convert(text)
        except ValueError:
            raise ArgumentTypeError(f"{text!r} is not {kind}") from None
        if not fits(value):
            raise ArgumentTypeError(f"{text} must {needed}")
        return value

    return parse


natural = option_type(int, "a whole number", lambda n: n >= 0, "not be negative")
"""A whole number, 0 or more."""
positive = option_type(int, "a whole number", lambda n: n >= 1, "be at least 1")
"""A whole number, 1 or more."""
rate = option_type(float, "a number", lambda x: 0 < x < math.inf, "be greater than 0, and finite")
"""A finite number greater than 0."""
fraction = option_type(float, "a number", lambda x: 0 <= x < 1, "be at least 0 and less than 1")
"""A number in [0, 1)."""


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
