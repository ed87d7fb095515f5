"""The command line of a model, as in `python -m models.lenet`: from options to a trained model.

The file of a model adds its own options, and builds the model from them; everything else is here.
"""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from minigrad import arguments
from minigrad.arguments import DEFAULT, fraction, positive, rate
from minigrad.data import DATASETS
from minigrad.errors import MinigradError
from minigrad.train import process
from minigrad.train.job import Build, Job

Report = Callable[[Job], bool]
"""report(run): what a model's file adds to the folder and the output; returns whether all is correct."""


def parser(
    name: str, description: str, *, epochs: int, batch_size: int, lr: float, momentum: float,
    schedule: str = "cosine",
) -> ArgumentParser:  # fmt: skip
    """The options that all models share, with the defaults of this model; it may add its own."""
    made = arguments.OneLineParser(prog=f"python -m models.{name}", description=description)
    add = made.add_argument

    def number(option: str, kind: Any, default: float, metavar: str, text: str) -> None:
        text = f"{text}, %(metavar)s {DEFAULT}"
        add(option, type=kind, default=default, metavar=metavar, help=text)

    add("--data", choices=DATASETS, default="glyphs", help=f"the data set {DEFAULT}")
    arguments.add_data_dir(made)
    number("--epochs", positive, epochs, "N", "passes over the training set")
    number("--batch-size", positive, batch_size, "N", "examples for each update")
    number("--lr", rate, lr, "RATE", "the highest learning rate")
    number("--momentum", fraction, momentum, "M", "the momentum of gradient descent")
    add("--schedule", choices=("cosine", "constant"), default=schedule,
        help=f"how the learning rate changes {DEFAULT}")  # fmt: skip
    number("--l2", fraction, 0.0, "C",
           "the cost is the loss + %(metavar)s times the sum of squared weights")  # fmt: skip
    arguments.add_seed(made)
    number("--threads", positive, 1, "N",
           "threads for matrix products; large networks gain from more than one")  # fmt: skip
    add("--limit", type=positive, metavar="N",
        help="use only the first %(metavar)s training and test images, for a quick look")  # fmt: skip
    add("--out", type=Path, metavar="DIR",
        help=f"the folder of the run (default: runs/{name}-DATA)")  # fmt: skip
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
    began, job = time.perf_counter(), None
    try:
        options = parser.parse_args(argv)
        process.prepare(options.threads)
        job = Job(options, build)
        history = job.train()
        job.evaluate()
        job.draw(history)
        passed = report(job)
        job.list_files()
    except SystemExit as exit_:  # argparse has printed the help, or the error
        return int(exit_.code or 0)
    except KeyboardInterrupt as interrupt:
        saved = f"interrupted, saved in {interrupt}" if interrupt.args else "interrupted"
        again = "continue with the same options and --resume"
        print(f"\n{parser.prog}: {saved}; {again}", file=sys.stderr)
        return 130
    except (MinigradError, OSError) as error:  # a picture may not fit on the disk
        if job is None:
            return arguments.refuse(parser.prog, error)
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 1
    print(f"{time.perf_counter() - began:.0f} seconds in all")
    return 0 if passed else 1
