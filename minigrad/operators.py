"""The operators and methods of a Tensor: each one calls an op.

The ops are made of Tensors, so they are imported at the foot of this file.
"""

from __future__ import annotations

import math
from typing import Any, Generic, TypeVar

import numpy as np

from minigrad.errors import ShapeError
from minigrad.typing import Array, Axis

Tensor = TypeVar("Tensor")
"""The result of each method: `tensor.Tensor`, which inherits them. Importing it here would be a circle."""


class Operators(Generic[Tensor]):
    """The arithmetic, comparisons, indexing and numpy methods that a Tensor has."""

    __slots__ = ()

    # With None, an array on the left of an operator leaves the work to the Tensor on the right.
    __array_ufunc__ = None

    data: Array

    # ---- arithmetic ----

    def __add__(self, y: Any) -> Tensor:
        return ops.add(self, y)

    def __radd__(self, y: Any) -> Tensor:
        return ops.add(y, self)

    def __sub__(self, y: Any) -> Tensor:
        return ops.sub(self, y)

    def __rsub__(self, y: Any) -> Tensor:
        return ops.sub(y, self)

    def __mul__(self, y: Any) -> Tensor:
        return ops.mul(self, y)

    def __rmul__(self, y: Any) -> Tensor:
        return ops.mul(y, self)

    def __truediv__(self, y: Any) -> Tensor:
        return ops.div(self, y)

    def __rtruediv__(self, y: Any) -> Tensor:
        return ops.div(y, self)

    def __pow__(self, y: Any) -> Tensor:
        return ops.pow(self, y)

    def __rpow__(self, y: Any) -> Tensor:
        return ops.pow(y, self)

    def __matmul__(self, b: Any) -> Tensor:
        return ops.matmul(self, b)

    def __rmatmul__(self, b: Any) -> Tensor:
        return ops.matmul(b, self)

    def __neg__(self) -> Tensor:
        return ops.neg(self)

    def __pos__(self) -> Tensor:
        return ops.clone(self)

    def __abs__(self) -> Tensor:
        return ops.abs(self)

    # ---- comparison: plain boolean arrays, because they have no derivative ----

    def __lt__(self, y: Any) -> Any:
        return self.data < plain(y)

    def __le__(self, y: Any) -> Any:
        return self.data <= plain(y)

    def __gt__(self, y: Any) -> Any:
        return self.data > plain(y)

    def __ge__(self, y: Any) -> Any:
        return self.data >= plain(y)

    def __eq__(self, y: Any) -> Any:
        return self.data == plain(y)

    def __ne__(self, y: Any) -> Any:
        return self.data != plain(y)

    # As keys, Tensors are compared by identity; `==` compares their elements.
    __hash__ = object.__hash__

    # ---- indexing ----

    def __getitem__(self, index: Any) -> Tensor:
        index = tuple(map(plain, index)) if isinstance(index, tuple) else plain(index)
        return ops.getitem(self, index=index)

    def __setitem__(self, index: Any, value: Any) -> None:
        raise TypeError(
            "a Tensor does not support item assignment, because the graph would not record it: "
            "build the new value with where(), pad() or concatenate(). If no gradient is needed, write "
            "into x.data"
        )

    # ---- reductions ----

    def sum(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        return ops.sum(self, axis=axis, keepdims=keepdims)

    def mean(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        return ops.mean(self, axis=axis, keepdims=keepdims)

    def var(self, axis: Axis = None, keepdims: bool = False, correction: int = 0) -> Tensor:
        return ops.var(self, axis=axis, keepdims=keepdims, correction=correction)

    def std(self, axis: Axis = None, keepdims: bool = False, correction: int = 0) -> Tensor:
        return ops.std(self, axis=axis, keepdims=keepdims, correction=correction)

    def max(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        return ops.max(self, axis=axis, keepdims=keepdims)

    def min(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        return ops.min(self, axis=axis, keepdims=keepdims)

    def prod(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        return ops.prod(self, axis=axis, keepdims=keepdims)

    def logsumexp(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        return ops.logsumexp(self, axis=axis, keepdims=keepdims)

    def norm(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        return ops.norm(self, axis=axis, keepdims=keepdims)

    def cumsum(self, axis: int) -> Tensor:
        return ops.cumsum(self, axis=axis)

    def argmax(self, axis: int | None = None) -> Any:
        """The index of the largest element, a plain integer array: it has no derivative."""
        return np.argmax(self.data, axis=axis)

    def argmin(self, axis: int | None = None) -> Any:
        """The index of the smallest element, a plain integer array: it has no derivative."""
        return np.argmin(self.data, axis=axis)

    # ---- shapes ----

    def reshape(self, *shape: Any) -> Tensor:
        return ops.reshape(self, shape=several(shape))

    def flatten(self, start_dim: int = 0) -> Tensor:
        """Join the axes from `start_dim` to the last into one."""
        shape = self.data.shape or (1,)
        if not -len(shape) <= start_dim < len(shape):
            raise ShapeError(
                f"flatten(start_dim={start_dim}): a Tensor of shape {self.data.shape} has no such axis: "
                f"give one from {-len(shape)} to {len(shape) - 1}"
            )
        kept = shape[:start_dim] if start_dim else ()
        return ops.reshape(self, shape=(*kept, math.prod(shape[len(kept) :])))

    def transpose(self, *axes: Any) -> Tensor:
        """Permute the axes as numpy does: `x.transpose()`, `x.transpose(0, 2, 1)`."""
        return ops.transpose(self, axes=None if axes == (None,) else several(axes) or None)

    @property
    def T(self) -> Tensor:
        """All axes in reverse order, as in numpy."""
        return ops.transpose(self, axes=None)

    @property
    def mT(self) -> Tensor:
        """The last two axes exchanged: each matrix of a stack transposed."""
        return ops.swapaxes(self, axis1=-1, axis2=-2)

    def swapaxes(self, axis1: int, axis2: int) -> Tensor:
        return ops.swapaxes(self, axis1=axis1, axis2=axis2)

    def broadcast_to(self, *shape: Any) -> Tensor:
        return ops.broadcast_to(self, shape=several(shape))

    def squeeze(self, axis: Axis = None) -> Tensor:
        return ops.squeeze(self, axis=axis)

    def expand_dims(self, axis: int | tuple[int, ...]) -> Tensor:
        return ops.expand_dims(self, axis=axis)

    def flip(self, axis: Axis = None) -> Tensor:
        return ops.flip(self, axis=axis)

    # ---- elementwise ----

    def abs(self) -> Tensor:
        return ops.abs(self)

    def exp(self) -> Tensor:
        return ops.exp(self)

    def log(self) -> Tensor:
        return ops.log(self)

    def sqrt(self) -> Tensor:
        return ops.sqrt(self)

    def sin(self) -> Tensor:
        return ops.sin(self)

    def cos(self) -> Tensor:
        return ops.cos(self)

    def tanh(self) -> Tensor:
        return ops.tanh(self)

    def sigmoid(self) -> Tensor:
        return ops.sigmoid(self)

    def relu(self) -> Tensor:
        return ops.relu(self)

    def clip(self, min: float | None = None, max: float | None = None) -> Tensor:
        return ops.clip(self, min=min, max=max)

    def softmax(self, axis: int = -1) -> Tensor:
        return ops.softmax(self, axis=axis)

    def log_softmax(self, axis: int = -1) -> Tensor:
        return ops.log_softmax(self, axis=axis)

    def astype(self, dtype: Any) -> Tensor:
        return ops.astype(self, dtype=dtype)

    def clone(self) -> Tensor:
        """A copy that is part of the graph: the original gets its gradient."""
        return ops.clone(self)


def plain(x: Any) -> Any:
    """The array inside a Tensor; anything else as it is."""
    return x.data if isinstance(x, Operators) else x


def several(args: tuple[Any, ...]) -> tuple[Any, ...]:
    """`(2, 3)` from either `f(2, 3)` or `f((2, 3))`."""
    if len(args) == 1 and isinstance(args[0], tuple | list):
        return tuple(args[0])
    return args


# A late import, one of two in minigrad: importing the ops imports Tensor, which inherits from this file.
from minigrad import ops  # noqa: E402
