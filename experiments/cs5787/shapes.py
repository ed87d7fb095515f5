"""Questions 1 and 2: the shapes of a 10-50-3 network, and how many parameters three convolutions have.

Each answer is read from the library, not from the report.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from experiments.blocks import Block, Heading, Numbers, Table, Text
from experiments.judge import Number
from experiments.parts import Results, Room, Settings
from minigrad import Tensor, nn
from minigrad.errors import ShapeError
from minigrad.ops import relu

BATCHES = (4, 7)
"""Batch sizes: the axis that differs between the shapes of two runs is that of the m samples."""
REPORTED = {
    "X": "(m, 10)",
    "W_h": "(10, 50)",
    "b_h": "(1, 50)",
    "W_o": "(50, 3)",
    "b_o": "(1, 3)",
    "Y": "(m, 3)",
}
CHANNELS = (3, 100, 200, 400)
COUNTS = (2_800, 180_200, 720_400)


def shapes(settings: Settings, room: Room) -> dict[str, Any]:
    """The shapes in the report's layout, and whether its equation and the correct one give Y."""
    runs = [forward(m) for m in BATCHES]
    arrays, good = runs[0][0], [equation for _, equation in runs]
    found = {}
    for name, a in arrays.items():
        b = runs[1][0][name]
        axes = ["m" if p != q else str(p) for p, q in zip(a.shape, b.shape, strict=True)]
        found[name] = f"({', '.join(axes)})"
    return {"shapes": found, "equation": max(good), "printed": as_printed(arrays)}


def forward(m: int) -> tuple[dict[str, np.ndarray], float]:
    """The arrays of a run with m samples, and how far max(0, X W_h + b_h) W_o + b_o is from its output."""
    rng = np.random.default_rng(5787)
    hidden, output = nn.Linear(10, 50, rng=rng), nn.Linear(50, 3, rng=rng)
    for layer in (hidden, output):
        layer.bias.data = rng.standard_normal(layer.bias.shape, np.float32)
    x = rng.standard_normal((m, 10), np.float32)
    y = nn.Sequential(hidden, nn.ReLU(), output)(Tensor(x)).data
    arrays = {
        "X": x,
        "W_h": hidden.weight.data.T,
        "b_h": hidden.bias.data[np.newaxis],
        "W_o": output.weight.data.T,
        "b_o": output.bias.data[np.newaxis],
        "Y": y,
    }
    a = relu(x @ arrays["W_h"] + arrays["b_h"])
    return arrays, float(np.abs(a @ arrays["W_o"] + arrays["b_o"] - y).max())


def as_printed(arrays: dict[str, np.ndarray]) -> str:
    """minigrad's error message for Y = W_o a(W_h X + b_h) + b_o."""
    t = {name: Tensor(a) for name, a in arrays.items()}
    try:
        t["W_o"] @ relu(t["W_h"] @ t["X"] + t["b_h"]) + t["b_o"]
    except ShapeError as error:
        return str(error).splitlines()[0]
    return ""


def counts(settings: Settings, room: Room) -> dict[str, Any]:
    """The parameters of 3x3 convolutions between these numbers of channels, by layer."""
    rng, channels = np.random.default_rng(0), settings["channels"]
    layers = [nn.Conv2d(a, b, 3, rng=rng) for a, b in pairwise(channels)]
    table = nn.summary(nn.Sequential(*layers), (channels[0], 9, 9))
    return {"layers": [row.parameters for row in table.rows], "total": table.parameters}


# ---- the page ----


def blocks(done: Results, quick: bool) -> list[Block]:
    found, counted = done["theory"]["shapes"], done["theory"]["counts"]
    pairs = zip(CHANNELS, CHANNELS[1:], COUNTS, counted["layers"], strict=False)
    return [
        Heading("Question 1: shapes"),
        Text(
            "A network of 10, 50 and 3 units was run with 4 and with 7 samples; the axis that changes is "
            "m. minigrad keeps a weight as (out, in), as PyTorch does, so the weights are shown "
            "transposed."
        ),
        Table(
            "shapes",
            "Shapes",
            ("array", "report", "ours"),
            [(name, REPORTED[name], found["shapes"][name]) for name in REPORTED],
        ),
        Text(
            "The report's answer to the third part has the heading `W_h` and `b_h` again, where `W_o` and "
            "`b_o` are meant, and its equation has the factors in the wrong order. For `Y = W_o a(W_h X "
            f"+ b_h) + b_o` minigrad raises `{found['printed']}`. The network computes `Y = a(X W_h "
            f"+ b_h) W_o + b_o`, {exact(found['equation'])}."
        ),
        Heading("Question 2: parameters"),
        Text(
            "Three convolutions of 3 x 3. The report's sums are right; its text speaks of 200 kernels in "
            "the last layer, and counts 400."
        ),
        Numbers(
            "Parameters",
            [
                *(
                    Number(f"{a} to {b} channels", theirs, [ours], rule="equal", form=",.0f")
                    for a, b, theirs, ours in pairs
                ),
                Number(
                    "in all",
                    sum(COUNTS),
                    [counted["total"]],
                    rule="equal",
                    form=",.0f",
                    headline=True,
                ),
            ],
        ),
    ]


def exact(off: float) -> str:
    return f"to {off:.0e}" if off else "bit for bit"
