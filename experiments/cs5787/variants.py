"""LeNet-5 four ways: plain, with batch normalisation, with dropout, with weight decay; 25 epochs each."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Any

from experiments import images
from experiments.blocks import (
    TEST,
    TRAINING,
    Block,
    Figure,
    Heading,
    Line,
    Numbers,
    Panel,
    Table,
    Text,
)
from experiments.judge import Number
from experiments.parts import Results, Room, Settings, Task

SEEDS = (0, 1)


@dataclass(frozen=True)
class Variant:
    """A row of the report's table 2, and the same setting with PyTorch.

    test, train    the accuracies under these names in the report
    reference      training, validation and test
    """

    title: str
    lr: float
    momentum: float
    test: float
    train: float
    reference: tuple[float, float, float]
    batch_norm: bool = False
    dropout: float = 0.0
    weight_decay: float = 0.0


VARIANTS = {
    "none": Variant("no regularisation", 0.1, 0.0, 0.09405, 0.8988, (0.9345, 0.8947, 0.8949)),
    "batch-norm": Variant(
        "batch normalisation", 0.01, 0.9, 0.0585, 0.8964, (0.9591, 0.9022, 0.8972), batch_norm=True
    ),
    "dropout": Variant(
        "dropout 0.2", 0.1, 0.0, 0.9314, 0.8996, (0.9164, 0.8936, 0.8890), dropout=0.2
    ),
    "weight-decay": Variant(
        "weight decay 0.001", 0.01, 0.9, 0.9165, 0.8877, (0.9158, 0.8903, 0.8880), weight_decay=1e-3
    ),
}


def settings(variant: Variant, seed: int, limit: int | None, **changed: Any) -> dict[str, Any]:
    """Those of the report; the weights begin as PyTorch's do, and the seed also says which fifth "
    "validates."""
    v = {
        "batch_norm": variant.batch_norm,
        "dropout": variant.dropout,
        "lr": variant.lr,
        "momentum": variant.momentum,
        "weight_decay": variant.weight_decay,
        "epochs": 25,
        **changed,
    }
    network = {
        "kind": "lenet",
        "init": "pytorch",
        "batch_norm": v.pop("batch_norm"),
        "dropout": v.pop("dropout"),
    }
    return images.setting(
        network,
        data="fashion-mnist",
        training=48_000,
        split_seed=seed,
        limit=limit,
        seed=seed,
        batch_size=128,
        **v,
    )


def plan(done: Results, quick: bool) -> list[Task]:
    limit, changed = (512, {"epochs": 2}) if quick else (None, {})
    return [
        images.task(f"{name}-{seed}", train, settings(variant, seed, limit, **changed))
        for seed in SEEDS[: 1 if quick else None]
        for name, variant in VARIANTS.items()
    ]


def train(settings: Settings, room: Room) -> dict[str, Any]:
    return images.train(settings, room, measure=images.on_test)


# ---- the page ----

SWAPPED = (
    "The report's two accuracy columns are swapped; its own text says around 0.89 for the test"
)
DIGITS = {
    "none": ", and .09405 stands for .9405",
    "batch-norm": ", and .0585 has lost a digit: about .9585",
}
RESTORED = {"none": 0.9405, "batch-norm": 0.9585}
"""The entries of the report that lost a digit."""


def blocks(done: Results, quick: bool) -> list[Block]:
    runs = {
        name: [run for key, run in done["training"].items() if key.rpartition("-")[0] == name]
        for name in VARIANTS
    }
    count, (train, validation, test) = len(runs["none"]), runs["none"][0]["sizes"]
    epochs = len(runs["none"][0]["curves"]["epoch"])
    return [
        Heading("LeNet-5, four ways"),
        Text(
            f"{runs['none'][0]['parameters']:,} parameters, ReLU, max-pooling, pixels over 255; batches of "
            f"128, {epochs} epochs at a constant rate, the rates that the report chose; {train:,} images "
            f"to train, {validation:,} to validate, {test:,} to test. "
            f"{('One seed', 'Two seeds', 'Three seeds')[count - 1]}, each with its own split. Weights "
            "begin as PyTorch's do, uniform within 1 / sqrt(fan in), biases at 0."
        ),
        Numbers("Columns swapped back and lost digits restored", corrected(runs)),
        Table(
            "accuracies",
            "The report's table 2, as it is and as it must have been, and ours",
            ("technique", "rate", "momentum", "printed: test", "printed: train", "corrected: test",
             "corrected: train", "ours: test", "ours: validation", "ours: train"),
            [
                (v.title, v.lr, v.momentum, v.test, v.train, v.train, RESTORED.get(name, v.test),
                 *(f"{mean(runs[name], key):.4f}" for key in KEYS))
                for name, v in VARIANTS.items()
            ],
        ),
        Numbers("As printed", as_printed(runs)),
        convergence(runs),
        Text(claims(runs)),
        Table(
            "claims",
            "The report's statements on its curves, measured: means over the seeds",
            ("technique", "test after epoch 1", "test at the end", "training minus test at the end",
             "first epoch within 0.01 of the end"),
            [
                (v.title, f"{curve(runs[name], TEST_CURVE)[0]:.4f}", f"{mean(runs[name], KEYS[0]):.4f}",
                 f"{gap(runs[name]):.4f}", settled(runs[name]))
                for name, v in VARIANTS.items()
            ],
        ),
    ]  # fmt: skip


