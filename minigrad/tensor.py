"""Tensor and Node: an array, and the record of its computation.

A Tensor that is computed from one with `requires_grad` has a `Node`. The node holds everything that the
backward pass needs.
"""

from __future__ import annotations

import html
import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from minigrad.errors import DTypeError, GraphError, ShapeError
from minigrad.operators import Operators
from minigrad.recording import Released, emit, observers
from minigrad.typing import Array

SHOWN = 200
"""Largest Tensor whose elements are all printed, in elements."""

next_serial = itertools.count().__next__
"""The next serial number: nodes are numbered in the order in which they are made."""


class Node:
    """One application of an op, with everything that the backward pass needs.

    op       the op that was applied
    inputs   its inputs, each in its slot: Tensors, arrays, numbers, None
    arrays   the values of the inputs at that time; assigning to `x.data` later does not change them
    params   the keyword parameters that were given
    saved    the output of a primitive; the residuals of a fused op
    serial   a number that is higher than those of the inputs, so sorting by it is a topological order
    """

    __slots__ = ("__weakref__", "arrays", "inputs", "op", "params", "saved", "serial")

    op: Any
    inputs: Any
    arrays: Any
    params: dict[str, Any]
    saved: Any
    serial: int

    @property
    def released(self) -> bool:
        return self.arrays is None

    def release(self) -> None:
        """Free everything that the backward pass needed. A second pass through this node is an error."""
        if observers:
            emit(Released(self))
        self.inputs = self.arrays = self.saved = None


class Tensor(Operators["Tensor"]):
    """An n-dimensional array that records its computation.

    data           the values, an ndarray; the constructor shares an ndarray, it does not copy it
    requires_grad  whether this Tensor gets a gradient
    grad           the gradient that backward passes have accumulated, a Tensor; None until there is one
    node           the op that made it and its inputs; None for a leaf

    Python floats, and lists of them, become float32; integers stay integers; numpy arrays and numpy
    scalars keep their dtype. Raises `DTypeError` if the values are not real numbers, or if an integer or
    boolean Tensor requires grad.
    """

    __slots__ = ("__weakref__", "_data", "_grad", "_requires_grad", "_retains_grad", "node")

    def __init__(self, data: Any, requires_grad: bool = False, *, dtype: DTypeLike | None = None):
        self._data = as_array(data, dtype)
        self._requires_grad = False
        self._grad: Tensor | None = None
        self._retains_grad = False
        self.node: Node | None = None
        if requires_grad:
            self.requires_grad = True

    # ---- attributes ----

    @property
    def data(self) -> Array:
        """The values. Assigning to it binds another array; a recorded graph keeps the old one."""
        return self._data

    @data.setter
    def data(self, value: Any) -> None:
        value = as_array(value._data if isinstance(value, Tensor) else value)
        if self._requires_grad:
            require_floats(value)
            if value.shape != self.shape:
                raise ShapeError(
                    f"data of shape {value.shape} for a Tensor of shape {self.shape} that requires grad: "
                    "its gradient would not fit; make a new Tensor"
                )
        self._data = value

    @property
    def requires_grad(self) -> bool:
        return self._requires_grad

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        if self.node is not None and not value:
            raise GraphError(
                f"requires_grad can be switched off only for leaves, but this Tensor is the result of "
                f"{self.node.op.__name__}: use detach()"
            )
        if value:
            require_floats(self._data)
        self._requires_grad = bool(value)

    @property
    def grad(self) -> Tensor | None:
        """The accumulated gradient, with this Tensor's shape and dtype; None until there is one."""
        return self._grad

    @grad.setter
    def grad(self, value: Any) -> None:
        if value is not None:
            value = value if isinstance(value, Tensor) else Tensor(value, dtype=self.dtype)
            if value.shape != self.shape:
                raise ShapeError(
                    f"the gradient has shape {value.shape}, but the Tensor has shape {self.shape}: "
                    "they must be equal"
                )
            if value.dtype != self.dtype:
                raise DTypeError(
                    f"the gradient has dtype {value.dtype}, but the Tensor has dtype {self.dtype}: "
                    "use astype()"
                )
        self._grad = value

    @property
    def is_leaf(self) -> bool:
        """Whether no recorded op made it. Leaves are the ends of the graph."""
        return self.node is None

    @property
    def shape(self) -> tuple[int, ...]:
        return self._data.shape

    @property
    def ndim(self) -> int:
        return self._data.ndim

    @property
    def size(self) -> int:
        return self._data.size

    @property
    def dtype(self) -> np.dtype[Any]:
        return self._data.dtype

    # ---- differentiation ----

    def backward(
        self, gradient: Any = None, retain_graph: bool | None = None, create_graph: bool = False
    ) -> None:
        """Add d<gradient, self>/dx to `x.grad` for every leaf x that requires one.

        `gradient` is the upstream gradient, of this Tensor's shape. It defaults to 1 only for a single
        element. The pass releases the graph unless `retain_graph` is set, which defaults to
        `create_graph`. With `create_graph` the gradients can be differentiated again; then `x.grad`
        refers to the graph, and the graph to x, and `minigrad.grad` avoids this reference cycle.
        Raises `GraphError` if nothing was recorded or the graph was released.
        """
        from minigrad.backward import backward  # a late import: it works with Tensors

        backward(self, gradient, retain_graph, create_graph)

    def retain_grad(self) -> None:
        """Keep the gradient of this Tensor in `grad`, although it is not a leaf."""
        if not self._requires_grad:
            raise GraphError(
                "retain_grad() on a Tensor that does not require grad: "
                "make its leaves with requires_grad=True"
            )
        self._retains_grad = self.node is not None

    def detach(self) -> Tensor:
        """A leaf with the same values, outside of the graph. The array is shared."""
        return Tensor(self._data)

    def numpy(self) -> Array:
        """The array itself, shared. Raises `GraphError` if the Tensor requires grad."""
        if self._requires_grad:
            raise GraphError(
                "numpy() on a Tensor that requires grad: computations with the array would not be recorded. "
                "Use x.detach().numpy(), or x.data; stack() joins Tensors"
            )
        return self._data

    def item(self) -> Any:
        """The single element, as a Python number."""
        if self.size != 1:
            raise ShapeError(
                f"item() needs a single element, but this Tensor has shape {self.shape}: index it first"
            )
        return self._data.item()

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> Array:
        return np.array(self.numpy(), dtype=dtype, copy=copy)

    # ---- protocols of Python ----

    def __len__(self) -> int:
        if not self.ndim:
            raise TypeError("len() of a 0-d Tensor: it has no first axis; x.size is 1")
        return self.shape[0]

    def __iter__(self) -> Iterator[Tensor]:
        return (self[i] for i in range(len(self)))

    def __bool__(self) -> bool:
        if self.size != 1:
            raise ShapeError(
                f"a Tensor of shape {self.shape} is neither true nor false: use (x > 0).all() or .any()"
            )
        return bool(self._data.item())

    def __int__(self) -> int:
        return int(self.item())

    def __float__(self) -> float:
        return float(self.item())

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if spec else repr(self)

    def __getstate__(self) -> object:
        """The state of a leaf, for copy and pickle. A copy of another Tensor would copy its whole graph."""
        if self.node is not None:
            raise GraphError(
                f"the result of {self.node.op.__name__} cannot be copied or pickled with the graph behind "
                "it: copy x.detach(), or use x.clone(), which is part of the graph"
            )
        return super().__getstate__()

    def __repr__(self) -> str:
        values = np.array2string(self._data, separator=", ", prefix="Tensor(", threshold=SHOWN)
        return f"Tensor({values}, {', '.join(self._state())})"

    def _repr_html_(self) -> str:
        values = np.array2string(self._data, separator=", ", threshold=SHOWN)
        return (
            f"<div><strong>Tensor</strong> <code>{self.shape}</code> "
            f"{html.escape(', '.join(self._state()))}<pre>{html.escape(values)}</pre></div>"
        )

    def _state(self) -> Iterator[str]:
        if not 0 < self.size <= SHOWN:
            yield f"shape={self.shape}"
        yield f"dtype={self.dtype}"
        if self.node is not None:
            yield f"op={self.node.op.__name__}" + (" (released)" if self.node.released else "")
        elif self._requires_grad:
            yield "requires_grad=True"
        if self._grad is not None:
            values = np.array2string(self._grad._data, separator=", ", threshold=10, edgeitems=2)
            yield "grad=" + " ".join(values.split())
        elif self._requires_grad and (self.node is None or self._retains_grad):
            yield "grad=None"


