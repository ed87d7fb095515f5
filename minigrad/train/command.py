"""The command line of a model, as in `python -m models.lenet`: from options to a trained model.

The file of a model adds its own options, and builds the model from them; everything else is here.
"""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from pathlib import Path

from minigrad.arguments import (
    DEFAULT,
    OneLineParser,
    add_data_dir,
    add_seed,
    fraction,
    positive,
    rate,
    refuse,
)
from minigrad.data import DATASETS
from minigrad.errors import MinigradError
from minigrad.train import process
from minigrad.train.job import Build, Job

Report = Callable[[Job], bool]
"""report(run): what a model's file adds to the folder and the output; returns whether all is correct."""


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
    """The options that all models share, with the defaults of this model; it may add its own."""
    made = OneLineParser(prog=f"python -m models.{name}", description=description)
    add = made.add_argument
    shown = f"%(metavar)s {DEFAULT}"
    add("--data", choices=DATASETS, default="glyphs", help=f"the data set {DEFAULT}")
    add_data_dir(made)
    add("--epochs", type=positive, default=epochs, metavar="N",
        help=f"passes over the training set, {shown}")  # fmt: skip
    add("--batch-size", type=positive, default=batch_size, metavar="N",
        help=f"examples for each update, {shown}")  # fmt: skip
    add("--lr", type=rate, default=lr, metavar="RATE", help=f"the highest learning rate, {shown}")
    add("--momentum", type=fraction, default=momentum, metavar="M",
        help=f"the momentum of gradient descent, {shown}")  # fmt: skip
    add("--schedule", choices=("cosine", "constant"), default=schedule,
        help=f"how the learning rate changes {DEFAULT}")  # fmt: skip
    add("--l2", type=fraction, default=0.0, metavar="C",
        help=f"the cost is the loss + %(metavar)s times the sum of squared weights, {shown}")  # fmt: skip
    add_seed(made)
    add("--threads", type=positive, default=1, metavar="N",
        help=f"threads for matrix products; large networks gain from more than one, {shown}")  # fmt: skip
    add("--limit", type=positive, metavar="N",
        help="use only the first %(metavar)s training and test images, for a quick look")  # fmt: skip
    add(
        "--out", type=Path, metavar="DIR", help=f"the folder of the run (default: runs/{name}-DATA)"
    )
    either = made.add_mutually_exclusive_group().add_argument
    either("--resume", action="store_true",
           help="continue the interrupted run in the folder, with the same other options")  # fmt: skip
    either("--overwrite", action="store_true", help="replace any run that is in the folder")
    made.set_defaults(model=name)
    return made


def train(parser: ArgumentParser, argv: Sequence[str] | None, build: Build, report: Report) -> int:
    """Train, evaluate and draw the model, then call `report`; returns the exit code.

    0 if all is well, 1 if the training failed or `report` returned False, 2 for options that are wrong,
    130 after Ctrl-C.
    """
    began = time.perf_counter()
    try:
        try:
            options = parser.parse_args(argv)
            process.prepare(options.threads)
            job = Job(options, build)
        except SystemExit as exit_:  # argparse has printed the help, or the error
            return int(exit_.code or 0)
        except MinigradError as error:
            return refuse(parser.prog, error)
        history = job.train()
        job.evaluate()
        job.draw(history)
        passed = report(job)
        job.list_files()
    except KeyboardInterrupt as interrupt:
        saved = f", saved in {interrupt}" if interrupt.args else ""
        print(
            f"\n{parser.prog}: interrupted{saved}; continue with the same options and --resume",
            file=sys.stderr,
        )
        return 130
    except (MinigradError, OSError) as error:  # a picture may not fit on the disk
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 1
    print(f"{time.perf_counter() - began:.0f} seconds in all")
    return 0 if passed else 1
