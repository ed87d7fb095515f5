"""What to say when an op fails: what it was, what it was given, what was wrong with that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from minigrad.errors import DTypeError, IndexingError, MinigradError, ShapeError
from minigrad.tensor import Tensor

if TYPE_CHECKING:
    from minigrad.op import Op

CONVENTION = "takes arrays by position and parameters by keyword"


def described(op: Op, inputs: Sequence[Any]) -> str:
    """The inputs of an op by name, with their shapes: `a: (2, 3)   b: (4, 5)`."""
    return "   ".join(f"{op.input_name(slot)}: {shown(x)}" for slot, x in enumerate(inputs))


def shown(x: Any) -> str:
    """A value in a few words: an array by its shape, and its dtype where that is not a float's."""
    if isinstance(x, Tensor | np.ndarray):
        return f"{x.shape}" if x.dtype.kind == "f" else f"{x.shape} {x.dtype}"
    if isinstance(x, tuple) and any(isinstance(part, np.ndarray) for part in x):
        return f"({', '.join(map(shown, x))})"
    return repr(x)


def call(op: Op, params: dict[str, Any]) -> str:
    """How the op was called: `sum(x, axis=2)`."""
    names = ["*xs"] if op.variadic else list(op.input_names)
    given = [f"{name}={shown(value)}" for name, value in params.items()]
    return f"{op.__name__}({', '.join([*names, *given])})"


def explained(op: Op, arrays: Sequence[Any], params: dict[str, Any], error: Exception) -> Exception:
    """Numpy's complaint about an op's inputs, in terms of the op."""
    if isinstance(error, MinigradError):
        return error
    try:
        op.signature.bind(*arrays, **params)
    except TypeError as misfit:
        return TypeError(f"{op.__name__} {CONVENTION}, {misfit}: {op.usage()}")
    called, got = call(op, params), f"\n  {described(op, arrays)}"
    if op.broadcasts and not can_broadcast(arrays):
        return ShapeError(
            f"{called}: the shapes do not broadcast{got}   "
            "needed: sides that are equal, or 1, counted from the last"
        )
    for builtin, kind in KINDS:
        if isinstance(error, builtin):
            return kind(f"{called}: {error}{got}")
    if isinstance(error, AttributeError) and not all(isinstance(x, np.ndarray) for x in arrays):
        return DTypeError(f"{called}: needs arrays, and not every input is one ({error}){got}")
    error.add_note(f"in {called}{got}")
    return error


KINDS: tuple[tuple[type[Exception], type[MinigradError]], ...] = (
    (ValueError, ShapeError),  # numpy's AxisError among them
    (IndexError, IndexingError),
    (TypeError, DTypeError),
)


def can_broadcast(arrays: Sequence[Any]) -> bool:
    try:
        np.broadcast_shapes(*(np.shape(x) for x in arrays))
    except ValueError:
        return False
    return True
