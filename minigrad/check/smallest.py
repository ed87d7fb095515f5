"""The smallest case that fails, in exact numbers that are short when printed.

Axes of one length shrink together, since they are likely to be the same axis of different arrays, for
as long as the function accepts it and the gradient stays wrong; then the numbers lose all the bits that
they can do without.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from minigrad.check.scene import DIFFERENT, jacobian
from minigrad.check.subject import Subject
from minigrad.check.trial import Bench, Trial, sizes, upstream
from minigrad.typing import Array

LARGEST = 64
"""A case of more elements is not printed."""


BITS = 3

STEP = 2.0**-20
"""At which the slopes on both sides are compared, relative to the element."""

TRIED = 8
"""How many of the worst elements are looked at for one that is not at a kink."""


@dataclass(frozen=True)
class Case:
    """Inputs and an upstream gradient, and the element at which the gradient is wrong there.

    behind, ahead    the slopes on both sides, which differ at a kink
    """

    inputs: tuple[Array, ...]
    v: Array
    place: int
    index: tuple[int, ...]
    claimed: float
    behind: float
    ahead: float

    @property
    def kinked(self) -> bool:
        return abs(self.ahead - self.behind) > 1e-3 * (abs(self.ahead) + abs(self.behind))

    @property
    def inside(self) -> bool:
        """Whether the claim lies between two slopes that differ: nothing to be shown."""
        low, high = sorted((self.behind, self.ahead))
        return self.kinked and low <= self.claimed <= high


def smallest(bench: Bench, trials: list[Trial]) -> Case | None:
    """The smallest case that was found; None if there is none, or if it is too large to print."""
    places = [t.place for t in trials if t.sweep.verdict == "wrong" and t.place is not None]
    case = None
    for inputs in candidates(bench.subject.inputs):
        case = failing(bench, inputs, places) or case
        if case is not None:
            break
    if case is None:
        return None
    for length in sorted({n for x in case.inputs for n in x.shape if n > 1}, reverse=True):
        for shorter in (1, 2):
            if shorter < length:
                smaller = failing(bench, shrunk(case.inputs, length, shorter), [case.place])
                if smaller is not None and smaller.kinked <= case.kinked:
                    case = smaller
                    break
    if sum(x.size for x in case.inputs) + case.v.size > LARGEST:
        return None
    return case


def candidates(inputs: tuple[Array, ...]) -> Iterator[tuple[Array, ...]]:
    for bits in (BITS, 3 * BITS):
        short = tuple(rounded(x, bits) for x in inputs)
        if all(
            np.unique(a).size == np.unique(b).size for a, b in zip(short, inputs)
        ):  # no new ties
            yield short
    yield inputs


def rounded(x: Array, bits: int = BITS) -> Array:
    """To a few significant bits: what is printed is short, and exact."""
    mantissa, exponent = np.frexp(x)
    return np.asarray(np.ldexp(np.round(mantissa * 2**bits) / 2**bits, exponent))


def shrunk(inputs: tuple[Array, ...], length: int, shorter: int) -> tuple[Array, ...]:
    """Every axis of this length cut to the shorter one."""
    return tuple(
        x[tuple(slice(shorter if n == length else None) for n in x.shape)].copy() for x in inputs
    )


def failing(bench: Bench, inputs: tuple[Array, ...], places: list[int]) -> Case | None:
    """The element at which the gradient is most wrong at these inputs, if it is; no kink, if possible."""
    subject = bench.subject
    found: list[tuple[bool, float, Case]] = []
    try:
        with np.errstate(all="ignore"):
            out = subject.value(*(x.copy() for x in inputs))
            v = rounded(upstream(subject, out.shape, bench.rng))
            claimed = subject.gradients(v, inputs)
            for place in dict.fromkeys(places):
                numeric = jacobian(subject, inputs, place, bench.rng).pulled(v)
                claims = claimed[place].ravel()
                off = np.nan_to_num(np.abs(claims - numeric))
                scale = max(np.nanmax(np.abs(numeric), initial=0.0), np.abs(claims).max())
                for i in np.argsort(-off)[:TRIED]:
                    if off[i] > DIFFERENT * scale:
                        behind, ahead = sides(subject, inputs, out, v, place, int(i))
                        index = np.unravel_index(i, inputs[place].shape)
                        case = Case(
                            inputs,
                            v,
                            place,
                            tuple(map(int, index)),
                            float(claims[i]),
                            behind,
                            ahead,
                        )
                        if not case.inside:
                            found.append((not case.kinked, float(off[i]), case))
    except Exception:  # smaller than f, or its gradient, can be
        return None
    return max(found, key=lambda each: each[:2])[2] if found else None


def sides(
    subject: Subject, inputs: tuple[Array, ...], out: Array, v: Array, place: int, i: int
) -> tuple[float, float]:
    """The slopes of <v, f> behind and ahead of one element."""
    far = float(sizes((inputs[place],))[i])
    moved = [x.copy() for x in inputs]
    slopes = []
    for sign in (-1.0, 1.0):
        moved[place] = inputs[place].copy()
        moved[place].flat[i] += sign * STEP * far
        change = subject.value(*(x.copy() for x in moved)) - out
        slopes.append(float(np.sum(v * change)) / (sign * STEP * far))
    return slopes[0], slopes[1]
