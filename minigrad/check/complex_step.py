"""The complex step: a second oracle, for functions that are analytic.

    f'(x) u = Im f(x + ihu) / h + O(h^2)

No two values are subtracted, so h may be so small that truncation vanishes and all digits are correct:
Squire and Trapp, "Using complex variables to estimate derivatives of real functions" (1998). It holds
where f is analytic and its code computes with complex numbers. `abs`, `np.var`, `conj` and a cast to
float break it without a word, so a function that is declared analytic is probed first, off the real
axis: f(conj z) = conj f(z), and df/dx = -i df/dy, the equations of Cauchy and Riemann.

This file imports numpy alone: an oracle that shares code with what it judges proves nothing.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]  # not from minigrad.typing: this file imports numpy alone

STEPS = (2.0**-60, 2.0**-75, 2.0**-90)
"""So small that h^2 is nothing beside 1; that they agree shows it."""

TOLERANCE = 1e-6
"""How well the probes must hold, relative to what they compare: f is analytic, or far from it."""


@dataclass(frozen=True)
class ComplexStep:
    """The slope of <v, f> along a direction.

    derivative   as the complex step sees it
    bound        how far it may be from the truth, by rounding
    objection    why it is not to be believed: what f does that an analytic function does not, or ""
    """

    derivative: float
    bound: float
    objection: str

    @property
    def trusted(self) -> bool:
        return not self.objection

    def agrees(self, derivative: float, bound: float) -> bool:
        """Whether another oracle says the same, within both errors."""
        return abs(self.derivative - derivative) <= self.bound + bound


def complex_step(
    f: Callable[..., Any], inputs: Sequence[Any], direction: Array, upstream: Any = 1.0
) -> ComplexStep:
    """The slope of <upstream, f(*inputs)> along `direction`, and whether f has earned belief."""
    shapes = [np.shape(x) for x in inputs]
    ends = np.cumsum([np.size(x) for x in inputs])[:-1]
    x = np.concatenate([np.asarray(each, np.float64).ravel() for each in inputs])

    def values(z: Array) -> Array:
        parts = (p.reshape(s) for p, s in zip(np.split(z, ends), shapes))
        return np.array(f(*parts)).ravel()

    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("error", np.exceptions.ComplexWarning)
            objection = probe(values, x, direction)
            slopes = np.array([values(x + 1j * h * direction).imag / h for h in STEPS])
    except Exception as error:
        return ComplexStep(
            np.nan, np.inf, f"f fails with complex numbers: {type(error).__name__}: {error}"
        )
    v = np.broadcast_to(np.ravel(upstream), slopes.shape[1:]).astype(np.float64)
    along = slopes @ v
    rounding = 64 * float(np.finfo(np.float64).eps) * float(np.abs(v) @ np.abs(slopes[0]))
    return ComplexStep(float(along[0]), float(np.ptp(along)) + rounding, objection)


def probe(values: Callable[[Array], Array], x: Array, direction: Array) -> str:
    """What f does that an analytic function, real on the real axis, does not; "" for nothing."""
    z = x + (1 + 2j) * 2.0**-12 * direction
    at = values(z)
    if at.dtype.kind != "c":
        return "f turns complex numbers into real ones"
    size = np.abs(at).max(initial=0.0)
    if not np.all(np.isfinite(at)):
        return "f is not finite off the real axis"
    if np.abs(values(z.conj()) - at.conj()).max(initial=0.0) > TOLERANCE * size:
        return "f(conj z) is not conj f(z)"
    along, across = slope(values, z, direction, 1.0), slope(values, z, direction, 1j)
    scale = max(float(np.abs(along).max(initial=0.0)), float(np.abs(across).max(initial=0.0)))
    if np.abs(along - across).max(initial=0.0) > TOLERANCE * max(scale, 1e-3 * size):
        return "the Cauchy-Riemann equations do not hold: abs, np.var, conj or .real may be in it"
    return ""


def slope(values: Callable[[Array], Array], z: Array, direction: Array, turn: complex) -> Array:
    """df/dz along `direction`, approached from the side of `turn`: the same from all, if f is analytic."""
    steps = [turn * 2.0**-k for k in (14, 15, 16)]
    table = [(values(z + h * direction) - values(z - h * direction)) / (2 * h) for h in steps]
    for weight in (4.0, 16.0):
        table = [(weight * fine - coarse) / (weight - 1) for coarse, fine in pairwise(table)]
    return table[0]
