"""Finite differences against N: ten weights of the second layer, epsilon = 1/N, for one training image.

The network is in float64; it was trained in float32. The ten weights lead from the first hidden unit that is
active for this image to the first ten units of the second layer. In the report's table, three of the ten
differences are exactly 0 for small epsilon, so the weights belong to ten different units, three of them
inactive.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from experiments import images
from experiments.blocks import (
    GREY,
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
from minigrad import Tensor, no_grad
from minigrad.check import oracle
from minigrad.nn import Module
from minigrad.ops import cross_entropy
from minigrad.train import evaluate
from models.mlp import MLP

NS = tuple(k * 10**i for i in range(6) for k in (1, 5))
WEIGHTS = 10
Array = np.ndarray


def plan(done: Results, quick: bool) -> list[Task]:
    settings = grid.settings((784, 256), "relu", 0.05, 0, quick)
    return [images.task("ten-weights", train, settings)]


def train(settings: Settings, room: Room) -> dict[str, Any]:
    """The network of the grid, trained as there, and the differences of its ten weights."""
    return images.train(settings, room, keep=looked_at)


def looked_at(model: Module, data: images.Parts) -> dict[str, Any]:
    """The analytic gradients, the differences for every N, and a sweep of 44 steps for each weight."""
    assert isinstance(model, MLP)
    image, label = undecided(model, data)
    loss, theta, g = subject(model, image, label)
    directions = np.eye(len(theta))
    differences = {
        str(n): [float((loss(theta + d / n) - loss(theta - d / n)) / (2 / n)) for d in directions]
        for n in NS
    }
    sweeps = [oracle.sweep(loss, [theta], [g], d, np.ones(())) for d in directions]
    return {
        "loss": float(loss(theta)),
        "gradient": g.tolist(),
        "differences": differences,
        "epsilon": oracle.STEPS.tolist(),
        "errors": [finite(s.residuals) for s in sweeps],
        "noise": [finite(s.noise) for s in sweeps],
        "bounds": [s.bound if np.isfinite(s.bound) else None for s in sweeps],
        "edges": [s.edge for s in sweeps],
        "verdicts": [s.verdict for s in sweeps],
    }


def undecided(model: MLP, data: images.Parts) -> tuple[Array, Array]:
    """The training image whose loss is nearest to ln 2, so that its gradient is not tiny."""
    inputs, targets = data.training[: min(len(data.training), 5000)]
    losses = [
        float(cross_entropy(Tensor(out[np.newaxis]), targets[k : k + 1]).data)
        for k, out in enumerate(evaluate(model, data.training).outputs[: len(inputs)])
    ]
    k = int(np.argmin(np.abs(np.array(losses) - np.log(2))))
    return inputs[k : k + 1].astype(np.float64), targets[k : k + 1]


def subject(
    model: MLP, image: Array, label: Array
) -> tuple[Callable[[Array], float], Array, Array]:
    """The loss as a function of the ten weights, their values, and their gradient by minigrad."""
    precise = MLP(model.sizes, rng=np.random.default_rng(0), dtype=np.float64)
    for p, trained in zip(precise.parameters(), model.parameters(), strict=True):
        p.data = trained.data.astype(np.float64)
    first, first_bias, second, *_ = precise.parameters()
    hidden = image.reshape(1, -1) @ first.data.T + first_bias.data
    awake = int(np.flatnonzero(hidden[0] > 0)[0])
    place = (slice(0, WEIGHTS), awake)
    theta = second.data[place].copy()
    x = Tensor(image)

    def loss(values: Array) -> float:
        moved = second.data.copy()
        moved[place] = values
        second.data = moved
        with no_grad():
            return float(cross_entropy(precise(x), label).data)

    loss(theta)
    cross_entropy(precise(x), label).backward()
    assert second.grad is not None
    return loss, theta, second.grad.data[place].copy()


def finite(values: Array) -> list[float | None]:
    return [float(v) if np.isfinite(v) else None for v in values]


# ---- the page ----


def blocks(done: Results, quick: bool) -> list[Block]:
    found = done["differences"]["ten-weights"]["kept"]
    largest = {n: float(np.max(np.abs(off(found, n)))) for n in NS}
    best = min(NS, key=lambda n: largest[n])
    asleep = kinked(found)
    example = (
        f" Ours has one too: weight {asleep + 1}, off by {abs(off(found, 50)[asleep]):.1e} at N = 50."
        if asleep is not None
        else ""
    )
    return [
        Heading("Finite differences"),
        Text(
            "The centered difference with epsilon = 1/N against minigrad's gradient, for ten weights of "
            "the second layer and one training image, in float64. The report says that the difference "
            "shrinks as N grows; its own table says so only up to N = 50,000. Two errors are at work. "
            "Truncation falls with epsilon squared, and round-off, the last bit of the loss over epsilon, "
            f"grows with N: together they are the V on the right. Ours is best at N = {best:,} and "
            f"{largest[NS[-1]] / largest[best]:.0f} times larger at N = 500,000."
        ),
        Text(
            "At small N neither of them rules: so large a step awakens a unit that sleeps, or puts one to "
            "sleep, and the difference straddles the kink of its ReLU. That is the report's first row: "
            "off by 0.0352 at N = 50, by nothing at all from N = 1,000 on: a unit asleep, within 0.02 of "
            f"its kink.{example}"
        ),
        Numbers("The largest of the ten differences", numbers(largest)),
        Table(
            "differences",
            "Numeric less analytic gradient, for the N of the report's table",
            ("weight", "gradient", *(f"N = {n:,}: {who}" for n in reported.DIFFERENCES
                                     for who in ("report", "ours"))),
            [
                (i + 1, f"{found['gradient'][i]:.3e}",
                 *(f"{v:.2e}" for n, theirs in reported.DIFFERENCES.items()
                   for v in (theirs[i], off(found, n)[i])))
                for i in range(WEIGHTS)
            ],
        ),
        Table(
            "largest",
            "The largest of the ten differences for all twelve N",
            ("N", "report", "ours"),
            [
                (f"{n:,}", f"{max(map(abs, reported.DIFFERENCES[n])):.2e}"
                 if n in reported.DIFFERENCES else "–", f"{largest[n]:.2e}")
                for n in NS
            ],
        ),
        figure(found, largest),
    ]  # fmt: skip


def off(found: dict[str, Any], n: int) -> Array:
    return np.array(found["differences"][str(n)]) - found["gradient"]


def numbers(largest: dict[int, float]) -> list[Number]:
    note = "Another network and another image: where the kinks lie, and how far the loss bends, is theirs."
    return [
        Number(f"N = {n:,}", max(map(abs, theirs)), [largest[n]], note=note, rule="order", form=".2e")
        for n, theirs in reported.DIFFERENCES.items()
    ]  # fmt: skip


def figure(found: dict[str, Any], largest: dict[int, float]) -> Figure:
    theirs = {n: max(map(abs, values)) for n, values in reported.DIFFERENCES.items()}
    k = shown(found)
    points = [
        (e, abs(r), noise)
        for e, r, noise in zip(found["epsilon"], found["errors"][k], found["noise"][k])
        if r and noise
    ]
    epsilon, errors, noise = (list(column) for column in zip(*points))
    bend = np.median([r / e**2 for e, r, n in points if 100 * n < r and e < 2**-4] or [0.0])
    curved = [(e, bend * e**2) for e in epsilon if bend * e**2 > 1e-16]
    return Figure(
        "differences",
        "Left: the largest of ten differences against N, ours and the five of the report's table. Right: "
        "one of the ten weights at 44 steps, with minigrad's prediction of both arms, and one whose unit "
        "sleeps: at smaller steps it is off by exactly 0. Dotted: the epsilon of N = 500,000 and of N = 1.",
        [
            Panel(
                "Largest of ten differences", "N", "|numeric - analytic|",
                [
                    Line("ours", list(NS), [largest[n] for n in NS], TRAINING, "o-"),
                    Line("report", list(theirs), list(theirs.values()), GREY, "s"),
                ],
                xscale="log", yscale="log",
            ),
            Panel(
                "The V of one weight", "epsilon", "|numeric - analytic|",
                [
                    Line(f"weight {k + 1}", epsilon, errors, TRAINING, "o"),
                    *asleep(found),
                    Line("predicted round-off", epsilon, noise, VALIDATION, "--"),
                    Line("predicted truncation", *(list(c) for c in zip(*curved)), "#009E73", "-.")
                    if curved else Line("", [], []),
                ],
                xscale="log", yscale="log", paint=marks,
            ),
        ],
        columns=2,
    )  # fmt: skip


def kinked(found: dict[str, Any]) -> int | None:
    """A weight with gradient 0 for which a step of 1/50 gives a nonzero difference."""
    some = np.flatnonzero((np.array(found["gradient"]) == 0) & (off(found, 50) != 0))
    return int(some[0]) if some.size else None


def shown(found: dict[str, Any]) -> int:
    """The weight whose V curve is drawn: that of the largest gradient."""
    return int(np.argmax(np.abs(found["gradient"])))


def asleep(found: dict[str, Any]) -> list[Line]:
    """The same for a weight whose unit is inactive: wrong until the step is too small to activate it."""
    k = kinked(found)
    if k is None:
        return []
    seen = [(e, abs(r)) for e, r in zip(found["epsilon"], found["errors"][k]) if r]
    return [Line(f"weight {k + 1}, asleep", *(list(c) for c in zip(*seen)), OTHERS[0], "^")]


def marks(axes: Any) -> None:
    for n in (NS[0], NS[-1]):
        axes.axvline(1 / n, color=GREY, linestyle=":", linewidth=1.2)
