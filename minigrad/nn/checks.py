"""Checks that all layers make: of their sizes, and of the precision of their inputs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from minigrad.errors import DTypeError, ParameterError
from minigrad.tensor import Tensor

if TYPE_CHECKING:
    from minigrad.nn.module import Module


def require_at_least(layer: str, least: int, **sizes: int) -> None:
    """Raise `ParameterError` for a size that is too small or not an integer."""
    for name, size in sizes.items():
        if isinstance(size, bool) or not isinstance(size, int | np.integer) or size < least:
            raise ParameterError(f"{layer}: {name}={size!r} must be an integer of at least {least}")


def require_eps(layer: str, eps: float) -> None:
    if not 0 <= eps < math.inf:
        raise ParameterError(f"{layer}: eps={eps} must be 0 or greater")


def require_dtype(layer: Module, x: Tensor, weight: Tensor) -> None:
    """Raise `DTypeError` unless x has the dtype of the weights.

    Numpy would compute in the wider one. Most arrays are float64: one of them would make a whole float32
    network slow, and nothing would show it.
    """
    if x.dtype != weight.dtype:
        raise DTypeError(
            f"{layer!r}: x is {x.dtype} and the weights are {weight.dtype}: "
            f"give x.astype(np.{weight.dtype})"
            + (f", or convert the model with to(np.{x.dtype})" if x.dtype.kind == "f" else "")
        )
