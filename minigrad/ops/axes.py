"""The axes of a reduction, and the shapes of its gradients."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from minigrad.domain import REAL, Case, Cases, Domain, Draw
from minigrad.errors import ParameterError
from minigrad.op import flat


def reduced_axes(ndim, axis):
    """The axes that are reduced, counted from 0, in ascending order."""
    return tuple(range(ndim)) if axis is None else tuple(sorted(normalize_axis_tuple(axis, ndim)))


def count(x, axis):
    """Number of elements from which each result is computed."""
    return math.prod(x.shape[i] for i in reduced_axes(len(x.shape), axis))


def keep_axes(v, x, axis):
    """`v`, a reduction of `x`, with a side of 1 for each reduced axis, so that it broadcasts against x."""
    axes = reduced_axes(len(x.shape), axis)
    return v.reshape(tuple(1 if i in axes else n for i, n in enumerate(x.shape)))


def require_one_axis(axis, name):
    """Raise `ParameterError` unless `axis` is one integer."""
    if not isinstance(axis, int | np.integer):
        raise ParameterError(f"{name}(x, axis={axis!r}): needs one axis, an integer")


@flat
def first_max(x, *, axis=None):
    """True at the first of the largest elements over `axis`, False elsewhere."""
    return mark_first(x, axis, np.argmax)


@flat
def first_min(x, *, axis=None):
    """True at the first of the smallest elements over `axis`, False elsewhere."""
    return mark_first(x, axis, np.argmin)


def mark_first(x, axis, arg):
    """True at the first of the elements that `arg` (argmax, argmin) finds, False elsewhere.

    Several axes count as one axis, in row-major order.
    """
    axes = reduced_axes(x.ndim, axis)
    order = (*(i for i in range(x.ndim) if i not in axes), *axes)
    moved = x.transpose(order)
    rows = moved.reshape(*moved.shape[: x.ndim - len(axes)], count(x, axis))
    mask = np.arange(rows.shape[-1]) == arg(rows, axis=-1)[..., np.newaxis]
    return mask.reshape(moved.shape).transpose(np.argsort(order))


@lru_cache(maxsize=16)
def ones(n, dtype):
    """A vector of n ones. Multiplying by it sums rows or columns with BLAS, twice as fast as sum()."""
    vector = np.ones(n, dtype)
    vector.flags.writeable = False
    return vector


def some_axis(draw: Draw, ndim: int) -> int:
    """One axis, counted from either end."""
    return draw.integer(-ndim, ndim - 1)


def along_one_axis(domain: Domain = REAL) -> Cases:
    """One array and one of its axes."""

    def cases(draw: Draw) -> Case:
        shape = draw.shape(1, 3)
        return Case((draw.array(shape, domain),), {"axis": some_axis(draw, len(shape))})

    return cases
