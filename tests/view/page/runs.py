"""Runs that the tests of the page walk through."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import minigrad as mg
from minigrad import view
from minigrad.view.steps.list import Steps, steps_of


def product(x: Any, y: Any) -> Any:
    h = x * y
    z = h + x
    return z.tanh() * y


def scalar(x: float = 0.5, y: float = -1.5) -> Steps:
    return steps_of(view.trace(product, x, y))


def layer() -> Steps:
    """A linear layer with a bias that is stretched, and an activation that is used twice."""
    rng = np.random.default_rng(0)
    w = mg.Tensor(rng.standard_normal((4, 3)).astype(np.float32), requires_grad=True)
    b = mg.Tensor(rng.standard_normal(3).astype(np.float32), requires_grad=True)
    data = mg.Tensor(rng.standard_normal((5, 4)).astype(np.float32))
    with view.trace() as t:
        out = data @ w + b
        loss = (out.tanh() * out).mean()
        loss.backward()
    return steps_of(t)


def chain(turns: int) -> Callable[[Any], Any]:
    """A recurrence with one input that is used at every turn: two nodes a turn."""

    def f(x: Any) -> Any:
        y = x
        for i in range(turns):
            y = (y * x).tanh() if i % 2 else y + x * 0.5
        return y

    return f
