"""Zero, normal and Glorot: ten epochs from each initialisation, and the settings that the report used.

The report gives neither the sizes nor the learning rate, but its column for zero weights reveals the rate.
There, only the biases of the last layer change, by gradient descent on the cross-entropy between the shares
of the classes and a softmax of ten numbers. So its losses are a function of rate times updates alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from experiments import images
from experiments.blocks import (
    OTHERS,
    TRAINING,
    VALIDATION,
    Block,
    Figure,
    Heading,
    Line,
    Numbers,
    Panel,
    Table,
    Text,
)
from experiments.ift6135 import reported
from experiments.judge import Number
from experiments.parts import Results, Room, Settings, Task
from minigrad.nn import Module
from minigrad.ops import softmax
from minigrad.train import evaluate

NAMES = ("glorot", "zero", "normal")
SEEDS = (0, 1, 2)
RATE_TIMES_UPDATES = 0.5415
"""Rate times updates in an epoch, from the zero column: see `implied`."""
FLOOR = 1e-6
"""The smallest probability that the loss of the "normal" column seems to allow."""


def plan(done: Results, quick: bool) -> list[Task]:
    limit = 512 if quick else None
    common = {
        "data": "mnist",
        "training": 50_000,
        "split_seed": None,
        "limit": limit,
        "batch_size": 64,
        "epochs": 10,
        "lr": RATE_TIMES_UPDATES / 782,
    }
    return [
        Task("rate-times-updates", implied, {"losses": list(reported.ZERO)}, 1000.0),
        *(
            images.task(
                f"{name}-{seed}",
                train,
                images.setting(
                    {"kind": "mlp", "hidden": [784, 256], "activation": "relu", "init": name},
                    seed=seed,
                    **common,
                ),
            )
            for seed in SEEDS[: 1 if quick else None]
            for name in NAMES
        ),
    ]


# ---- ten epochs ----


def train(settings: Settings, room: Room) -> dict[str, Any]:
    return images.train(settings, room, measure=floored)


def floored(model: Module, data: images.Parts) -> dict[str, float]:
    """The training loss with the logarithm of max(p, 1e-6), which is never -inf."""
    outputs = evaluate(model, data.training).outputs.astype(np.float64)
    p = softmax(outputs, axis=1)[np.arange(len(outputs)), data.training.targets]
    return {"floored_loss": float(-np.log(np.maximum(p, FLOOR)).mean())}


# ---- the zero column ----


def implied(settings: Settings, room: Room) -> dict[str, Any]:
    """Rate times updates in an epoch, from the report's tenth loss with zero weights; then all ten."""
    targets = images.data_parts(room.data_dir, "mnist", 50_000, None, None).training.targets
    shares = np.bincount(targets, minlength=10) / len(targets)
    found = fitted(shares, settings["losses"][-1])
    return {"rate times updates": found, "losses": descent(shares, found)}


def fitted(shares: np.ndarray, tenth: float) -> float:
    """Rate times updates in an epoch for which the loss after ten epochs is this one; by bisection."""
    low, high = 0.0, 2.0
    while high - low > 1e-6:
        middle = (low + high) / 2
        low, high = (middle, high) if descent(shares, middle)[-1] > tenth else (low, middle)
    return high


def descent(
    shares: np.ndarray, per_epoch: float, epochs: int = 10, updates: int = 100
) -> list[float]:
    """The loss after each epoch of gradient descent on b: -<shares, log softmax(b)>, from b = 0."""
    b, losses = np.zeros(len(shares)), []
    for _ in range(epochs):
        for _ in range(updates):
            e = np.exp(b)
            b += per_epoch / updates * (shares - e / e.sum())
        losses.append(float(np.log(np.exp(b).sum()) - shares @ b))
    return losses


# ---- the page ----


