"""The convention of each operation at its kinks, computed by the operation itself when the site is built.

An operation whose gradient was met at a kink, by the check of the register, must be here: the build says so
otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import minigrad as mg

Gradients = tuple[list[Any], ...]


def at(f: Callable[..., Any], *inputs: Any) -> Gradients:
    """The gradients of the sum of f at these inputs, as lists."""
    leaves = [mg.Tensor(np.array(x, dtype=float), requires_grad=True) for x in inputs]
    mg.sum(f(*leaves)).backward()
    return tuple(leaf.grad.data.tolist() for leaf in leaves)  # type: ignore[union-attr]


KINKS: dict[str, tuple[str, str, Callable[[], Gradients]]] = {
    "relu": ("the derivative at 0 is 0", "x = [-1, 0, 1]", lambda: at(mg.relu, [-1, 0, 1])),
    "leaky_relu": (
        "the derivative at 0 is `negative_slope`",
        "x = [-1, 0, 1], negative_slope = 0.25",
        lambda: at(lambda x: mg.leaky_relu(x, negative_slope=0.25), [-1, 0, 1]),
    ),
    "elu": (
        "the derivative at 0 is `alpha`",
        "x = [0, 1], alpha = 0.5",
        lambda: at(lambda x: mg.elu(x, alpha=0.5), [0, 1]),
    ),
    "abs": ("the derivative at 0 is 0", "x = [-1, 0, 1]", lambda: at(mg.abs, [-1, 0, 1])),
    "clip": (
        "1 on the closed interval, 0 outside, as PyTorch",
        "x = [-2, -1, 0, 1, 2], from -1 to 1",
        lambda: at(lambda x: mg.clip(x, min=-1, max=1), [-2, -1, 0, 1, 2]),
    ),
    "max": (
        "the first of the largest takes all",
        "x = [1, 3, 3]",
        lambda: at(mg.max, [1, 3, 3]),
    ),
    "min": (
        "the first of the smallest takes all",
        "x = [3, 1, 1]",
        lambda: at(mg.min, [3, 1, 1]),
    ),
    "max_pool2d": (
        "the first of the largest, row by row, takes all",
        "a window of [[1, 5], [5, 0]]",
        lambda: at(lambda x: mg.max_pool2d(x, kernel_size=2), [[[[1, 5], [5, 0]]]]),
    ),
    "maximum": (
        "half to each where the two are equal",
        "x = [1, 2], y = [1, 0]",
        lambda: at(mg.maximum, [1, 2], [1, 0]),
    ),
    "minimum": (
        "half to each where the two are equal",
        "x = [1, 2], y = [1, 0]",
        lambda: at(mg.minimum, [1, 2], [1, 0]),
    ),
    "norm": (
        "0 where all elements are 0, and never nan",
        "x = [0, 0]",
        lambda: at(mg.norm, [0, 0]),
    ),
    "std": (
        "0 where all elements are equal, and never nan",
        "x = [2, 2, 2]",
        lambda: at(mg.std, [2, 2, 2]),
    ),
    "where": (
        "the branch that is not taken gets exactly 0, even where its value is inf or nan",
        "where([True, False], x, y) of x = [1, inf], y = [nan, 5]",
        lambda: at(lambda x, y: mg.where(np.array([True, False]), x, y), [1, np.inf], [np.nan, 5]),
    ),
}
"""For each operation: its convention, the inputs, and the gradients there."""
