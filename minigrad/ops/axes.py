"""Which axes a reduction goes over, and how its gradient finds its way back."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from minigrad.domain import Draw
from minigrad.errors import ParameterError
from minigrad.op import flat


def reduced_axes(ndim, axis):
    """The axes that are reduced, counted from 0, in ascending order."""
    return tuple(range(ndim)) if axis is None else tuple(sorted(normalize_axis_tuple(axis, ndim)))


def count(x, axis):
    """How many elements each result is made from."""
    return math.prod(x.shape[i] for i in reduced_axes(len(x.shape), axis))


def kept(v, x, axis):
    """`v`, a reduction of `x`, with sides of 1 in the places of the axes that were reduced."""
    axes = reduced_axes(len(x.shape), axis)
    return v.reshape(tuple(1 if i in axes else n for i, n in enumerate(x.shape)))


def one_axis(axis, name):
    """Refuse all but an integer, for ops that work along one axis."""
    if not isinstance(axis, int | np.integer):
        raise ParameterError(f"{name}(x, axis={axis!r}): needs one axis, an integer")


@flat
def first_max(x, *, axis=None):
    """True where the first of the largest elements over `axis` stands."""
    return winners(x, axis, np.argmax)


@flat
def first_min(x, *, axis=None):
    """True where the first of the smallest elements over `axis` stands."""
    return winners(x, axis, np.argmin)


def winners(x, axis, arg):
    """A boolean array, True where the first of the winners by `arg` (argmax, argmin) stands.

    Several axes count as one in row-major order.
    """
    axes = reduced_axes(x.ndim, axis)
    order = (*(i for i in range(x.ndim) if i not in axes), *axes)
    moved = x.transpose(order)
    rows = moved.reshape(*moved.shape[: x.ndim - len(axes)], count(x, axis))
    mask = np.arange(rows.shape[-1]) == arg(rows, axis=-1)[..., np.newaxis]
    return mask.reshape(moved.shape).transpose(np.argsort(order))


@lru_cache(maxsize=16)
def ones(n, dtype):
    """A vector of n ones. A sum over rows or columns is a product with it, by BLAS, twice as fast."""
    vector = np.ones(n, dtype)
    vector.flags.writeable = False
    return vector


def some_axis(draw: Draw, ndim: int) -> int:
    """One axis, counted from either end."""
    return draw.integer(-ndim, ndim - 1)