def blocks(done: Results, quick: bool) -> list[Block]:
    found = dict(done["initialisation"])
    told = found.pop("rate-times-updates")
    by_name = {name: [r for key, r in found.items() if key.startswith(name)] for name in NAMES}

    def losses(name: str, curve: str = "train_loss") -> np.ndarray:
        return np.array([run["curves"][curve] for run in by_name[name]])  # (seeds, epochs)

    off = np.abs(np.array(told["losses"]) - reported.ZERO)
    return [
        Heading("Initialisation"),
        Text(
            "Ten epochs with weights that are all zero, drawn from N(0, 1), or Glorot uniform. The report "
            "leaves out sizes and learning rate, but its zero column gives the rate away. With zero "
            "weights and ReLU every gradient but that of the last biases is zero. So ten numbers descend "
            "to the logarithms of the classes' shares, and the loss is a function of rate times "
            f"updates alone. The tenth loss gives {told['rate times updates']:.4f} an epoch; with it the "
            f"loss after epochs 1, 2 and 4 to 9 is off by at most {max(np.delete(off, 2)):.0e}, and that "
            f"after epoch 3 by {off[2]:.0e}, because the report's third line is its second once more. We "
            f"train 784-784-256-10 (ReLU, batches of 64) at that rate, {RATE_TIMES_UPDATES / 782:.2g}."
        ),
        Text(
            "The normal column is not the cross-entropy of weights from N(0, 1): those give logits in the "
            "hundreds. It is the loss of a program that takes the logarithm of max(p, 1e-6), where no "
            "mistake costs more than 13.8. With that loss, ours follows it."
        ),
        Numbers("Training loss after the first and the tenth epoch", numbers(losses)),
        Table(
            "initialisation",
            "Training loss at the end of each epoch, mean of ours over the seeds",
            ("epoch", "Glorot: report", "Glorot: ours", "zero: report", "zero: ours", "normal: report",
             "normal: ours, p ≥ 1e-6", "normal: ours"),
            [
                (
                    k + 1,
                    f"{reported.GLOROT[k]:.4f}", f"{losses('glorot').mean(axis=0)[k]:.4f}",
                    f"{reported.ZERO[k]:.6f}", f"{losses('zero').mean(axis=0)[k]:.6f}",
                    f"{reported.NORMAL[k]:.4f}",
                    f"{losses('normal', 'floored_loss').mean(axis=0)[k]:.4f}",
                    f"{losses('normal').mean(axis=0)[k]:.1f}",
                )
                for k in range(10)
            ],
        ),
        figure(losses),
    ]  # fmt: skip


def numbers(losses: Any) -> list[Number]:
    sizes = "The report names no sizes: ours are those of the first network of its grid."
    huge = "Not with N(0, 1): a loss with probabilities floored at 1e-6 was measured, see the next lines."
    lines = []
    for epoch in (1, 10):
        k = epoch - 1
        lines += [
            Number(
                f"Glorot, epoch {epoch}", reported.GLOROT[k], losses("glorot")[:, k], note=sizes
            ),
            Number(f"zero, epoch {epoch}", reported.ZERO[k], losses("zero")[:, k], form=".6f"),
            Number(f"normal, epoch {epoch}", reported.NORMAL[k], losses("normal")[:, k], note=huge),
            Number(
                f"normal, epoch {epoch}, p ≥ 1e-6",
                reported.NORMAL[k],
                losses("normal", "floored_loss")[:, k],
                note="One draw against the mean of three; the mistakes left jump from epoch to epoch.",
            ),
        ]
    return lines


def figure(losses: Any) -> Figure:
    epochs = list(range(1, 11))

    def lines(name: str, *curves: tuple[str, str, str, str]) -> list[Line]:
        drawn = []
        for label, curve, colour, style in curves:
            values = losses(name, curve)
            band = values.std(axis=0, ddof=1).tolist() if len(values) > 1 else None
            drawn.append(
                Line(label, epochs, values.mean(axis=0).tolist(), colour, style, band=band)
            )
        return drawn

    both = (
        ("training", "train_loss", TRAINING, "-"),
        ("validation", "validation_loss", VALIDATION, "--"),
    )
    safe = ("training, p ≥ 1e-6", "floored_loss", OTHERS[0], "-.")
    columns = {"glorot": reported.GLOROT, "zero": reported.ZERO, "normal": reported.NORMAL}
    return Figure(
        "initialisation",
        "Loss by epoch, mean of the seeds with one standard deviation: Glorot learns, zero moves its last "
        "biases only (mind the axis), and N(0, 1) starts so far off that its scale is logarithmic. Dots: "
        "the report.",
        [
            Panel(
                {"glorot": "Glorot uniform", "zero": "all zero", "normal": "N(0, 1)"}[name],
                "epoch",
                "loss",
                [
                    *lines(name, *both, *([safe] if name == "normal" else [])),
                    Line("report, training", epochs, list(columns[name]), "#777777", "o"),
                ],
                yscale="log" if name == "normal" else "linear",
            )
            for name in NAMES
        ],
    )
