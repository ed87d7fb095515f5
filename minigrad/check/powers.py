"""Bugs of the derivatives that one learns first: a power that is wrong, a term that is too many.

What is claimed of a function that works element by element is its derivative, times what arrives from
above. So the claim is held against the derivative, to see whether the two differ by a power of the input.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from minigrad.check.scene import DIFFERENT, Scene, alike
from minigrad.check.subject import Array

POWERS = (1, -1, 2, -2)
TERMS = (0, 1, -1, 2, 3)

Of = Callable[[Scene], Array]


def powers(drawn: list[Scene]) -> list[str]:
    """A power of the input that the derivative is multiplied with, or that was added to it."""
    if not all(s.elementwise for s in drawn):
        return []
    name = drawn[0].subject.names[drawn[0].place]
    for k in POWERS:
        c = fitted(drawn, lambda s: s.g, partial(multiplied, k=k))
        if c is not None:
            what = "high" if k > 0 else "low"
            return [
                f"is the right one times {term(c, k, name)}: a power of {name} is {abs(k)} too {what}"
            ]
    for k in TERMS:
        c = fitted(drawn, lambda s: s.g - s.numeric, partial(added, k=k))
        if c is not None:
            what = "has a term too many" if c > 0 else "lacks a term"
            constant = ": the derivative of a constant is 0, and that of 3 x is 3" * (k == 0)
            return [f"{what}, {term(abs(c), k, name)} times what arrives from above{constant}"]
    return []


def multiplied(s: Scene, k: int) -> Array:
    return s.numeric * s.x ** float(k)


def added(s: Scene, k: int) -> Array:
    return s.v * s.x ** float(k)


def fitted(drawn: list[Scene], found: Of, shape: Of) -> float | None:
    """The c for which found = c shape at every draw; None if there is none."""
    first = drawn[0]
    with np.errstate(all="ignore"):
        c = float(np.nanmedian(found(first) / shape(first)))
        if not np.isfinite(c) or abs(c) < DIFFERENT:
            return None
        for s in drawn:
            off, size = found(s) - c * shape(s), float(np.nanmax(np.abs(s.g), initial=0.0))
            known = np.isfinite(s.numeric)
            if not alike(off[known], np.zeros_like(off[known]), size):
                return None
    return c


def term(c: float, k: int, name: str) -> str:
    """c x^k, as one writes it."""
    number = f"{c:.4g}"
    power = name if abs(k) == 1 else f"{name}^{abs(k)}"
    if k < 0:
        return f"{number}/{power}"
    return number if k == 0 else power if number == "1" else f"{number} {power}"
