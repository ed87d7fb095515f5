"""How far rounding may carry a result that minigrad recorded.

An intermediate value that is rounded by a relative eps changes the result by eps times its term
|d result / d value| |value|, and the backward pass knows all these derivatives at once: Linnainmaa, "Taylor
expansion of the accumulated rounding error" (1976), which is where reverse mode comes from.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from minigrad.backward import grad
from minigrad.errors import WrongGradientError
from minigrad.tensor import Tensor

ULPS = 32
"""How far rounding may carry two computations of the same value, in units of the last place of each
intermediate value, carried through to the result: for all functions, all dtypes, all shapes."""


def terms(result: Tensor, leaves: list[Tensor], rng: np.random.Generator) -> float:
    """Sum |d result / d value| |value| over the result and all that was computed on the way to it."""
    w = rng.choice([-1.0, 1.0], result.shape)
    found = float(np.abs(result.data).sum())
    if result.requires_grad:
        values = list(computed_for(result, leaves))
        slopes = grad(result, values, w, retain_graph=True, allow_unused=True)
        for g, x in zip(slopes, values):
            if g is not None:
                used = g.data != 0  # max pooling pads with -inf
                found += float(np.abs(g.data[used] * x.data[used]).sum())
    return found


def computed_for(result: Tensor, leaves: list[Tensor]) -> set[Tensor]:
    """The leaves, and all that was recorded on the way to the result."""
    found, waiting = set(leaves), [result]
    while waiting:
        x = waiting.pop()
        if x not in found and x.node is not None:
            found.add(x)
            waiting += [y for y in x.node.inputs if isinstance(y, Tensor)]
    return found


def close(got: Any, wanted: Any, terms: float, dtype: Any, what: str) -> float:
    """The largest difference over what rounding in `dtype` explains: an error if that is more than 1."""
    got, wanted = np.asarray(got), np.asarray(wanted)
    hold(got.shape == wanted.shape, f"{what}: shape {got.shape} in the place of {wanted.shape}")
    info = np.finfo(dtype)
    bound = ULPS * (
        float(info.eps) * terms + float(info.tiny)
    )  # what is smaller has fewer digits, or is 0
    off = np.abs(got - wanted)
    if not off.size:
        return 0.0
    worst = np.unravel_index(np.argmax(off), off.shape)
    hold(
        bool(off[worst] <= bound),
        f"{what}: {got[worst]} in the place of {wanted[worst]} at {tuple(map(int, worst))}, "
        f"off by {off[worst]:.2g}, and rounding explains {bound:.2g}",
    )
    return float(off[worst] / bound) if bound else 0.0


def hold(kept: bool, otherwise: str) -> None:
    """A promise: kept, or an AssertionError that says what was found instead."""
    __tracebackhide__ = True
    if not kept:
        raise WrongGradientError(otherwise)
