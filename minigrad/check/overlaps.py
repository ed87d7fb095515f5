"""Bugs of functions that look at windows: convolution, where these overlap, and pooling."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from minigrad.check.scene import Hypothesis, Scene, given, jacobian
from minigrad.typing import Array

NOTHING = 1e-7
"""An output does not depend on an input if its slope is smaller than this share of the largest."""


def overlaps(scene: Scene) -> Iterator[Hypothesis]:
    """Windows that overlap, kernels, and pooling."""
    if scene.out.size > 1:
        yield Hypothesis(
            "keeps only the contribution that came last, and all are to be added up: there is an = where += "
            "belongs",
            overwritten,
        )
    for k, other in enumerate(scene.inputs):
        if k != scene.place and max(other.shape[leading(other) :], default=0) > 1:
            name = scene.subject.names[k]
            yield Hypothesis(
                f"is the correct one for a {name} that is turned round, last element first: {name} is turned "
                "where it should not be, or is not where it should",
                given(turned, k),
            )
    yield from pooled(scene)
    yield Hypothesis("is multiplied with the input once too often", lambda s: s.numeric * s.x)


def overwritten(s: Scene) -> Array:
    """The last contributions of a loop over some axes of the output: those closest to the claim."""
    loops = [
        axes
        for count in range(1, s.out.ndim + 1)
        for axes in combinations(range(s.out.ndim), count)
        if np.prod([s.out.shape[k] for k in axes]) > 1
    ]
    with np.errstate(invalid="ignore"):
        return min((last_of(s, axes) for axes in loops), key=lambda g: np.nansum(np.abs(g - s.g)))


def last_of(s: Scene, axes: tuple[int, ...]) -> Array:
    """The contribution of the last place along these axes that each input goes into."""
    known, slopes = s.jacobian.columns, s.jacobian.matrix.reshape(*s.out.shape, -1)
    places = int(np.prod([s.out.shape[k] for k in axes]))

    def by_place(x: Array) -> Array:
        order = [*axes, *(k for k in range(s.out.ndim) if k not in axes)]
        return x.transpose(*order, s.out.ndim).reshape(places, -1, x.shape[-1])

    reached = (np.abs(by_place(slopes)) > NOTHING * np.abs(slopes).max(initial=0.0)).any(axis=1)
    sent = by_place(slopes * s.v[..., None]).sum(axis=1)
    last = places - 1 - reached[::-1].argmax(axis=0)
    g = np.full(s.x.size, np.nan)
    g[known] = np.where(reached.any(axis=0), sent[last, np.arange(known.size)], 0.0)
    return g.reshape(s.x.shape)


def turned(s: Scene, k: int) -> Array:
    """The gradient that would be correct if the input at place k ran backwards within its window."""
    other = s.inputs[k]
    axes = tuple(range(leading(other), other.ndim))
    inputs = tuple(np.flip(x, axes) if i == k else x for i, x in enumerate(s.inputs))
    try:
        slopes = jacobian(s.subject, inputs, s.place, np.random.default_rng(0))
    except Exception:  # outside of f's domain
        return np.full(s.x.shape, np.nan)
    return slopes.pulled(s.v).reshape(s.x.shape)


def leading(x: Array) -> int:
    """How many axes of a kernel come before those of the window: (F, C, KH, KW), (F, C, K), or none."""
    return 2 if x.ndim > 2 else 0


def pooled(scene: Scene) -> Iterator[Hypothesis]:
    """For f that makes one number of each block of its input."""
    x, out = scene.x.shape, scene.out.shape
    if len(x) != len(out) or x == out or 0 in out or any(n % m for n, m in zip(x, out)):
        return
    block = tuple(n // m for n, m in zip(x, out))
    size = int(np.prod(block))
    yield Hypothesis(
        f"is handed to all {size} elements of a window alike, as if f were their sum",
        lambda s: repeated(s.v, block),
    )
    yield Hypothesis(
        f"is shared equally by the {size} elements of a window, as if f were their mean",
        lambda s: repeated(s.v, block) / size,
    )


def repeated(x: Array, block: tuple[int, ...]) -> Array:
    for axis, n in enumerate(block):
        x = x.repeat(n, axis)
    return x
