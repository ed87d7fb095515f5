"""What people do to gradients: each bug as a map from the correct gradient to the one it makes.

A hypothesis says what the claimed gradient would be, if it were true; see `diagnosis`, which believes
only what predicts every element on fresh draws.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from minigrad.check.chain_rule import arrivals, elementwise
from minigrad.check.scene import Hypothesis, Predict, Scene, alike, broadcast_axes, given, without
from minigrad.typing import Array


def hypotheses(scene: Scene) -> Iterator[Hypothesis]:
    """All that could be true of gradients of these shapes."""
    yield from factors(scene)
    yield from layouts(scene)
    yield from sides(scene)
    if scene.subject.upstream and scene.out.size > 1:
        yield from arrivals(scene)
    if scene.out.shape == scene.x.shape and scene.out.size > 1:
        yield from elementwise(scene)
    if scene.out.size == scene.x.size and scene.out.size > 1:
        yield Hypothesis(
            "is that of the transposed map, J v for J^T v: a matrix that should be transposed is not "
            "(S for S.T), a cumsum is not reversed, or a shift goes the wrong way",
            lambda s: s.jacobian.pushed(s.v).reshape(s.x.shape),
        )
    yield from exchanged(scene)


def scaled(factor: float) -> Predict:
    return lambda s: factor * s.numeric


def factors(scene: Scene) -> Iterator[Hypothesis]:
    yield Hypothesis("has the wrong sign", scaled(-1.0))
    yield Hypothesis("is 0, as if f did not depend on the input", scaled(0.0))
    yield Hypothesis(
        "is twice the correct one: a factor 1/2 is missing, or it is added up twice", scaled(2.0)
    )
    yield Hypothesis(
        "is half the correct one: the 2 from the derivative of a square is missing, or there is a factor 1/2 "
        "too many",
        scaled(0.5),
    )
    for n, what in counts(scene).items():
        # Small numbers have many reasons: a 3 may be that of a cube's derivative.
        sure = n > 3
        that = what.rstrip(",")
        yield Hypothesis(
            f"is {what} ({n}) times too large: the division by it, of a mean, was forgotten"
            if sure
            else f"is {n} times too large; {n} is {that}: perhaps the division by it was forgotten",
            scaled(float(n)),
        )
        stretched = broadcast_axes(scene)
        if stretched and n == int(np.prod([scene.v.shape[k] for k in stretched])):
            says = (
                f"is the correct one divided by {n}: the mean over axis {axes(stretched)} was taken where "
                "the sum belongs, for the input was broadcast along it"
            )
        else:
            says = (
                f"is {what} ({n}) times too small: it is divided by it once too often, or a mean stands in "
                "the place of a sum"
                if sure
                else f"is {n} times too small; {n} is {that}: perhaps it is divided by it once too often"
            )
        yield Hypothesis(says, scaled(1.0 / n))
        if n > 2:
            wrong = f"{n} and {n - 1} are mixed up, N and N - 1, as in a variance"
            yield Hypothesis(f"is {n}/{n - 1} of the correct one: {wrong}", scaled(n / (n - 1)))
            yield Hypothesis(f"is {n - 1}/{n} of the correct one: {wrong}", scaled((n - 1) / n))


def counts(scene: Scene) -> dict[int, str]:
    """The numbers that a mean may have divided by, and what they are."""
    found: dict[int, str] = {}
    names, inputs = scene.subject.names, scene.inputs
    for name, x in zip(names, inputs):
        if x.ndim >= 2 and x.shape[:1] == scene.out.shape[:1]:
            found.setdefault(x.shape[0], f"the batch size, the length of axis 0 of {name},")
        elif x.ndim >= 2 and scene.out.ndim == 0:
            found.setdefault(x.shape[0], f"the length of axis 0 of {name}, often the batch size,")
    if scene.out.ndim >= 2:
        found.setdefault(scene.out.shape[0], "the batch size, the length of axis 0 of the output,")
    for name, x in zip(names, inputs):
        found.setdefault(x.size, f"the number of elements of {name}")
        for k, n in enumerate(x.shape):
            found.setdefault(n, f"the length of axis {k} of {name}")
        if x.ndim == 4:
            found.setdefault(x.shape[2] * x.shape[3], f"the number of pixels of an image in {name}")
    found.setdefault(scene.out.size, "the number of elements of the output")
    for k, n in enumerate(scene.out.shape):
        found.setdefault(n, f"the length of axis {k} of the output")
    return {n: what for n, what in found.items() if n > 1}


def layouts(scene: Scene) -> Iterator[Hypothesis]:
    shape = scene.x.shape
    if len(shape) == 2 and min(shape) > 1:
        if shape[0] == shape[1]:
            yield Hypothesis("is the transpose of the correct one", lambda s: s.numeric.T)
        else:
            yield Hypothesis(
                "is reshaped where it should be transposed",
                lambda s: s.numeric.T.reshape(s.x.shape),
            )
            yield Hypothesis(
                "is transposed where it should be reshaped",
                lambda s: s.numeric.reshape(s.x.T.shape).T,
            )
    for k, n in enumerate(shape):
        if n < 2:
            continue
        yield Hypothesis(
            f"runs backwards along axis {k}: it is flipped",
            given(lambda s, k: np.flip(s.numeric, k), k),
        )
        if n > 2:
            for by in (1, -1):
                yield Hypothesis(
                    f"is shifted by one along axis {k}: it is rolled by {by:+d}",
                    given(lambda s, k, by: np.roll(s.numeric, by, k), k, by),
                )
        for position, which in ((-1, "last"), (0, "first")):
            yield Hypothesis(
                f"is 0 at the {which} index of axis {k}: that element is forgotten",
                given(lambda s, k, at: without(s.numeric, k, at), k, position),
            )


def sides(scene: Scene) -> Iterator[Hypothesis]:
    """What goes wrong on one side of 0 only, with inputs on both."""
    if not ((scene.x < 0).any() and (scene.x > 0).any()):
        return
    for side, sign in (("negative", -1.0), ("positive", 1.0)):
        for says, factor in (("has the wrong sign", -1.0), ("is 0", 0.0)):
            yield Hypothesis(
                f"{says} where the input is {side}, and is correct elsewhere",
                given(one_sided, sign, factor),
            )


def one_sided(s: Scene, sign: float, factor: float) -> Array:
    return np.where(sign * s.x > 0, factor * s.numeric, s.numeric)


def exchanged(scene: Scene) -> Iterator[Hypothesis]:
    """Gradients that are returned in the wrong order: what belongs here stands at another place."""
    for k, x in enumerate(scene.inputs):
        if k != scene.place and x.shape == scene.x.shape:
            name, other = scene.subject.names[scene.place], scene.subject.names[k]
            yield Hypothesis(
                f"is returned in the place of {other}'s: the two are exchanged, give {name}'s first"
                if scene.place < k
                else f"is returned in the place of {other}'s: the two are exchanged",
                given(standing_at, k),
            )  # fmt: skip


def standing_at(s: Scene, k: int) -> Array:
    """What was claimed, if the gradient of the input at `place` stands at place k; else nothing."""
    correct = alike(s.claimed[k], s.numeric, float(np.nanmax(np.abs(s.numeric), initial=0.0)))
    return s.g if correct else np.full(s.x.shape, np.nan)


def axes(which: tuple[int, ...]) -> str:
    return str(which[0]) if len(which) == 1 else f"{which}"
