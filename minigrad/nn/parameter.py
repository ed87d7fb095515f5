"""Parameter and Buffer: the Tensors that make up a module's state, those that learn and the others."""

from __future__ import annotations

from typing import Any

from numpy.typing import DTypeLike

from minigrad.tensor import Tensor


class Parameter(Tensor):
    """A Tensor that a `Module` collects among its `parameters()` when it is assigned to an attribute.

    It requires a gradient unless it is told not to: a frozen parameter stays part of the state.
    """

    __slots__ = ()

    def __init__(self, data: Any, requires_grad: bool = True, *, dtype: DTypeLike | None = None):
        super().__init__(data, requires_grad, dtype=dtype)


class Buffer(Tensor):
    """A Tensor that is saved and loaded with its `Module`, and is not trained: a running mean."""

    __slots__ = ()

    def __init__(self, data: Any, *, dtype: DTypeLike | None = None):
        super().__init__(data, dtype=dtype)
