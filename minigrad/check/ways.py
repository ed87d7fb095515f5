"""Bugs of ways: one that was forgotten, as through a mean; one that is closed; a factor along the way."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from minigrad.check.apart import mixed
from minigrad.check.scene import DIFFERENT, Hypothesis, Scene, alike, given
from minigrad.typing import Array

FEW = 4
"""Of fewer elements nothing is said: what differs by anything at all then differs by a mean."""

ACROSS = 0.1
"""How large a cosine may be for two vectors to count as orthogonal: an eps beside the variance tilts them."""

WEIGHED = "or gives it a wrong weight: each element is a part of it"

FORGOTTEN = {
    ("mean",): f"misses the way through the mean over {{axes}}, {WEIGHED}",
    ("variance",): f"misses the way through the variance over {{axes}}, {WEIGHED}",
    ("mean", "variance"): "takes the mean and the variance over {axes} for constants, "
    "or gives these ways wrong weights: each element is a part of both",
    ("length",): f"misses the way through the length, or the mean square, over {{axes}}, {WEIGHED}",
}


def ways(scene: Scene) -> Iterator[Hypothesis]:
    """What is there too much, or too little, of a sum over ways."""
    if 0 < np.count_nonzero(scene.out) < scene.out.size:
        yield Hypothesis(
            "lets the gradient pass where the output is 0: a ReLU is closed there, and its mask is missing",
            unmasked,
        )
    if scene.out.shape == scene.x.shape:
        yield Hypothesis(
            "lacks the gradient that arrives as a term: the way straight to the output is missing",
            lambda s: s.numeric - s.v,
        )
        yield Hypothesis(
            "has the gradient that arrives as a term once too often", lambda s: s.numeric + s.v
        )
    for k, other in enumerate(scene.inputs):
        if k != scene.place and other.size > 1 and stretches(other.shape, scene.x.shape):
            name = scene.subject.names[k]
            yield Hypothesis(
                f"lacks the factor {name}: on the way here it is multiplied with {name}",
                given(without_factor, k),
            )
            yield Hypothesis(
                f"has the factor {name} once too often",
                given(lambda s, k: s.numeric * s.inputs[k], k),
            )
        elif k != scene.place and other.size > 1 and stretches(other.shape, scene.out.shape):
            name = scene.subject.names[k]
            yield Hypothesis(
                f"lacks the factor {name}, before the sum over what was stretched",
                given(lambda s, k: s.pulled(s.v / s.inputs[k]), k),
            )
    shape = scene.x.shape
    for count in range(1, len(shape) + 1):
        for axes in combinations(range(len(shape)), count):
            if int(np.prod([shape[k] for k in axes])) < FEW:
                continue
            named = f"axis {axes[0]}" if count == 1 else f"axes {axes}"
            for through, says in FORGOTTEN.items():
                yield Hypothesis(says.format(axes=named), given(forgotten, axes, through))


def unmasked(s: Scene) -> Array:
    """The claim, if it is correct for an upstream gradient that is 0 wherever the output is; else nan."""
    open_only = s.subject.gradients(s.v * (s.out != 0), s.inputs)[s.place]
    return s.g if alike(open_only, s.numeric, largest(s.numeric)) else np.full(s.x.shape, np.nan)


def stretches(narrow: tuple[int, ...], wide: tuple[int, ...]) -> bool:
    return len(narrow) <= len(wide) and all(n in (1, m) for n, m in zip(narrow[::-1], wide[::-1]))


def without_factor(s: Scene, k: int) -> Array:
    return np.asarray(s.numeric / s.inputs[k])


def forgotten(s: Scene, axes: tuple[int, ...], through: tuple[str, ...]) -> Array:
    """What is correct, plus what of the claimed gradient a statistic over these axes would have taken away.

    A function of x less its mean does not change if all of x grows, so its gradient is orthogonal to ones;
    one of x over its deviation is so to x less its mean, one of x over its length to x itself.
    """
    x, correct, g = (rows(a, axes) for a in (s.x, s.numeric, s.g))
    centred = x - x.mean(axis=1, keepdims=True)
    known = {"mean": np.ones_like(x), "variance": centred, "length": x}
    predicted = correct.copy()
    for name in through:
        u = unit(known[name])
        along = (correct * u).sum(axis=1, keepdims=True)
        if np.any(np.abs(along) > ACROSS * np.sqrt((correct * correct).sum(axis=1, keepdims=True))):
            return np.full(s.x.shape, np.nan)
        missing = ((g - correct) * u).sum(axis=1, keepdims=True)
        if largest(missing) <= DIFFERENT * largest(correct):
            return np.full(s.x.shape, np.nan)  # this way is there, and another name says all
        predicted += missing * u
    if mixed([s]):
        return np.full(s.x.shape, np.nan)  # a way that leads astray, and not one that is missing
    return back(predicted, s.x.shape, axes)


def unit(u: Array) -> Array:
    return np.asarray(u / np.maximum(np.sqrt((u * u).sum(axis=1, keepdims=True)), 1e-300))


def rows(x: Array, axes: tuple[int, ...]) -> Array:
    """As a matrix, with what lies along these axes in its rows."""
    moved = np.moveaxis(x, axes, range(x.ndim - len(axes), x.ndim))
    return moved.reshape(-1, int(np.prod([x.shape[k] for k in axes])))


def back(matrix: Array, shape: tuple[int, ...], axes: tuple[int, ...]) -> Array:
    kept = [n for k, n in enumerate(shape) if k not in axes]
    moved = matrix.reshape(*kept, *(shape[k] for k in axes))
    return np.moveaxis(moved, range(len(kept), len(shape)), axes)


def largest(g: Array) -> float:
    return float(np.nanmax(np.abs(g), initial=0.0))
