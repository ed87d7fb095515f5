"""Gradient checks as in the reports, element by element, and the verdict of `minigrad.check`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from experiments import cifar
from experiments.parts import Room, Settings
from minigrad import Tensor, check, nn, no_grad
from minigrad.ops import cross_entropy
from minigrad.optim import L2
from models.mlp import MLP

STEP = 1e-5
EPS = 1e-6
"""The eps of max(eps, |a| + |n|). Gradients below it count as 0, like those of a bias before a batch norm."""


def checked(settings: Settings, room: Room) -> dict[str, Any]:
    """Analytic against numeric gradients of J = loss + lambda sum W^2, in float64.

    hidden, batch_norm, samples, coefficient   the network and its cost
    dimensions                                 only the first elements of an image; None for all
    entries                                    largest number of elements of each parameter, chosen at random
    forward                                    (f(x + h) - f(x)) / h, not the centered difference
    """
    s = settings
    data = cifar.parts(room.data_dir, "batches 1 and 2", 0, s["limit"]).training
    x = data.inputs[: s["samples"], : s["dimensions"]].astype(np.float64)
    y = data.targets[: s["samples"]]
    rng = np.random.default_rng(s["seed"])
    sizes = (x.shape[1], *s["hidden"], 10)
    model = MLP(sizes, batch_norm=s["batch_norm"], rng=rng, dtype=np.float64)
    penalty = L2(model.parameters(), s["coefficient"])

    def cost() -> Tensor:
        return cross_entropy(model(Tensor(x)), y) + penalty()

    cost().backward()
    zero = before_batch_norm(model)
    found: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    for name, p in model.named_parameters():
        some = rng.permutation(p.size)[: s["entries"]]
        places = list(zip(*np.unravel_index(some, p.shape)))
        claimed = np.array([p.grad.data[place] for place in places])
        found[name] = claimed, differences(cost, p, places, s["forward"])
        room.tick(len(some))
    judged = [pair for name, pair in found.items() if name not in zero]
    return {
        **compared(*map(np.concatenate, zip(*judged))),
        "mean by parameter": {name: float(np.abs(a - n).mean()) for name, (a, n) in found.items()},
        "zero": max((float(np.abs(found[name]).max()) for name in zero), default=0.0),
        **verdict(model, x, y, penalty),
    }


def before_batch_norm(model: MLP) -> set[str]:
    """The biases that a batch norm subtracts again. Their gradient is 0, and no error is small relative
    to 0."""
    steps = list(model.layers.named_children())
    return {
        f"layers.{name}.bias"
        for (name, layer), (_, following) in pairwise(steps)
        if isinstance(layer, nn.Linear) and isinstance(following, nn.BatchNorm1d)
    }


def differences(
    cost: Callable[[], Tensor], p: Tensor, places: Sequence[tuple[int, ...]], forward: bool
) -> np.ndarray:
    """The slope of the cost at each of these elements of p, each moved alone."""
    slopes = []
    with no_grad():
        here = float(cost().data)
        for place in places:
            value = p.data[place]
            p.data[place] = value + STEP
            above = float(cost().data)
            p.data[place] = value - STEP
            below = here if forward else float(cost().data)
            p.data[place] = value
            slopes.append((above - below) / (STEP if forward else 2 * STEP))
    return np.array(slopes)


def compared(a: np.ndarray, n: np.ndarray) -> dict[str, Any]:
    """The measures of the reports: absolute and relative differences, decimals of `assert_almost_equal`."""
    off = np.abs(a - n)
    relative = off / np.maximum(EPS, np.abs(a) + np.abs(n))
    return {
        "entries": int(a.size),
        "largest": float(off.max()),
        "mean": float(off.mean()),
        "relative": float(relative.max()),
        "relative median": float(np.median(relative)),
        # numpy.testing.assert_almost_equal passes where |a - n| < 1.5 * 10**-decimals.
        "mismatch": {str(d): float((off >= 1.5 * 10.0**-d).mean()) for d in range(4, 13)},
    }


def verdict(model: MLP, x: np.ndarray, y: np.ndarray, penalty: L2) -> dict[str, Any]:
    """The verdict of `minigrad.check.model` on the same network, data and cost."""

    def costs(out: Tensor, target: np.ndarray, reduction: str) -> Tensor:
        return cross_entropy(out, target, reduction=reduction) + penalty()

    report = check.model(model, x, y, loss=costs)
    return {"verdict": report.verdict, "digits": report.digits, "resolution": report.resolution}


def decimals(result: dict[str, Any]) -> int:
    """The number of decimals to which `assert_almost_equal` finds all elements equal."""
    return max((int(d) for d, share in result["mismatch"].items() if share == 0), default=0)
