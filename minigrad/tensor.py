"""An array, and the record of how it was computed.

A `Tensor` whose `requires_grad` is set is differentiated with respect to; a Tensor computed from such
a one carries a `Node`, which holds all that the backward pass will ask for.
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
"""A Tensor of more elements is shown with most of them left out."""

next_serial = itertools.count().__next__
"""The next serial number: recorded Tensors are numbered in the order in which they are made."""


class Node:
    """One application of an op: all that the backward pass needs to know of it.

    op       the op that was applied
    inputs   its inputs as they were given, each in its slot: Tensors, arrays, numbers, None
    arrays   the values they had at the time, whatever is assigned to `x.data` later
    params   the keyword parameters that were given
    saved    the output of a primitive; what the forward pass of a fused op kept
    serial   the age: an output's is higher than that of any of its inputs
    """

    __slots__ = ("__weakref__", "arrays", "inputs", "op", "params", "saved", "serial")

    def __init__(self, op: Any, inputs: Any, arrays: Any, params: Any, saved: Any):
        self.op = op
        self.inputs = inputs
        self.arrays = arrays
        self.params = params
        self.saved = saved
        self.serial = next_serial()

    @property
    def released(self) -> bool:
        return self.arrays is None

    def release(self) -> None:
        """Let go of all that the backward pass needed: the memory is freed, a second pass is an error."""
        if observers:
            emit(Released(self))
        self.inputs = self.arrays = self.saved = None


class Tensor(Operators["Tensor"]):
    """An n-dimensional array that remembers how it was computed.

    data           the values, an ndarray; an ndarray that is given is shared, not copied
    requires_grad  whether gradients flow to this Tensor
    grad           the gradient that backward passes have accumulated here, a Tensor, or None
    node           the record of what made it; None for a leaf

    Python floats, and lists of them, become float32; integers stay integers; numpy arrays and numpy
    scalars keep their dtype. Raises `DTypeError` for what is not a real number, and for an integer or
    boolean Tensor that asks for a gradient.
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

    # ---- what it holds ----

    @property
    def data(self) -> Array:
        """The values. Assigning rebinds them: a recorded graph keeps the values it was made with."""
        return self._data

    @data.setter
    def data(self, value: Any) -> None:
        value = as_array(value._data if isinstance(value, Tensor) else value)
        if self._requires_grad:
            needs_floats(value)
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
                f"requires_grad can be switched off for leaves only, and this Tensor is the result of "
                f"{self.node.op.__name__}: use detach()"
            )
        if value:
            needs_floats(self._data)
        self._requires_grad = bool(value)

    @property
    def grad(self) -> Tensor | None:
        """The accumulated gradient, of this Tensor's shape and dtype; None until there is one."""
        return self._grad

    @grad.setter
    def grad(self, value: Any) -> None:
        if value is not None:
            value = value if isinstance(value, Tensor) else Tensor(value, dtype=self.dtype)
            if value.shape != self.shape:
                raise ShapeError(
                    f"a gradient of shape {value.shape} for a Tensor of shape {self.shape}"
                )
            if value.dtype != self.dtype:
                raise DTypeError(f"a gradient of {value.dtype} for a Tensor of {self.dtype}")
        self._grad = value

    @property
    def is_leaf(self) -> bool:
        """Whether no recorded op made it: gradients end here."""
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

        `gradient` has this Tensor's shape and may be left out for a single element, where it is 1.
        The graph is released as the pass goes through it unless `retain_graph`, which is
        `create_graph` by default; with `create_graph` the gradients can be differentiated again. Then
        `x.grad` refers to the graph, which refers to x: `minigrad.grad` gives the same without a circle.
        Raises `GraphError` when nothing was recorded or the graph has been released.
        """
        from minigrad.backward import backward  # a late import: backward.py is made of Tensors

        backward(self, gradient, retain_graph, create_graph)

    def retain_grad(self) -> None:
        """Let backward passes leave this Tensor's gradient in `grad` although it is not a leaf."""
        if not self._requires_grad:
            raise GraphError("retain_grad() on a Tensor that does not require grad")
        self._retains_grad = self.node is not None

    def detach(self) -> Tensor:
        """The same values, cut off from the graph. The array is shared."""
        return Tensor(self._data)

    def numpy(self) -> Array:
        """The array itself, shared. Raises `GraphError` where a gradient would be lost in silence."""
        if self._requires_grad:
            raise GraphError(
                "numpy() on a Tensor that requires grad: what is computed from the array would not be "
                "recorded. Use x.detach().numpy(), or x.data; Tensors are put together by stack()"
            )
        return self._data

    def item(self) -> Any:
        """The single element, as a Python number."""
        if self.size != 1:
            raise ShapeError(
                f"item() needs a single element, and this Tensor has shape {self.shape}"
            )
        return self._data.item()

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> Array:
        return np.array(self.numpy(), dtype=dtype, copy=copy)

    # ---- as Python sees it ----

    def __len__(self) -> int:
        if not self.ndim:
            raise TypeError("len() of a 0-d Tensor")
        return self.shape[0]

    def __iter__(self) -> Iterator[Tensor]:
        return (self[i] for i in range(len(self)))

    def __bool__(self) -> bool:
        if self.size != 1:
            raise ShapeError(
                f"a Tensor of shape {self.shape} is neither true nor false: say (x > 0).all() or .any()"
            )
        return bool(self._data.item())

    def __int__(self) -> int:
        return int(self.item())

    def __float__(self) -> float:
        return float(self.item())

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if spec else repr(self)

    def __getstate__(self) -> object:
        """What is copied and pickled: all of a leaf. The graph behind another would be copied whole."""
        if self.node is not None:
            raise GraphError(
                f"the result of {self.node.op.__name__} cannot be copied or pickled with the graph behind "
                "it: copy x.detach(), or use x.clone(), which gradients flow back through"
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
    """A leaf around an array that the engine has computed: nothing about it needs to be looked at."""
    tensor = Tensor.__new__(Tensor)
    tensor._data = array
    tensor._grad = tensor.node = None
    tensor._requires_grad = tensor._retains_grad = False
    return tensor


def as_array(value: Any, dtype: DTypeLike | None = None) -> Array:
    """`value` as an ndarray of real numbers, with minigrad's dtypes: see `Tensor`."""
    if isinstance(value, Tensor):
        raise DTypeError(
            "a Tensor where an array was expected: detach() it first, so that the cut is to be seen"
        )
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ShapeError(f"cannot make an array of this {type(value).__name__}: {error}") from error
    needs_reals(array.dtype)
    if dtype is None and array.dtype == np.float64 and not carries_dtype(value):
        dtype = np.float32
    return array if dtype is None else array.astype(as_dtype(dtype), copy=False)


def as_dtype(dtype: DTypeLike) -> np.dtype[Any]:
    """A dtype of real numbers, from all that numpy takes for one."""
    try:
        known = np.dtype(dtype)
    except TypeError as error:
        raise DTypeError(f"{error}: give one such as 'float32' or np.int64") from error
    needs_reals(known)
    return known


def carries_dtype(value: Any) -> bool:
    """Whether `value`, or what its lists are made of, has a dtype of its own, as numpy's numbers have."""
    while isinstance(value, list | tuple) and value:
        value = value[0]
    return isinstance(value, np.ndarray | np.generic | Tensor)


def needs_reals(dtype: np.dtype[Any]) -> None:
    if dtype.kind not in "fiub":
        raise DTypeError(
            f"a Tensor holds real numbers (floats, integers, booleans), and this is {dtype}"
        )


def needs_floats(array: Array) -> None:
    if array.dtype.kind != "f":
        raise DTypeError(
            f"only Tensors of floats can require grad, and this one is {array.dtype}: "
            "give floats (1.0 for 1), or convert it with astype('float32')"
        )


def tensor(data: Any, *, dtype: DTypeLike | None = None, requires_grad: bool = False) -> Tensor:
    """A Tensor of its own copy of `data`, as `torch.tensor`."""
    array = as_array(data.data if isinstance(data, Tensor) else data, dtype)
    return Tensor(array.copy(), requires_grad)
