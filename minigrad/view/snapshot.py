"""A snapshot: what an array held at one moment, kept whole if it is small and as a summary if not."""

from __future__ import annotations

from functools import cached_property
from typing import Any, NamedTuple, final

import numpy as np

from minigrad.tensor import Array

PATCH = 16
"""Of an array that is not kept, so many rows and columns of its first matrix are."""


class Statistics(NamedTuple):
    """An array in a few numbers: nan and inf are counted, and left out of the rest.

    rms     the root mean square
    dead    the share of units, positions along all axes but the first, that are 0 in every example
    """

    min: float
    max: float
    mean: float
    rms: float
    zeros: int
    nans: int
    infs: int
    dead: float | None


@final
class Snapshot:
    """The values of an array as they were.

    array   a copy, or None if it had more elements than were to be kept
    patch   the upper left corner of its first matrix, (rows, columns), for a heat map
    """

    __slots__ = ("__dict__", "array", "dtype", "shape")

    def __init__(self, array: Array, keep: int | None = None):
        self.shape: tuple[int, ...] = array.shape
        self.dtype: np.dtype[Any] = array.dtype
        self.array: Array | None = None
        if keep is None or array.size <= keep:
            self.array = array.copy(order="K")
        else:
            self.statistics, self.patch = statistics(array), corner(array).copy()

    @property
    def size(self) -> int:
        return int(np.prod(self.shape, dtype=np.int64))

    @property
    def nbytes(self) -> int:
        return self.size * self.dtype.itemsize

    @cached_property
    def statistics(self) -> Statistics:
        assert self.array is not None  # else they were taken when the snapshot was
        return statistics(self.array)

    @cached_property
    def patch(self) -> Array:
        assert self.array is not None  # else it was taken when the snapshot was
        return corner(self.array)

    @property
    def state(self) -> str:
        """What is to be told apart at a glance: "nan", "inf", "zero", or "value"."""
        s = self.statistics
        if s.nans or s.infs:
            return "nan" if s.nans else "inf"
        return "zero" if s.zeros == self.size else "value"

    def __repr__(self) -> str:
        return f"Snapshot({self.dtype}{list(self.shape)})"


def statistics(array: Array) -> Statistics:
    flat = array.ravel(order="K")
    if flat.dtype.kind != "f":
        flat = flat.astype(np.float64)
    zeros = flat.size - int(np.count_nonzero(flat))
    with np.errstate(over="ignore", invalid="ignore"):
        square = float(np.vdot(flat, flat))
    nans = infs = 0
    if not np.isfinite(square):
        nans, infs = int(np.isnan(flat).sum()), int(np.isinf(flat).sum())
        flat = flat[np.isfinite(flat)].astype(np.float64)
        square = float(np.vdot(flat, flat))
    dead = None
    if array.ndim > 1 and array.size:
        dead = 1.0 if zeros == array.size else 0.0 if not zeros else dead_share(array)
    if not flat.size:
        return Statistics(0.0, 0.0, 0.0, 0.0, zeros, nans, infs, dead)
    return Statistics(
        float(flat.min()),
        float(flat.max()),
        float(flat.mean()),
        float(np.sqrt(square / flat.size)),
        zeros,
        nans,
        infs,
        dead,
    )


def dead_share(array: Array) -> float:
    return 1.0 - float(np.count_nonzero(array.any(axis=0))) / (array.size // len(array))


def corner(array: Array) -> Array:
    """At most `PATCH` x `PATCH` elements of the first matrix; a vector is a single row."""
    if not array.size:
        return np.zeros((0, 0), array.dtype)
    matrix = array[(0,) * max(array.ndim - 2, 0)] if array.ndim >= 2 else array.reshape(1, -1)
    return matrix[:PATCH, :PATCH]
