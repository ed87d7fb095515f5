"""The options that the command lines of all models share, and one clear line for one that is wrong."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import NoReturn

from minigrad.data import DATASETS


class OneLineParser(ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message} (--help shows the options)\n")


def parser(
    name: str,
    description: str,
    *,
    epochs: int,
    batch_size: int,
    lr: float,
    momentum: float,
    schedule: str = "cosine",
) -> ArgumentParser:
    """The options that all models share, with this model's defaults; it may add its own."""
    made = OneLineParser(prog=f"python -m models.{name}", description=description)
    add = made.add_argument
    add("--data", choices=DATASETS, default="glyphs", help="the data set (default: %(default)s)")
    add("--data-dir", type=Path, metavar="DIR", help="the folder of the data sets; glyphs needs none "
        "(default: the variable MINIGRAD_DATA)")  # fmt: skip
    shown = "%(metavar)s (default: %(default)s)"
    add(
        "--epochs",
        type=positive,
        default=epochs,
        metavar="N",
        help=f"passes over the data, {shown}",
    )
    add(
        "--batch-size",
        type=positive,
        default=batch_size,
        metavar="N",
        help=f"examples an update, {shown}",
    )
    add("--lr", type=rate, default=lr, metavar="RATE", help=f"the highest learning rate, {shown}")
    add("--momentum", type=fraction, default=momentum, metavar="M", help=f"of the descent, {shown}")
    add("--schedule", choices=("cosine", "constant"), default=schedule,
        help="how the rate falls (default: %(default)s)")  # fmt: skip
    add("--l2", type=fraction, default=0.0, metavar="C",
        help=f"the cost is the loss + %(metavar)s times the sum of squared weights, {shown}")  # fmt: skip
    add("--seed", type=natural, default=0, metavar="N", help=f"of everything drawn by lot, {shown}")
    add("--threads", type=positive, default=1, metavar="N",
        help=f"for products of matrices; large networks gain from more, {shown}")  # fmt: skip
    add("--limit", type=positive, metavar="N",
        help="use only the first %(metavar)s training and test images, for a quick look")  # fmt: skip
    add(
        "--out", type=Path, metavar="DIR", help=f"the folder of the run (default: runs/{name}-DATA)"
    )
    either = made.add_mutually_exclusive_group().add_argument
    either("--resume", action="store_true", help="go on with the interrupted run in the folder, with the "
           "same other options")  # fmt: skip
    either("--overwrite", action="store_true", help="replace whatever run is in the folder")
    made.set_defaults(model=name)
    return made


# ---- what options may be ----


def positive(text: str) -> int:
    if (value := natural(text)) < 1:
        raise ArgumentTypeError(f"{text} must be at least 1")
    return value


def natural(text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a whole number") from None
    if value < 0:
        raise ArgumentTypeError(f"{text} must not be negative")
    return value


def number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a number") from None


def rate(text: str) -> float:
    if not 0 < (value := number(text)) < float("inf"):
        raise ArgumentTypeError(f"{text} must be greater than 0")
    return value


def fraction(text: str) -> float:
    if not 0 <= (value := number(text)) < 1:
        raise ArgumentTypeError(f"{text} must be at least 0 and less than 1")
    return value
