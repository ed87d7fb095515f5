"""What rearranges an array without touching its numbers, and how that is written.

Text, mathematics and index notation each write it in their own way; what there is to write is decided here.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from minigrad.typing import Shape
from minigrad.view.formulas import numbers
from minigrad.view.formulas.expression import Call, Expression

Kind = Literal["same", "new axes", "stretched", "transposed", "mT", "permuted", "reshaped"]


class Rearranged(NamedTuple):
    """`arg` in another arrangement.

    kind    "same" if nothing is to be seen of it
    axes    of "permuted": for each axis of the result, that of the argument; of "new axes": where they are
    """

    kind: Kind
    arg: Expression
    axes: tuple[int, ...] = ()


def rearranged(e: Call) -> Rearranged | None:
    """What a call rearranges, or None if it does something else."""
    if e.name not in REARRANGE or len(e.args) != 1:
        return None
    arg = e.args[0]
    if e.name in ("reshape", "expand_dims", "squeeze"):
        if e.shape == arg.shape:
            return Rearranged("same", arg)
        places = new_axes(arg.shape, e.shape)
        return (
            Rearranged("reshaped", arg) if places is None else Rearranged("new axes", arg, places)
        )
    if e.name == "broadcast_to":
        if e.shape == arg.shape:
            return Rearranged("same", arg)
        inner = rearranged(arg) if isinstance(arg, Call) else None
        if inner and inner.kind == "new axes" and inner.axes == tuple(range(len(inner.axes))):
            arg = inner.arg  # new axes in front are there anyway
            return Rearranged("same" if arg.shape == e.shape else "stretched", arg)
        return Rearranged("stretched", arg)
    if e.name == "sum":
        return Rearranged("same", arg) if e.params["axis"] == () else None
    if e.name in ("swapaxes", "transpose"):
        return transposed(arg, permutation(e))
    return Rearranged("same", arg) if changes_nothing(e) else None


REARRANGE = {
    "reshape", "expand_dims", "squeeze", "broadcast_to", "swapaxes", "transpose", "getitem", "pad", "sum",
}  # fmt: skip


def permutation(e: Call) -> tuple[int, ...]:
    n = len(e.shape)
    if e.name == "transpose":
        axes = e.params["axes"]
        return tuple(range(n))[::-1] if axes is None else tuple(i % n for i in axes)
    order = list(range(n))
    i, j = (normalize_axis_index(e.params[axis], n) for axis in ("axis1", "axis2"))
    order[i], order[j] = j, i
    return tuple(order)


def transposed(arg: Expression, axes: tuple[int, ...]) -> Rearranged:
    n = len(axes)
    if axes == tuple(range(n)):
        return Rearranged("same", arg, axes)
    if axes == (*range(n - 2), n - 1, n - 2):
        return Rearranged("transposed" if n == 2 else "mT", arg, axes)
    return Rearranged("permuted", arg, axes)


def new_axes(before: Shape, after: Shape) -> tuple[int, ...] | None:
    """The places of the new sides of 1, if they are all that is new."""
    places, i = [], 0
    for place, side in enumerate(after):
        if i < len(before) and side == before[i]:
            i += 1
        elif side == 1:
            places.append(place)
        else:
            return None
    return tuple(places) if i == len(before) and places else None


def changes_nothing(e: Call) -> bool:
    """A frame of width 0, a crop of nothing."""
    if e.name == "pad":
        return not np.any(e.params["pad_width"])
    index = e.params["index"]
    parts = index if isinstance(index, tuple) else (index,)
    whole = all(
        p is Ellipsis or (isinstance(p, slice) and p.start in (None, 0) and p.step in (None, 1))
        for p in parts
    )
    return whole and e.shape == e.args[0].shape


def given(e: Call) -> dict[str, Any]:
    """The parameters that need to be said: not those with their default value, and no dtype of a mask."""
    defaults: Mapping[str, Any] = getattr(e.function, "defaults", {"dtype": ..., "axis": None})
    shown = {}
    for name, value in e.params.items():
        default = defaults.get(name, inspect.Parameter.empty)
        same = type(value) is type(default) and not isinstance(value, np.ndarray)
        if default is ... or (same and value == default):
            continue
        one = name == "axis" and isinstance(value, tuple) and len(value) == 1
        shown[name] = value[0] if one else value
    return shown


def without_new_axes(e: Expression, other: Expression, shape: Shape) -> Expression:
    """An operand without the new axes in front that broadcasting against the `other` gives it anyway."""
    r = rearranged(e) if isinstance(e, Call) else None
    if r is None or r.kind != "new axes" or r.axes != tuple(range(len(r.axes))):
        return e
    return r.arg if np.broadcast_shapes(r.arg.shape, other.shape) == shape else e


def parameter(value: Any) -> str:
    """A parameter as it is typed; of an array with many elements the dtype and the shape."""
    if isinstance(value, np.ndarray):
        return str(value.tolist()) if value.size <= 6 else f"{value.dtype}{value.shape}"
    if isinstance(value, tuple) and type(value) is not tuple:
        return "..."  # a record, such as the statistics of a batch
    if isinstance(value, tuple):
        return f"({', '.join(map(parameter, value))}{',' * (len(value) == 1)})"
    if isinstance(value, list):
        return f"[{', '.join(map(parameter, value))}]"
    if isinstance(value, slice):
        parts = [value.start, value.stop, *([] if value.step is None else [value.step])]
        return ":".join("" if part is None else str(part) for part in parts)
    if isinstance(value, np.dtype | type):
        return np.dtype(value).name
    if isinstance(value, float | np.generic):
        return numbers.exact(value)
    return "..." if value is Ellipsis else repr(value)


def subscript(index: Any) -> str:
    """What stands in the brackets of x[...]."""
    if isinstance(index, tuple) and index:
        return ", ".join(map(parameter, index))
    return parameter(index)


def axes_as_index(ndim: int, places: tuple[int, ...]) -> str:
    """New axes as an index: `:, None`; those at the end need no more than that."""
    last = max(places)
    if places == tuple(range(ndim - len(places), ndim)) and ndim - len(places) > 1:
        return ", ".join(["...", *["None"] * len(places)])
    return ", ".join("None" if i in places else ":" for i in range(last + 1))
