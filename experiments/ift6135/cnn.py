"""The CNN of five convolutions, with and without L2, against the MLP."""

from __future__ import annotations

from typing import Any

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
from experiments.ift6135 import grid, reported
from experiments.judge import Number
from experiments.parts import Results, Room, Settings, Task

L2 = 1e-3
MLP = grid.name((784, 256), "relu", 0.05, 0)


def settings(l2: float, quick: bool) -> dict[str, Any]:
    return images.setting(
        {"kind": "cnn", "init": "he"},
        data="mnist",
        training=50_000,
        split_seed=None,
        limit=192 if quick else None,
        seed=0,
        lr=0.005,
        momentum=0.9,
        l2=l2,
        batch_size=64,
        epochs=2 if quick else 10,
        evaluate_training=False,
    )


def plan(done: Results, quick: bool) -> list[Task]:
    plain, priced = settings(0.0, quick), settings(L2, quick)
    return [
        Task("layers", layers, {"network": plain["network"]}, 1.0),
        images.task("plain", images.train, plain),
        images.task("l2", images.train, priced),
    ]


def layers(settings: Settings, room: Room) -> list[dict[str, Any]]:
    """The layers with parameters and the pooling layers, as in the report's table."""
    table = images.summary(settings)
    return [
        {"layer": row.layer, "shape": list((row.output_shape or ())[1:]), "parameters": row.parameters}
        for row in table.rows
        if row.parameters or row.layer == "MaxPool2d"
    ]  # fmt: skip


# ---- the page ----


def blocks(done: Results, quick: bool) -> list[Block]:
    plain, priced, mlp = done["cnn"]["plain"], done["cnn"]["l2"], done["grid"][MLP]
    rows = done["cnn"]["layers"]
    error = (plain["test_accuracy"] * (1 - plain["test_accuracy"]) / plain["sizes"][2]) ** 0.5
    return [
        Heading("The CNN"),
        Text(
            "Five convolutions with ReLU, a max-pool and two linear layers; He's initialisation, gradient "
            f"descent with rate 0.005 and momentum 0.9 in batches of 64, ten epochs; L2 adds {L2} times "
            "the sum of squared weights. The report names none of these. Each is one run, since one takes "
            f"half an hour on a core; the standard error of a test accuracy from {plain['sizes'][2]:,} "
            f"images alone is {error:.4f}."
        ),
        Table(
            "layers",
            "Layers of the CNN",
            ("layer", "output: report", "output: ours", "parameters: report", "parameters: ours"),
            [
                (row["layer"], shape(theirs[1]), shape(row["shape"]), f"{theirs[2]:,}",
                 f"{row['parameters']:,}")
                for theirs, row in zip(reported.LAYERS, rows, strict=True)
            ],
        ),
        Numbers("Accuracies and sizes", numbers(plain, priced, mlp)),
        figure(plain, priced, mlp),
    ]  # fmt: skip


def shape(sides: Any) -> str:
    return " x ".join(map(str, sides))


def numbers(plain: Any, priced: Any, mlp: Any) -> list[Number]:
    return [
        Number("CNN: parameters", reported.CNN_PARAMETERS, [plain["parameters"]], rule="equal", form=",.0f"),
        Number(
            "CNN: test accuracy after ten epochs, at least .985", None, [plain["test_accuracy"]],
            0.985, rule="at least",
            note=f"The best epoch's error in validation was {best(plain):.2%}.",
            headline=True,
        ),
        Number("CNN: test accuracy", reported.CNN_TEST, [plain["test_accuracy"]],
               note="The report does not say how its network was trained."),
        Number("CNN with L2: test accuracy", reported.CNN_L2_TEST, [priced["test_accuracy"]],
               note="The report does not say how large its coefficient was."),
        Number("MLP (784, 256): test accuracy", None, [mlp["test_accuracy"]]),
    ]  # fmt: skip


def best(run: Any) -> float:
    """The smallest validation error of all epochs."""
    return 1 - max(run["curves"]["validation_accuracy"])


def figure(plain: Any, priced: Any, mlp: Any) -> Figure:
    runs = {
        "MLP": (mlp, OTHERS[0], "-."),
        "CNN": (plain, TRAINING, "-"),
        "CNN with L2": (priced, VALIDATION, "--"),
    }

    def lines(curve: str, scale: float = 1.0, base: float = 0.0) -> list[Line]:
        return [
            Line(
                label,
                run["curves"]["epoch"],
                [base + scale * v for v in run["curves"][curve]],
                colour,
                style,
            )
            for label, (run, colour, style) in runs.items()
        ]

    return Figure(
        "cnn",
        "MLP and CNN of about as many parameters, and the CNN with L2. The training loss is the mean over "
        "the epoch's updates, and leaves the L2 term out; the error is that of the 10,000 validation "
        "images at the end of the epoch.",
        [
            Panel("Training loss", "epoch", "loss", lines("train_loss"), yscale="log"),
            Panel("Validation loss", "epoch", "loss", lines("validation_loss")),
            Panel(
                "Validation error",
                "epoch",
                "%",
                lines("validation_accuracy", -100, 100),
                ylim=(0, None),
            ),
        ],
    )
