"""What an operator or a method of a Tensor stands for: one op each, looked up by name.

The ops are written on a higher floor and enter `OPS` when they are defined, so nothing is imported
here. Arrays go in by position, parameters by keyword, as everywhere.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from minigrad.errors import ShapeError
from minigrad.typing import Array, Axis

if TYPE_CHECKING:
    from minigrad.tensor import Tensor

OPS: dict[str, Callable[..., Tensor]] = {}
"""The register: every op by its name. The tests walk it, so no op escapes them."""


class Operators:
    """The arithmetic, comparisons, indexing and numpy methods that a Tensor has."""

    __slots__ = ()

    # An array on the left of an operator then leaves the work to the Tensor on its right.
    __array_ufunc__ = None

    data: Array

    # ---- arithmetic ----

    def __add__(self, y: Any) -> Tensor:
        return OPS["add"](self, y)

    def __radd__(self, y: Any) -> Tensor:
        return OPS["add"](y, self)

    def __sub__(self, y: Any) -> Tensor:
        return OPS["sub"](self, y)

    def __rsub__(self, y: Any) -> Tensor:
        return OPS["sub"](y, self)

    def __mul__(self, y: Any) -> Tensor:
        return OPS["mul"](self, y)

    def __rmul__(self, y: Any) -> Tensor:
        return OPS["mul"](y, self)

    def __truediv__(self, y: Any) -> Tensor:
        return OPS["div"](self, y)

    def __rtruediv__(self, y: Any) -> Tensor:
        return OPS["div"](y, self)

    def __pow__(self, y: Any) -> Tensor:
        return OPS["pow"](self, y)

    def __rpow__(self, y: Any) -> Tensor:
        return OPS["pow"](y, self)

    def __matmul__(self, b: Any) -> Tensor:
        return OPS["matmul"](self, b)

    def __rmatmul__(self, b: Any) -> Tensor:
        return OPS["matmul"](b, self)

    def __neg__(self) -> Tensor:
        return OPS["neg"](self)

    def __pos__(self) -> Tensor:
        return OPS["clone"](self)

    def __abs__(self) -> Tensor:
        return OPS["abs"](self)

    # ---- comparison: plain boolean arrays, for nothing flows back through them ----

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

    # Tensors are told apart by identity when they are keys; `==` compares their elements.
    __hash__ = object.__hash__

    # ---- indexing ----

    def __getitem__(self, index: Any) -> Tensor:
        index = tuple(map(plain, index)) if isinstance(index, tuple) else plain(index)
        return OPS["getitem"](self, index=index)

    def __setitem__(self, index: Any, value: Any) -> None:
        raise TypeError(
            "a Tensor does not support item assignment: the graph would not see it. "
            "Build the new value with where(), pad() or concatenate(), or, where no gradient is wanted, "
            "write into x.data"
        )

    # ---- reductions ----

    def sum(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        return OPS["sum"](self, axis=axis, keepdims=keepdims)

    def mean(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        return OPS["mean"](self, axis=axis, keepdims=keepdims)

    def var(self, axis: Axis = None, keepdims: bool = False, correction: int = 0) -> Tensor:
        return OPS["var"](self, axis=axis, keepdims=keepdims, correction=correction)

    def std(self, axis: Axis = None, keepdims: bool = False, correction: int = 0) -> Tensor:
        return OPS["std"](self, axis=axis, keepdims=keepdims, correction=correction)

    def max(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        return OPS["max"](self, axis=axis, keepdims=keepdims)

    def min(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        return OPS["min"](self, axis=axis, keepdims=keepdims)

    def prod(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        return OPS["prod"](self, axis=axis, keepdims=keepdims)

    def logsumexp(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        return OPS["logsumexp"](self, axis=axis, keepdims=keepdims)

    def norm(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        return OPS["norm"](self, axis=axis, keepdims=keepdims)

    def cumsum(self, axis: int) -> Tensor:
        return OPS["cumsum"](self, axis=axis)

    def argmax(self, axis: int | None = None) -> Any:
        """The index of the largest element, a plain integer array: nothing flows back through it."""
        return np.argmax(self.data, axis=axis)

    def argmin(self, axis: int | None = None) -> Any:
        """The index of the smallest element, a plain integer array: nothing flows back through it."""
        return np.argmin(self.data, axis=axis)

    # ---- shapes ----

    def reshape(self, *shape: Any) -> Tensor:
        return OPS["reshape"](self, shape=several(shape))

    def flatten(self, start_dim: int = 0) -> Tensor:
        """Join the axes from `start_dim` on into one."""
        shape = self.data.shape or (1,)
        if not -len(shape) <= start_dim < len(shape):
            raise ShapeError(
                f"flatten(start_dim={start_dim}) of a Tensor of shape {self.data.shape}"
            )
        kept = shape[:start_dim] if start_dim else ()
        return OPS["reshape"](self, shape=(*kept, math.prod(shape[len(kept) :])))

    def transpose(self, *axes: Any) -> Tensor:
        """Permute the axes as numpy does: `x.transpose()`, `x.transpose(0, 2, 1)`."""
        return OPS["transpose"](self, axes=None if axes == (None,) else several(axes) or None)

    @property
    def T(self) -> Tensor:
        """All axes in reverse order, as numpy's."""
        return OPS["transpose"](self, axes=None)

    @property
    def mT(self) -> Tensor:
        """The last two axes exchanged: each matrix of a stack transposed."""
        return OPS["swapaxes"](self, axis1=-1, axis2=-2)

    def swapaxes(self, axis1: int, axis2: int) -> Tensor:
        return OPS["swapaxes"](self, axis1=axis1, axis2=axis2)

    def broadcast_to(self, *shape: Any) -> Tensor:
        return OPS["broadcast_to"](self, shape=several(shape))

    def squeeze(self, axis: Axis = None) -> Tensor:
        return OPS["squeeze"](self, axis=axis)

    def expand_dims(self, axis: int | tuple[int, ...]) -> Tensor:
        return OPS["expand_dims"](self, axis=axis)

    def flip(self, axis: Axis = None) -> Tensor:
        return OPS["flip"](self, axis=axis)

    # ---- elementwise ----

    def abs(self) -> Tensor:
        return OPS["abs"](self)

    def exp(self) -> Tensor:
        return OPS["exp"](self)

    def log(self) -> Tensor:
        return OPS["log"](self)

    def sqrt(self) -> Tensor:
        return OPS["sqrt"](self)

    def sin(self) -> Tensor:
        return OPS["sin"](self)

    def cos(self) -> Tensor:
        return OPS["cos"](self)

    def tanh(self) -> Tensor:
        return OPS["tanh"](self)

    def sigmoid(self) -> Tensor:
        return OPS["sigmoid"](self)

    def relu(self) -> Tensor:
        return OPS["relu"](self)

    def clip(self, min: float | None = None, max: float | None = None) -> Tensor:
        return OPS["clip"](self, min=min, max=max)

    def softmax(self, axis: int = -1) -> Tensor:
        return OPS["softmax"](self, axis=axis)

    def log_softmax(self, axis: int = -1) -> Tensor:
        return OPS["log_softmax"](self, axis=axis)

    def astype(self, dtype: Any) -> Tensor:
        return OPS["astype"](self, dtype=dtype)

    def clone(self) -> Tensor:
        """A copy that gradients flow back through."""
        return OPS["clone"](self)


def plain(x: Any) -> Any:
    """The array inside a Tensor; anything else as it is."""
    return x.data if isinstance(x, Operators) else x


def several(args: tuple[Any, ...]) -> tuple[Any, ...]:
    """`(2, 3)` from either `f(2, 3)` or `f((2, 3))`."""
    if len(args) == 1 and isinstance(args[0], tuple | list):
        return tuple(args[0])
    return args
