"""Bugs of the chain rule: what is done to the gradient that arrives, and what it is multiplied with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from minigrad.check.overlaps import overlaps
from minigrad.check.scene import DIFFERENT, Hypothesis, Scene, broadcast_axes, given, without
from minigrad.check.ways import ways
from minigrad.typing import Array


def arrivals(scene: Scene) -> Iterator[Hypothesis]:
    """What is done to the gradient that arrives, before it is passed on."""
    ways: list[tuple[str, Callable[[Array], Array]]] = [
        ("ignores the gradient that arrives, as if that were 1 everywhere", np.ones_like),
        ("uses the mean of the gradient that arrives", lambda v: np.full_like(v, v.mean())),
        ("uses the sum of the gradient that arrives", lambda v: np.full_like(v, v.sum())),
        ("multiplies twice with the gradient that arrives: it is squared", lambda v: v * v),
        ("uses the absolute value of the gradient that arrives", np.abs),
    ]
    if scene.v.ndim == 2 and scene.v.shape[0] == scene.v.shape[1]:
        ways.append(("uses the transpose of the gradient that arrives", lambda v: v.T))
    stretched = broadcast_axes(scene)
    for k, n in enumerate(scene.v.shape):
        if n < 2:
            continue
        missing = f": the sum over axis {k} is missing" if k in stretched else ""
        for position, which in ((0, "first"), (-1, "last")):
            ways.append(
                (
                    f"uses only the {which} index along axis {k} of the gradient that arrives{missing}",
                    partial(only, axis=k, position=position),
                )
            )
            ways.append(
                (
                    f"misses the {which} index along axis {k} of the gradient that arrives",
                    partial(without, axis=k, position=position),
                )
            )
        if scene.v.ndim > 1:
            for what, reduce in (("sums", np.sum), ("averages", np.mean)):
                ways.append(
                    (
                        f"{what} the gradient that arrives over axis {k} too early",
                        partial(early, reduce=reduce, axis=k),
                    )
                )  # fmt: skip
    for says, change in ways:
        yield Hypothesis(says, given(lambda s, change: s.pulled(change(s.v)), change))


def only(v: Array, axis: int, position: int) -> Array:
    return v - without(v, axis, position)


def early(v: Array, reduce: Callable[..., Array], axis: int) -> Array:
    return np.broadcast_to(reduce(v, axis=axis, keepdims=True), v.shape)


def elementwise(scene: Scene) -> Iterator[Hypothesis]:
    """For f of the shape of its input."""
    arrives = "the gradient that arrives"
    if scene.elementwise:
        yield Hypothesis(
            f"is {arrives}, passed on as it is: the inner derivative is missing", lambda s: s.v
        )
    yield Hypothesis(
        f"is {arrives} times the output: the output stands where the derivative belongs"
        + ("" if scene.elementwise else ", and the sum over the other elements is missing"),
        lambda s: s.v * s.out,
    )
    yield Hypothesis(
        f"is {arrives} times the input: the input stands where the derivative belongs",
        lambda s: s.v * s.x,
    )
    swapped = "the input stands where the output belongs, in the derivative"
    yield Hypothesis(f"is g x (1 - x): {swapped} y (1 - y)", lambda s: s.v * s.x * (1 - s.x))
    yield Hypothesis(f"is g (1 - x^2): {swapped} 1 - y^2", lambda s: s.v * (1 - s.x * s.x))
    if not scene.elementwise:
        yield Hypothesis(
            "takes each output to depend on its own input alone: the terms between elements, off the "
            "diagonal of the Jacobian, are missing",
            lambda s: s.v * s.diagonal,
        )


def unlikely(scene: Scene) -> Iterator[Hypothesis]:
    """What is asked only if nothing simpler fits: the same numbers may have two names."""
    if scene.elementwise:
        arrives = "the gradient that arrives"
        yield Hypothesis(
            "uses the derivative at the output, f'(f(x)), where f'(x) belongs",
            lambda s: s.v * s.derivative_at(s.out),
        )
        yield Hypothesis(
            f"is {arrives} divided by the derivative, where it should be multiplied",
            lambda s: s.v / s.diagonal,
        )
        yield Hypothesis(
            f"is {arrives} plus the derivative, where it should be multiplied",
            lambda s: s.v + s.diagonal,
        )
        if not is_a_power(scene):
            yield from product_rule()
    yield Hypothesis("has lost its signs: it is the absolute value", lambda s: np.abs(s.numeric))
    yield from ways(scene)
    yield from overlaps(scene)
    if scene.out.shape == scene.x.shape and scene.out.size > 1 and not scene.elementwise:
        yield Hypothesis(
            "is the gradient that arrives, passed on as it is: what f does to it is missing",
            lambda s: s.v,
        )


def product_rule() -> Iterator[Hypothesis]:
    """For f as x times something: one of the two terms is forgotten, or subtracted."""
    arrives, product = (
        "the gradient that arrives",
        "in the product rule, for f as x times something,",
    )
    yield Hypothesis(
        f"is {arrives} times f(x) / x: {product} the derivative of the second factor is forgotten",
        lambda s: s.v * s.out / s.x,
    )
    yield Hypothesis(
        f"lacks {arrives} times f(x) / x: {product} the derivative of x itself is forgotten",
        lambda s: s.v * (s.diagonal - s.out / s.x),
    )
    yield Hypothesis(
        f"has the wrong sign in one term: {product} one of the two is subtracted",
        lambda s: s.v * (2 * s.out / s.x - s.diagonal),
    )


def is_a_power(s: Scene) -> bool:
    """Whether f is c x^n: its derivative is n f(x) / x, so that a factor says all that a term could."""
    with np.errstate(all="ignore"):
        n = s.x * s.diagonal / s.out
    n = n[np.isfinite(n)]
    return n.size > 1 and bool(np.ptp(n) <= DIFFERENT * np.abs(n).max())
