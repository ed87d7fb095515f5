"""What `python -m models.lenet` and its like do: options in, a folder with the run out.

A model's file brings its own options and says how it is built from them; all else is here.
"""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from minigrad.arguments import (
    DEFAULT,
    OneLineParser,
    add_data_dir,
    add_seed,
    format_line,
    fraction,
    positive,
    rate,
    refuse,
)
from minigrad.data import DATASETS, ArrayDataset, DataLoader, Standardise, load, random_split
from minigrad.errors import MinigradError, ParameterError
from minigrad.nn import Module, summary
from minigrad.optim import L2, SGD, Constant, Cosine
from minigrad.train import folder as run_folder
from minigrad.train import process
from minigrad.train.checkpoint import save_weights
from minigrad.train.evaluate import Evaluation, evaluate
from minigrad.train.fit import fit
from minigrad.train.history import History
from minigrad.typing import Array

Build = Callable[[Namespace, tuple[int, ...], int, np.random.Generator], Module]
"""build(options, shape of an image, number of classes, rng): the model to train."""


class Verdict(Protocol):
    """What a check of gradients returns; it can be printed."""

    @property
    def passed(self) -> bool: ...


Check = Callable[[Module, Array, Array], Verdict]
"""check(model, inputs, labels); `minigrad.check` stands above this package, so a model's file hands it in."""

Illustrate = Callable[[Module, Array, Array, Path], None]
"""illustrate(model, inputs, labels, folder): the model drawn into the folder; handed in likewise."""

SHOWN = 32
"""With so many images the model is drawn."""

NOT_SETTINGS = ("data_dir", "out", "resume", "overwrite")
"""The options that do not change what a run computes."""


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


def run(
    parser: ArgumentParser,
    argv: Sequence[str] | None,
    build: Build,
    check: Check,
    illustrate: Illustrate,
) -> int:
    """Train, evaluate and draw; returns the exit code.

    0 if all is well, 1 if the training failed or a gradient is wrong, 2 if the question was wrong,
    130 after Ctrl-C.
    """
    began = time.perf_counter()
    try:
        try:
            options = parser.parse_args(argv)
            process.prepare(options.threads)
            job = Job(options, build)
        except SystemExit as exit_:  # argparse has printed the help, or what is wrong
            return int(exit_.code or 0)
        except MinigradError as error:
            return refuse(parser.prog, error)
        job.train()
        sound = job.report(check, illustrate)
    except KeyboardInterrupt as interrupt:
        saved = f", saved in {interrupt}" if interrupt.args else ""
        print(
            f"\n{parser.prog}: interrupted{saved}; go on with the same options and --resume",
            file=sys.stderr,
        )
        return 130
    except (MinigradError, OSError) as error:  # a picture may meet a full disk
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 1
    print(f"{time.perf_counter() - began:.0f} seconds in all")
    return 0 if sound else 1


class Job:
    """Data, model and folder, made ready to train. Raises `MinigradError` for what cannot be."""

    def __init__(self, options: Namespace, build: Build) -> None:
        self.options = options
        self.title = f"{options.model} on {options.data}"
        self.out: Path = options.out or Path("runs") / f"{options.model}-{options.data}"
        for_split, for_model, for_order = np.random.default_rng(options.seed).spawn(3)
        rest, self.test = read(options)
        if len(rest) < 2:
            raise ParameterError(f"--limit {options.limit}: no example is left to train on")
        # A sixth is held out to validate: 10,000 of MNIST's 60,000, as is the custom.
        held_out = max(1, len(rest) // 6)
        train, validation = random_split(rest, [len(rest) - held_out, held_out], for_split)
        self.standardise = Standardise.fit(train.inputs)
        self.train_set = train.map(self.standardise)
        self.validation = validation.map(self.standardise)
        self.shape = train.inputs.shape[1:]
        self.model = build(options, self.shape, len(train.classes), for_model)
        self.loader = DataLoader(self.train_set, options.batch_size, shuffle=True, rng=for_order)
        self.settings = {k: v for k, v in vars(options).items() if k not in NOT_SETTINGS}
        flags = {"resume": options.resume, "overwrite": options.overwrite}
        said = run_folder.claim(self.out, self.settings, **flags)
        print(said or f"the run is kept in {self.out}")

    def train(self) -> None:
        options, model = self.options, self.model
        sizes = f"{len(self.train_set):,} to train, {len(self.validation):,} to validate"
        print(
            f"{self.title}: {sizes}, {len(self.test):,} to test\n\n{summary(model, self.shape)}\n"
        )
        steps = options.epochs * len(self.loader)
        constant = options.schedule == "constant"
        self.history: History = fit(
            model,
            self.loader,
            SGD(model.parameters(), lr=options.lr, momentum=options.momentum),
            steps=steps,
            schedule=Constant(options.lr) if constant else Cosine(options.lr, steps),
            penalty=L2(model.parameters(), options.l2) if options.l2 else None,
            validation=self.validation,
            folder=self.out,
            resume=options.resume,
            keep={"settings": self.settings, "standardise": self.standardise.state_dict()},
        )

    def report(self, check: Check, illustrate: Illustrate) -> bool:
        """What the test set says, a check of the gradients, and the files; returns whether it passed."""
        seen = self.test.map(self.standardise)
        result = evaluate(self.model, seen)
        wrong = int((result.outputs.argmax(axis=1) != seen.targets).sum())
        share = f"{wrong:,} of {len(seen):,} wrong"
        print(f"\ntest accuracy {result.accuracy:.2%}: {share}, loss {result.loss:.4f}")
        statistics = {k: v.tolist() for k, v in self.standardise.state_dict().items()}
        about = {"settings": self.settings, "standardise": statistics}
        save_weights(self.out / run_folder.WEIGHTS, self.model.state_dict(), about)
        self.draw(result)
        try:
            illustrate(self.model.train(), *seen[:SHOWN], self.out)
        except (
            MinigradError
        ) as error:  # where Graphviz is missing, the rest of the run is none the worse
            print(f"\nthe model was not drawn: {format_line(error)}")
        verdict = check(self.model.eval(), *seen[:2])
        print(f"\n{verdict}\n")
        files = [name for name in run_folder.FILES if (self.out / name).exists()]
        print(f"in {self.out}: {', '.join(files)}")
        return verdict.passed

    def draw(self, result: Evaluation) -> None:
        from minigrad.train import plots

        labels, classes = self.test.targets, self.test.classes
        on_test = f"{self.title}, test accuracy {result.accuracy:.2%}"
        pictures = {
            run_folder.CURVES: plots.learning_curves(self.history, title=self.title),
            run_folder.CONFUSION: plots.confusion(
                plots.confusion_matrix(result.outputs, labels), classes, title=on_test
            ),
            run_folder.MISTAKES: plots.mistakes(
                self.test.inputs,
                result.outputs,
                labels,
                classes,
                title=f"The worst mistakes: {on_test}",
            ),
        }
        for name, figure in pictures.items():
            plots.save_figure(figure, self.out / name)


def read(options: Namespace) -> tuple[ArrayDataset, ArrayDataset]:
    """The training set and the test set, or the first images of each."""
    if options.data_dir is not None and not options.data_dir.is_dir():
        raise ParameterError(f"--data-dir {options.data_dir}: there is no such folder")
    both = load(options.data, options.data_dir)
    if options.limit is None:
        return both
    train, test = (ArrayDataset(*part[: options.limit], part.classes) for part in both)
    return train, test
