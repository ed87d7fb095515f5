"""Arithmetic: sums, products, powers, and choices between two values."""

from __future__ import annotations

import numpy as np

from minigrad.domain import (
    DISTINCT,
    NONZERO,
    REAL,
    Case,
    Domain,
    Draw,
    Reject,
    broadcasting,
    elementwise,
)
from minigrad.errors import DTypeError, ParameterError, ShapeError
from minigrad.op import op
from minigrad.operators import plain
from minigrad.ops.elementary import TEXT, log

MISMATCHED = Reject(
    ShapeError,
    r"the shapes do not broadcast\n  x: \(2, 3\)   y: \(4,\)",
    (np.ones((2, 3)), np.ones(4)),
)


@op(cases=broadcasting(REAL, REAL), rejects=[MISMATCHED], broadcasts=True)
def add(x, y):
    """x + y"""
    return x + y


add.vjp(
    lambda g, out, x, y: g,
    lambda g, out, x, y: g,
)


@op(cases=broadcasting(REAL, REAL), rejects=[MISMATCHED], broadcasts=True)
def sub(x, y):
    """x - y"""
    return x - y


sub.vjp(
    lambda g, out, x, y: g,
    lambda g, out, x, y: -g,
)


@op(cases=broadcasting(REAL, REAL), rejects=[MISMATCHED], broadcasts=True)
def mul(x, y):
    """x * y"""
    return x * y


mul.vjp(
    lambda g, out, x, y: g * y,
    lambda g, out, x, y: g * x,
)


@op(cases=broadcasting(REAL, NONZERO), rejects=[MISMATCHED], broadcasts=True)
def div(x, y):
    """x / y"""
    return np.divide(x, y)


div.vjp(
    lambda g, out, x, y: g / y,
    lambda g, out, x, y: -g * out / y,
)


@op(cases=elementwise(REAL), rejects=[TEXT])
def neg(x):
    """-x"""
    return np.negative(x)


neg.vjp(lambda g, out, x: -g)


def where_cases(draw: Draw) -> Case:
    condition, x, y = draw.broadcastable(3)
    return Case((draw.generator().random(condition) < 0.5, draw.array(x), draw.array(y)))


@op(
    cases=where_cases,
    rejects=[
        Reject(
            DTypeError,
            "condition must be boolean, and it is float64",
            (np.ones(2), np.ones(2), 0.0),
        )
    ],
    broadcasts=True,
)
def where(condition, x, y):
    """x where the condition is true, y elsewhere.

    The value that is not chosen gets a gradient of exactly 0, also if it is inf or nan.
    """
    if np.asarray(condition).dtype != bool:
        raise DTypeError(
            "where(condition, x, y): the condition must be boolean, and it is "
            f"{np.asarray(condition).dtype}: write a comparison, such as x > 0"
        )
    return np.where(condition, x, y)


where.vjp(
    None,
    lambda g, out, condition, x, y: where(condition, g, 0.0),
    lambda g, out, condition, x, y: where(condition, 0.0, g),
)


def pow_cases(draw: Draw) -> Case:
    if draw.boolean():
        return broadcasting(Domain(0.1, 3.0), Domain(-2.0, 3.0))(draw)
    return Case((draw.array(draw.shape(), NONZERO), draw.choice((2, 3, -1, 0, 1, 2.0))))


@op(cases=pow_cases, rejects=[MISMATCHED], broadcasts=True)
def pow(x, y):
    """x ** y, where y is a number or an array.

    The derivative with respect to x is 0 where y is 0, also at x = 0. The derivative with respect to y,
    x**y log x, is 0 at x = 0. PyTorch has the same conventions.
    """
    try:
        return x**y
    except ValueError as error:
        if np.result_type(x, y).kind in "iu" and np.any(np.less(y, 0)):
            raise DTypeError(
                "pow(x, y): a negative power of an integer is not an integer: make one of them a float"
            ) from error
        raise


