"""The same numbers in other places of memory, as callers may hand them in."""

from __future__ import annotations

from typing import Any

import numpy as np

from minigrad.typing import Array


def fortran(x: Array) -> Array:
    return np.array(x, order="F")


def strided(x: Array) -> Array:
    """x as every second element of something larger, backwards along its first axis."""
    wide = np.full(tuple(2 * n for n in x.shape), 7, x.dtype)
    slices: list[Any] = [slice(None, None, -2 if i == 0 else 2) for i in range(x.ndim)]
    every_second: Array = wide[(..., *slices)]
    every_second[...] = x
    return every_second


def locked(x: Array) -> Array:
    x = np.array(x)
    x.flags.writeable = False
    return x
