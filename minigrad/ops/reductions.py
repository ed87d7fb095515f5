"""Reductions over axes: `axis` is an integer, a tuple of integers, or None for all axes."""

from __future__ import annotations

from functools import reduce

import numpy as np

from minigrad.domain import DISTINCT, MODEST, REAL, Case, Domain, Draw, Reject, reducing
from minigrad.errors import ParameterError, ShapeError
from minigrad.op import fused, op
from minigrad.ops.arithmetic import mul, where
from minigrad.ops.axes import (
    along_one_axis,
    count,
    first_max,
    first_min,
    keep_axes,
    reduced_axes,
    require_one_axis,
)
from minigrad.ops.elementary import exp
from minigrad.ops.shapes import broadcast_to, flip, reshape, transpose

NO_SUCH_AXIS = Reject(
    ShapeError, r"axis 2 is out of bounds[\s\S]*x: \(2, 3\)", (np.ones((2, 3)),), {"axis": 2}
)
EMPTY = Reject(ShapeError, r"no elements|zero-size", (np.ones((0, 3)),), {"axis": 0})


@op(cases=reducing(REAL), rejects=[NO_SUCH_AXIS])
def sum(x, *, axis=None, keepdims=False):
    """The sum of x over `axis`."""
    return np.sum(x, axis=axis, keepdims=keepdims)


sum.vjp(lambda g, out, x, axis, keepdims: broadcast_to(keep_axes(g, x, axis), shape=x.shape))


@op(cases=reducing(REAL, min_side=1), rejects=[NO_SUCH_AXIS, EMPTY])
def mean(x, *, axis=None, keepdims=False):
    """The sum of x over `axis`, divided by the number of elements that were summed."""
    some(x, axis, "mean")
    return np.mean(x, axis=axis, keepdims=keepdims)


mean.vjp(
    lambda g, out, x, axis, keepdims: broadcast_to(
        keep_axes(g / count(x, axis), x, axis), shape=x.shape
    )
)


def spread_cases(draw: Draw) -> Case:
    """Arrays whose elements differ, because std has a kink where all are equal."""
    shape = draw.shape(1, 3, min_side=1)
    shape = (*shape[:-1], shape[-1] + 1)
    axis = draw.choice((None, -1, len(shape) - 1, tuple(range(len(shape)))))
    params = {"axis": axis, "keepdims": draw.boolean(), "correction": draw.choice((0, 1))}
    return Case((draw.array(shape, DISTINCT),), params)


TOO_FEW = Reject(
    ParameterError,
    "only n = 3 elements are reduced",
    (np.ones((2, 3)),),
    {"axis": 1, "correction": 3},
)


@op(cases=spread_cases, rejects=[NO_SUCH_AXIS, EMPTY, TOO_FEW])
def var(x, *, axis=None, keepdims=False, correction=0):
    """The sum of (x - mean x)^2 over `axis`, divided by n - correction.

    The default correction of 0 is numpy's; that of `torch.var` is 1.
    """
    degrees_of_freedom(x, axis, correction, "var")
    return np.var(subtract_first(x, axis), axis=axis, keepdims=keepdims, ddof=correction)


@var.vjp
def var_vjp(g, out, x, axis, keepdims, correction):
    n = count(x, axis)
    return keep_axes(g, x, axis) * (x - x.mean(axis=axis, keepdims=True)) * (2 / (n - correction))


@op(cases=spread_cases, rejects=[NO_SUCH_AXIS, EMPTY])
def std(x, *, axis=None, keepdims=False, correction=0):
    """The square root of `var`. The derivative is 0 where all elements are equal, by convention."""
    degrees_of_freedom(x, axis, correction, "std")
    return np.std(subtract_first(x, axis), axis=axis, keepdims=keepdims, ddof=correction)


@std.vjp
def std_vjp(g, out, x, axis, keepdims, correction):
    n = count(x, axis)
    scale = keep_axes(where(out == 0, 0.0, g / where(out == 0, 1.0, out)), x, axis)
    return scale * (x - x.mean(axis=axis, keepdims=True)) * (1 / (n - correction))


@op(cases=reducing(DISTINCT, min_side=1), rejects=[NO_SUCH_AXIS, EMPTY])
def max(x, *, axis=None, keepdims=False):
    """The largest element over `axis`. The first of equal ones, in row-major order, gets the gradient."""
    some(x, axis, "max")
    return np.max(x, axis=axis, keepdims=keepdims)


max.vjp(lambda g, out, x, axis, keepdims: keep_axes(g, x, axis) * first_max(x, axis=axis))


@op(cases=reducing(DISTINCT, min_side=1), rejects=[NO_SUCH_AXIS, EMPTY])
def min(x, *, axis=None, keepdims=False):
    """The smallest element over `axis`. The first of equal ones, in row-major order, gets the gradient."""
    some(x, axis, "min")
    return np.min(x, axis=axis, keepdims=keepdims)


min.vjp(lambda g, out, x, axis, keepdims: keep_axes(g, x, axis) * first_min(x, axis=axis))