def pow_vjp_x(g, out, x, y):
    if isinstance(y, int | float):
        return g * (y * x ** (y - 1)) if y else g * 0
    zero = y == 0
    return g * where(zero, 0.0, y * x ** where(zero, 1.0, y - 1))


pow.vjp(
    pow_vjp_x,
    lambda g, out, x, y: g * out * log(where(x == 0, 1.0, x)),
)


@op(cases=elementwise(NONZERO), rejects=[TEXT])
def abs(x):
    """|x|. The derivative at 0 is 0, by convention."""
    return np.abs(x)


abs.vjp(lambda g, out, x: g * np.sign(plain(x)))


def distinct_pair(draw: Draw) -> Case:
    """Two arrays whose elements all differ clearly."""
    left, right = draw.broadcastable(2)
    n = int(np.prod(left))
    values = draw.array((n + int(np.prod(right)),), DISTINCT)
    return Case((values[:n].reshape(left), values[n:].reshape(right)))


@op(cases=distinct_pair, rejects=[MISMATCHED], broadcasts=True)
def maximum(x, y):
    """The larger of x and y, elementwise. Where they are equal, each gets half of the gradient."""
    return np.maximum(x, y)


maximum.vjp(
    lambda g, out, x, y: g * (x > y) + g * (x == y) * 0.5,
    lambda g, out, x, y: g * (y > x) + g * (x == y) * 0.5,
)


@op(cases=distinct_pair, rejects=[MISMATCHED], broadcasts=True)
def minimum(x, y):
    """The smaller of x and y, elementwise. Where they are equal, each gets half of the gradient."""
    return np.minimum(x, y)


minimum.vjp(
    lambda g, out, x, y: g * (x < y) + g * (x == y) * 0.5,
    lambda g, out, x, y: g * (y < x) + g * (x == y) * 0.5,
)


def clip_cases(draw: Draw) -> Case:
    low, high = draw.choice(((-0.5, 0.75), (None, 0.25), (-1.0, None)))
    kinks = tuple(bound for bound in (low, high) if bound is not None)
    domain = Domain(-2.0, 2.0, kinks=kinks)
    return Case((draw.array(draw.shape(), domain),), {"min": low, "max": high})


@op(
    cases=clip_cases,
    rejects=[
        Reject(
            ParameterError,
            "min 2.0 is greater than max 1.0",
            (np.ones(2),),
            {"min": 2.0, "max": 1.0},
        ),
        Reject(ParameterError, "needs min, max or both", (np.ones(2),)),
    ],
)
def clip(x, *, min=None, max=None):
    """x limited to [min, max]. The derivative is 1 in the closed interval and 0 outside, as in PyTorch."""
    if min is None and max is None:
        raise ParameterError("clip(x): needs min, max or both")
    if min is not None and max is not None and min > max:
        raise ParameterError(f"clip(x): min {min} is greater than max {max}")
    return np.clip(x, min, max)


@clip.vjp
def clip_vjp(g, out, x, min, max):
    if min is None:
        return g * (x <= max)
    if max is None:
        return g * (x >= min)
    return g * ((x >= min) & (x <= max))


@op(cases=elementwise(REAL), rejects=[TEXT])
def clone(x):
    """A copy of x."""
    return np.array(x)


clone.vjp(lambda g, out, x: g)


def astype_cases(draw: Draw) -> Case:
    return Case((draw.array(draw.shape()),), {"dtype": np.float64})


@op(
    cases=astype_cases,
    rejects=[Reject(DTypeError, "not understood", (np.ones(2),), {"dtype": "float31"})],
)
def astype(x, *, dtype):
    """x in another dtype. The gradient has the dtype of x. Integers and booleans have no gradient."""
    return np.asarray(x).astype(dtype)


astype.vjp(lambda g, out, x, dtype: g.astype(x.dtype))