def from_array(array: Array) -> Tensor:
    """A leaf around an array that the engine has computed, and that needs no check."""
    tensor = Tensor.__new__(Tensor)
    tensor._data = array
    tensor._grad = tensor.node = None
    tensor._requires_grad = tensor._retains_grad = False
    return tensor


def as_array(value: Any, dtype: DTypeLike | None = None) -> Array:
    """`value` as an ndarray of real numbers, with minigrad's dtypes: see `Tensor`."""
    if isinstance(value, Tensor):
        raise DTypeError(
            "a Tensor where an array was expected: write x.detach(), so that the cut in the graph is visible"
        )
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ShapeError(
            f"cannot make an array of this {type(value).__name__}: {error}: give rows of equal length"
        ) from error
    require_reals(array.dtype)
    if dtype is None and array.dtype == np.float64 and not carries_dtype(value):
        dtype = np.float32
    return array if dtype is None else array.astype(as_dtype(dtype), copy=False)


def as_dtype(dtype: DTypeLike) -> np.dtype[Any]:
    """A dtype of real numbers, from anything that numpy accepts as a dtype."""
    try:
        known = np.dtype(dtype)
    except TypeError as error:
        raise DTypeError(f"{error}: give one such as 'float32' or np.int64") from error
    require_reals(known)
    return known


def carries_dtype(value: Any) -> bool:
    """Whether `value`, or an element of its lists, has a dtype of its own, as numpy's numbers have."""
    while isinstance(value, list | tuple) and value:
        value = value[0]
    return isinstance(value, np.ndarray | np.generic | Tensor)


def require_reals(dtype: np.dtype[Any]) -> None:
    if dtype.kind not in "fiub":
        raise DTypeError(
            f"a Tensor holds real numbers (floats, integers, booleans), not {dtype}: use astype() first"
        )


def require_floats(array: Array) -> None:
    if array.dtype.kind != "f":
        raise DTypeError(
            f"only Tensors of floats can require grad, but this one is {array.dtype}: "
            "give floats (1.0 for 1), or convert it with astype('float32')"
        )


def tensor(data: Any, *, dtype: DTypeLike | None = None, requires_grad: bool = False) -> Tensor:
    """A Tensor with its own copy of `data`, as `torch.tensor`."""
    array = as_array(data.data if isinstance(data, Tensor) else data, dtype)
    return Tensor(array.copy(), requires_grad)
