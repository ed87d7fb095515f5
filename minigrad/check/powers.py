"""Bugs of the derivatives that one learns first: a factor, a power or a term that is missing, or too many.

What is claimed of a function that works element by element is its derivative, times what arrives from
above. So the claim is held against the derivative, to see whether they differ by something short.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import combinations_with_replacement

import numpy as np

from minigrad.check.scene import DIFFERENT, Scene, alike
from minigrad.typing import Array

POWERS = (1, -1, 2, -2)

Of = Callable[[Scene], Array]


def powers(drawn: list[Scene]) -> list[str]:
    """What the derivative was multiplied with, or what was added to it."""
    if not all(s.elementwise for s in drawn):
        return []
    for says, factor in factors(drawn[0]):
        c = fitted(drawn, lambda s: s.g, partial(product, of=lambda s: s.numeric, times=factor))
        if c is not None:
            times = "" if abs(c - 1) < DIFFERENT else f"{c:.4g} times "
            return [f"is {times}the correct one {says}"]
    for name, term in terms(drawn[0]):
        c = fitted(drawn, lambda s: s.g - s.numeric, partial(product, of=lambda s: s.v, times=term))
        if c is not None:
            if not name:  # 5 too many, or -5 that is missing
                way = "large" if c > 0 else "small"
                return [
                    f"is {abs(c):.4g} too {way}, times what arrives from above: the derivative of a constant "
                    "is 0, and that of 3 x is 3"
                ]
            what = "has a term too many" if c > 0 else "lacks a term"
            return [f"{what}, {coefficient(abs(c), name)} times what arrives from above"]
    return []


def factors(scene: Scene) -> Iterator[tuple[str, Of]]:
    """What a derivative may be multiplied with, or divided by, and what that says."""
    own = scene.subject.names[scene.place]
    for k in POWERS:
        power = own if abs(k) == 1 else f"{own}^{abs(k)}"
        says = f"times {power}" if k > 0 else f"divided by {power}"
        what = f"a power of {own} is {abs(k)} too {'high' if k > 0 else 'low'}"
        yield f"{says}: {what}", partial(power_of, place=scene.place, k=k)
    yield "divided by the output: a factor, the output itself, is missing", lambda s: 1 / s.out
    yield "times the output: a factor too many", lambda s: s.out


def terms(scene: Scene) -> Iterator[tuple[str, Of]]:
    """Products of no, one and two inputs, and a few powers of the own one."""
    yield "", partial(power_of, place=scene.place, k=0)
    for place in alongside(scene):
        yield scene.subject.names[place], partial(power_of, place=place, k=1)
    for a, b in combinations_with_replacement(alongside(scene), 2):
        one, other = scene.subject.names[a], scene.subject.names[b]
        name = f"{one}^2" if a == b else f"{one} {other}"
        yield (
            name,
            partial(product, of=partial(power_of, place=a), times=partial(power_of, place=b)),
        )
    own = scene.subject.names[scene.place]
    for k, name in ((3, f"{own}^3"), (-1, f"/{own}")):
        yield name, partial(power_of, place=scene.place, k=k)


def alongside(scene: Scene) -> list[int]:
    """The inputs of the same shape, this one first."""
    others = [k for k, x in enumerate(scene.inputs) if x.shape == scene.x.shape]
    return sorted(others, key=lambda k: k != scene.place)


def power_of(s: Scene, place: int, k: int = 1) -> Array:
    return np.asarray(s.inputs[place] ** float(k))


def product(s: Scene, of: Of, times: Of) -> Array:
    return of(s) * times(s)


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


def coefficient(c: float, name: str) -> str:
    """c times it, as one writes it."""
    number = f"{c:.4g}"
    if name.startswith("/"):
        return f"{number}{name}"
    return name if number == "1" else f"{number} {name}"