KEYS = ("test_accuracy", "validation_accuracy", "train_accuracy")
TEST_CURVE = "test_accuracy"
Runs = list[dict[str, Any]]


def values(runs: Runs, key: str) -> list[float]:
    """Values at the end, one for each seed."""
    return [run[key] if key in run else run["curves"][key][-1] for run in runs]


def mean(runs: Runs, key: str) -> float:
    return fmean(values(runs, key))


def curve(runs: Runs, key: str) -> list[float]:
    return [fmean(at) for at in zip(*(run["curves"][key] for run in runs))]


def gap(runs: Runs) -> float:
    return mean(runs, "train_accuracy") - mean(runs, "test_accuracy")


def settled(runs: Runs) -> int:
    """The first epoch after which the mean test accuracy stays within 0.01 of its final value."""
    found = curve(runs, TEST_CURVE)
    far = [k for k, value in enumerate(found, 1) if abs(value - found[-1]) > 0.01]
    return max(far, default=0) + 1


def corrected(runs: dict[str, Runs]) -> list[Number]:
    lines = []
    for name, v in VARIANTS.items():
        train, validation, test = v.reference
        r = runs[name]
        notes = [jumps(r, key) for key in KEYS]
        lines += [
            Number(f"{v.title}: test", v.train, values(r, KEYS[0]), test, note=notes[0], headline=True),
            Number(f"{v.title}: validation", None, values(r, KEYS[1]), validation, note=notes[1]),
            Number(f"{v.title}: training", RESTORED.get(name, v.test), values(r, KEYS[2]), train,
                   note=notes[2]),
        ]  # fmt: skip
    return lines


def jumps(runs: Runs, key: str) -> str:
    last = [v for run in runs for v in run["curves"][key][-5:]]
    return (
        f"It jumps from epoch to epoch: in our last five it was {min(last):.4f} to {max(last):.4f}."
    )


def as_printed(runs: dict[str, Runs]) -> list[Number]:
    lines = []
    for name, v in VARIANTS.items():
        note = f"{SWAPPED}{DIGITS.get(name, '')}."
        lines += [
            Number(
                f"{v.title}: test, as printed",
                v.test,
                values(runs[name], KEYS[0]),
                note=note,
                form=".5g",
            ),
            Number(
                f"{v.title}: training, as printed", v.train, values(runs[name], KEYS[2]), note=note
            ),
        ]
    return lines


def claims(runs: dict[str, Runs]) -> str:
    first = {name: curve(r, TEST_CURVE)[0] for name, r in runs.items()}
    lead = first["batch-norm"] - max(value for name, value in first.items() if name != "batch-norm")
    widest = max(runs, key=lambda name: gap(runs[name]))
    slowest = max(runs, key=lambda name: settled(runs[name]))
    return (
        "The report sees batch normalisation 0.1 above all others after the first epoch: it is ahead of "
        f"the next one by {lead:.3f} here. It finds the widest gap between training and test with batch "
        f"normalisation: here it is that of {VARIANTS[widest].title}, {gap(runs[widest]):.3f}. It calls "
        "dropout the slowest to converge: here the last to stay within 0.01 of its final test accuracy is "
        f"{VARIANTS[slowest].title}, from epoch {settled(runs[slowest])} on."
    )


def convergence(runs: dict[str, Runs]) -> Figure:
    parts = (
        ("training", "train_accuracy", TRAINING, "-"),
        ("test", TEST_CURVE, TEST, "--"),
    )
    low = 0.7 if min(curve(runs["none"], TEST_CURVE)[-1:]) > 0.7 else 0.0

    def line(name: str, label: str, key: str, colour: str, style: str) -> Line:
        spread = [
            stdev(at) if len(at) > 1 else 0.0 for at in zip(*(r["curves"][key] for r in runs[name]))
        ]
        found = curve(runs[name], key)
        return Line(label, list(range(1, len(found) + 1)), found, colour, style, band=spread)

    return Figure(
        "convergence",
        "Accuracy at the end of each epoch on the training and the test set, in evaluation: the mean of "
        "the seeds, and one standard deviation.",
        [
            Panel(
                v.title, "epoch", "accuracy", [line(name, *part) for part in parts], ylim=(low, 1.0)
            )
            for name, v in VARIANTS.items()
        ],
        columns=2,
    )
