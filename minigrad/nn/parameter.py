"""Parameter and Buffer: the Tensors of a module's state, trained and not trained."""

from __future__ import annotations

from typing import Any

from numpy.typing import DTypeLike

from minigrad.tensor import Tensor


class Parameter(Tensor):
    """A Tensor that a `Module` collects among its `parameters()` when it is assigned to an attribute.

    It requires a gradient unless `requires_grad=False`. Such a frozen parameter is still part of the state.
    """

    __slots__ = ()

    def __init__(self, data: Any, requires_grad: bool = True, *, dtype: DTypeLike | None = None):
        super().__init__(data, requires_grad, dtype=dtype)


class Buffer(Tensor):
    """A Tensor that is saved and loaded with its `Module` but not trained, such as a running mean."""

    __slots__ = ()

    def __init__(self, data: Any, *, dtype: DTypeLike | None = None):
        super().__init__(data, dtype=dtype)
