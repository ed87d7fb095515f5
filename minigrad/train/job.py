"""Job: the data, the model and the folder of one training command, from its options to its last file."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

import numpy as np

from minigrad.data import ArrayDataset, DataLoader, Standardise, load, random_split
from minigrad.errors import ParameterError
from minigrad.nn import Module, summary
from minigrad.ops import cross_entropy
from minigrad.optim import L2, SGD, Constant, Cosine
from minigrad.train import folder as files
from minigrad.train.checkpoint import save_weights
from minigrad.train.evaluate import Evaluation, evaluate
from minigrad.train.fit import fit
from minigrad.train.history import History
from minigrad.train.progress import ProgressBar
from minigrad.train.settings import Settings
from minigrad.typing import Array

Build = Callable[[Namespace, tuple[int, ...], int, np.random.Generator], Module]
"""build(options, shape of an image, number of classes, rng): the model to train."""

NO_INFLUENCE = ("data_dir", "out", "resume", "overwrite")
"""The options that do not change what a run computes."""


class Job:
    """A model, its data and its folder, ready to train. Raises `MinigradError` for impossible options.

    options    of the command line
    title      such as "lenet on glyphs"
    folder     where all files of the run go
    model      as `build` made it; trained by `train`
    test       the test set, as the model sees it: standardised
    result     the evaluation of the trained model on it
    """

    def __init__(self, options: Namespace, build: Build) -> None:
        self.options = options
        self.title = f"{options.model} on {options.data}"
        self.folder: Path = options.out or Path("runs") / f"{options.model}-{options.data}"
        for_split, for_model, for_order = np.random.default_rng(options.seed).spawn(3)
        rest, self._test_images = load_limited(options)
        if len(rest) < 2:
            raise ParameterError(f"--limit {options.limit}: no example is left to train on")
        # A sixth is held out for validation: 10,000 of MNIST's 60,000, as is usual.
        held_out = max(1, len(rest) // 6)
        train, validation = random_split(rest, [len(rest) - held_out, held_out], for_split)
        self._standardise = Standardise.fit(train.inputs)
        parts = train, validation, self._test_images
        self._training, self._validation, self.test = (p.map(self._standardise) for p in parts)
        self.model = build(options, train.inputs.shape[1:], len(train.classes), for_model)
        self._loader = DataLoader(self._training, options.batch_size, shuffle=True, rng=for_order)
        self.result: Evaluation
        self._kept = {k: v for k, v in vars(options).items() if k not in NO_INFLUENCE}
        flags = {"resume": options.resume, "overwrite": options.overwrite}
        print(files.claim(self.folder, self._kept, **flags) or f"the run is kept in {self.folder}")

    def train(self) -> History:
        options, model = self.options, self.model
        sizes = f"{len(self._training):,} to train, {len(self._validation):,} to validate"
        table = summary(model, self.test.inputs.shape[1:])
        print(f"{self.title}: {sizes}, {len(self.test):,} to test\n\n{table}\n")
        updates = options.epochs * len(self._loader)
        cosine = options.schedule == "cosine"
        schedule = Cosine(options.lr, updates) if cosine else Constant(options.lr)
        penalty = L2(model.parameters(), options.l2) if options.l2 else None
        return fit(
            model,
            self._loader,
            SGD(model.parameters(), lr=options.lr, momentum=options.momentum),
            Settings(epochs=options.epochs, schedule=schedule, penalty=penalty),
            validation=self._validation,
            folder=self.folder,
            resume=options.resume,
            keep={"options": self._kept, "standardise": self._standardise.state_dict()},
            callbacks=[ProgressBar()],
        )

    def evaluate(self) -> None:
        """Evaluate the model on the test set, print the result, and save the weights."""
        self.result = result = evaluate(self.model, self.test)
        wrong = int((result.outputs.argmax(axis=1) != self.test.targets).sum())
        share = f"{wrong:,} of {len(self.test):,} wrong"
        print(f"\ntest accuracy {result.accuracy:.2%}: {share}, loss {result.loss:.4f}")
        statistics = {k: v.tolist() for k, v in self._standardise.state_dict().items()}
        about = {"options": self._kept, "standardise": statistics}
        save_weights(self.folder / files.WEIGHTS, self.model.state_dict(), about)

    def draw(self, history: History) -> None:
        """Draw the learning curves, the confusion matrix and the worst mistakes into the folder."""
        from minigrad.train import plots

        result, test = self.result, self.test
        on_test = f"{self.title}, test accuracy {result.accuracy:.2%}"
        matrix = plots.confusion_matrix(result.outputs, test.targets)
        shown = self._test_images.inputs, result.outputs, test.targets, test.classes
        for name, figure in {
            files.CURVES: plots.learning_curves(history, title=self.title),
            files.CONFUSION: plots.confusion(matrix, test.classes, title=on_test),
            files.MISTAKES: plots.mistakes(*shown, title=f"The worst mistakes: {on_test}"),
        }.items():
            plots.save_figure(figure, self.folder / name)

    def hardest(self, count: int) -> tuple[Array, Array]:
        """The `count` test examples with the largest loss, and their labels."""
        losses = cross_entropy(self.result.outputs, self.test.targets, reduction="none")
        return self.test[np.argsort(-np.asarray(losses), kind="stable")[:count]]

    def list_files(self) -> None:
        names = [name for name in files.FILES if (self.folder / name).exists()]
        print(f"files in {self.folder}: {', '.join(names)}")
        if files.STEPS in names:
            print(f"open {self.folder / files.STEPS} in a browser to click through a training step")


def load_limited(options: Namespace) -> tuple[ArrayDataset, ArrayDataset]:
    """The training set and the test set, or the first `options.limit` images of each."""
    if options.data_dir is not None and not options.data_dir.is_dir():
        raise ParameterError(f"--data-dir {options.data_dir}: there is no such folder")
    both = load(options.data, options.data_dir)
    train, test = (ArrayDataset(*part[: options.limit], part.classes) for part in both)
    return train, test
