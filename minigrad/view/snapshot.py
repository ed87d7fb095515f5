"""A snapshot: what an array held at one moment, kept whole if it is small and as a summary if not."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any, NamedTuple, final

import numpy as np

from minigrad.typing import Array

PATCH = 16
"""Of an array that is not kept, so many rows and columns of its first matrix are."""


class Statistics(NamedTuple):
    """An array in a few numbers: nan and inf are counted, and left out of the rest.

    rms     the root mean square
    dead    of a result of relu: the share of units that are 0 in every example, the first axis
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

    __slots__ = ("__dict__", "array", "dtype", "shape", "units")

    def __init__(self, array: Array, keep: int | None = None, units: bool = False):
        self.units = units
        self.shape: tuple[int, ...] = array.shape
        self.dtype: np.dtype[Any] = array.dtype
        self.array: Array | None = None
        if keep is None or array.size <= keep:
            self.array = array.copy(order="K")
        else:
            self.statistics, self.patch = statistics(array, units), corner(array).copy()

    @classmethod
    def summarised(
        cls, shape: tuple[int, ...], dtype: np.dtype[Any], statistics: Statistics, patch: Array
    ) -> Snapshot:
        """The snapshot of an array that is not at hand any more."""
        snapshot = cls.__new__(cls)
        snapshot.shape, snapshot.dtype, snapshot.array = shape, dtype, None
        snapshot.statistics, snapshot.patch = statistics, patch
        snapshot.units = statistics.dead is not None
        return snapshot

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        return self.size * self.dtype.itemsize

    @cached_property
    def statistics(self) -> Statistics:
        assert self.array is not None  # else they were taken when the snapshot was
        return statistics(self.array, self.units)

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


def statistics(array: Array, units: bool) -> Statistics:
    flat = array.ravel(order="K")
    if flat.dtype.kind != "f":
        flat = flat.astype(np.float64)
    zeros = int(np.count_nonzero(flat == 0))  # three times as fast as counting the others
    with np.errstate(over="ignore", invalid="ignore"):
        square = float(np.vdot(flat, flat))
    nans = infs = 0
    if not math.isfinite(square):
        nans, infs = int(np.isnan(flat).sum()), int(np.isinf(flat).sum())
        flat = flat[np.isfinite(flat)].astype(np.float64)
        square = float(np.vdot(flat, flat))
    dead = None
    if units and array.ndim > 1 and array.size:
        alive = np.count_nonzero(array.any(axis=0))
        dead = 1 - float(alive) * len(array) / array.size
    if not flat.size:
        return Statistics(0.0, 0.0, 0.0, 0.0, zeros, nans, infs, dead)
    low, high, mean = float(flat.min()), float(flat.max()), float(flat.sum()) / flat.size
    return Statistics(low, high, mean, math.sqrt(square / flat.size), zeros, nans, infs, dead)


def corner(array: Array) -> Array:
    """At most `PATCH` x `PATCH` elements of the first matrix; a vector is a single row."""
    if not array.size:
        return np.zeros((0, 0), array.dtype)
    matrix = array[(0,) * max(array.ndim - 2, 0)] if array.ndim >= 2 else array.reshape(1, -1)
    return matrix[:PATCH, :PATCH]