def prod_definition(x, *, axis=None, keepdims=False):
    axes = reduced_axes(len(x.shape), axis)
    others = tuple(i for i in range(len(x.shape)) if i not in axes)
    rows = transpose(x, axes=(*axes, *others))
    shape = tuple(x.shape[i] for i in others)
    rows = reshape(rows, shape=(count(x, axis), *shape))
    factors = [rows[i] for i in range(rows.shape[0])]
    out = reduce(mul, factors) if factors else rows.sum(axis=0) + 1
    return keep_axes(out, x, axis) if keepdims else out


def prod_cases(draw: Draw) -> Case:
    """Sometimes with a factor of 0: the product of the other factors is then not out / x."""
    case = reducing(Domain(-1.5, 1.5))(draw)
    x = case.inputs[0]
    if draw.boolean() and x.size:
        x.flat[draw.integer(0, x.size - 1)] = 0.0
    return case


@fused(prod_definition, cases=prod_cases, rejects=[NO_SUCH_AXIS])
def prod(x, *, axis=None, keepdims=False):
    """The product of x over `axis`. Each gradient is the product of the other factors, also with zeros."""
    return np.prod(x, axis=axis, keepdims=keepdims), None


def prod_vjp(g, saved, x, axis, keepdims):
    axes = reduced_axes(x.ndim, axis)
    order = (*axes, *(i for i in range(x.ndim) if i not in axes))
    moved = x.transpose(order)
    rows = moved.reshape(count(x, axis), *moved.shape[len(axes) :])
    others = np.ones_like(rows)
    others[1:] = np.cumprod(rows[:-1], axis=0)  # the product of the factors before
    others[:-1] *= np.cumprod(rows[:0:-1], axis=0)[::-1]  # and of the factors after
    return keep_axes(g, x, axis) * others.reshape(moved.shape).transpose(np.argsort(order))


prod.vjp(prod_vjp, formulas=["g times the product of all the other elements"])


@op(cases=reducing(MODEST, min_side=1), rejects=[NO_SUCH_AXIS, EMPTY])
def logsumexp(x, *, axis=None, keepdims=False):
    """log of the sum of e^x over `axis`, computed without overflow.

    If every x is -inf, the result is -inf and the derivative is 0, by convention.
    """
    some(x, axis, "logsumexp")
    largest = np.max(x, axis=axis, keepdims=True)
    largest = np.where(np.isfinite(largest), largest, 0).astype(largest.dtype)
    with np.errstate(divide="ignore"):  # log 0 = -inf
        out = np.log(np.sum(np.exp(x - largest), axis=axis, keepdims=True)) + largest
    return out if keepdims else np.squeeze(out, axis=reduced_axes(np.ndim(x), axis))


@logsumexp.vjp
def logsumexp_vjp(g, out, x, axis, keepdims):
    return keep_axes(g, x, axis) * exp(x - keep_axes(where(out == -np.inf, 0.0, out), x, axis))


def norm_cases(draw: Draw) -> Case:
    """Arrays that are not close to x = 0, where the norm has a kink."""
    return reducing(Domain(-2.0, 2.0, kinks=(0.0,), scales=(-4, 0, 0, 3)), min_side=1)(draw)


@op(cases=norm_cases, rejects=[NO_SUCH_AXIS])
def norm(x, *, axis=None, keepdims=False):
    """The Euclidean norm, sqrt of the sum of x^2. The derivative at x = 0 is 0, by convention."""
    return np.sqrt(np.sum(np.square(x), axis=axis, keepdims=keepdims))


norm.vjp(lambda g, out, x, axis, keepdims: x * keep_axes(g / where(out == 0, 1.0, out), x, axis))


@op(
    cases=along_one_axis(),
    rejects=[NO_SUCH_AXIS, Reject(ParameterError, "needs one axis", (np.ones(2),), {"axis": None})],
)
def cumsum(x, *, axis):
    """The sum of x up to and including each element along `axis`."""
    require_one_axis(axis, "cumsum")
    return np.cumsum(x, axis=axis)


cumsum.vjp(lambda g, out, x, axis: flip(cumsum(flip(g, axis=axis), axis=axis), axis=axis))


def some(x, axis, name):
    """Refuse to reduce nothing: there is no mean and no largest of no elements."""
    if not np.size(x) and not count(np.asarray(x), axis):
        raise ShapeError(f"{name}(x, axis={axis}): no elements to reduce in shape {np.shape(x)}")


def degrees_of_freedom(x, axis, correction, name):
    some(x, axis, name)
    n = count(np.asarray(x), axis)
    if n <= correction:
        raise ParameterError(
            f"{name}(x, axis={axis}, correction={correction}): the sum is divided by n - correction, and "
            f"only n = {n} elements are reduced in shape {np.shape(x)}: give a smaller correction"
        )


def subtract_first(x, axis):
    """x minus its first element, so that equal values become exactly 0, without a rounding error."""
    x = np.asarray(x)
    axes = reduced_axes(x.ndim, axis)
    return x - x[tuple(slice(1) if i in axes else slice(None) for i in range(x.ndim))]
