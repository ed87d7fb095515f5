"""What every layer refuses: sizes that are none, and inputs of another precision than its weights."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from minigrad.errors import DTypeError, ParameterError
from minigrad.tensor import Tensor

if TYPE_CHECKING:
    from minigrad.nn.module import Module


def at_least(layer: str, least: int, **sizes: int) -> None:
    """Refuse sizes that are no integers, or too small."""
    for name, size in sizes.items():
        if isinstance(size, bool) or not isinstance(size, int | np.integer) or size < least:
            raise ParameterError(f"{layer}: {name}={size!r} must be an integer of at least {least}")


def check_eps(layer: str, eps: float) -> None:
    if not 0 <= eps < math.inf:
        raise ParameterError(f"{layer}: eps={eps} must be a number that is not negative")


def same_dtype(layer: Module, x: Tensor, weight: Tensor) -> None:
    """Refuse an x whose dtype is not that of the weights.

    Numpy would compute in the wider one: float64, the dtype of most arrays, makes a whole float32
    network slow, and nothing is to be seen of it.
    """
    if x.dtype != weight.dtype:
        raise DTypeError(
            f"{layer!r}: x is {x.dtype} and the weights are {weight.dtype}: "
            f"give x.astype(np.{weight.dtype})"
            + (f", or convert the model with to(np.{x.dtype})" if x.dtype.kind == "f" else "")
        )
