"""Reading a rule: it is run on Tensors that stand for its arguments, and what it does is written down.

Rules are formulas in words that arrays and Tensors share, so they need not know. What is learned is
the rule itself and not a description of it: it cannot drift from the code.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any, NamedTuple, final

import numpy as np

from minigrad.op import NUMBERS
from minigrad.recording import Applied, Evaluated, Event, no_grad, observers
from minigrad.tensor import Tensor
from minigrad.typing import Array
from minigrad.view.formulas.expression import Call, Constant, Expression, Name, inner_first, length

LONGEST = 150
"""A formula with more names, numbers and functions than this explains nothing."""


class Reading(NamedTuple):
    """What a rule says, or else the reason why it could not be read."""

    expression: Expression | None
    reason: str = ""


@final
class Remembering(np.ndarray[Any, Any]):
    """The plain array of a stand-in: it remembers what the functions of numpy that rules use make of it.

    So `x > 0` and `np.sign(x.data)` are seen, though they are no ops.
    """

    expression: Expression | None

    def __array_finalize__(self, source: Any) -> None:
        self.expression = None

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        arrays = [np.asarray(x) if isinstance(x, Remembering) else x for x in inputs]
        if any(isinstance(x, Tensor) for x in arrays):
            return NotImplemented
        out = getattr(ufunc, method)(*arrays, **kwargs)
        if method != "__call__" or kwargs or isinstance(out, tuple):
            return out
        args = tuple(remembered(x) for x in inputs)
        return remembering(out, Call(ufunc, args, {}, np.shape(out)))


def remembering(array: Any, expression: Expression | None) -> Remembering:
    view = np.asarray(array).view(Remembering)
    view.expression = expression
    return view


class StandIn(Tensor):
    """A Tensor that stands for an argument of the rule, or for what the rule has computed from those.

    Its `node` is an Expression: that too is a record of what made it.
    """

    __slots__ = ()

    @property  # type: ignore[misc]
    def data(self) -> Array:  # type: ignore[override]
        return remembering(self._data, remembered(self))


def standing_in(tensor: Tensor, expression: Expression) -> Tensor:
    tensor.__class__ = StandIn
    tensor.node = expression  # type: ignore[assignment]
    return tensor


def remembered(x: Any) -> Expression:
    """What is known of a value that a rule uses: a constant, if nothing is."""
    if isinstance(x, StandIn):
        return x.node  # type: ignore[return-value]
    if isinstance(x, Remembering) and x.expression is not None:
        return x.expression
    return Constant(
        x._data if isinstance(x, Tensor) else np.asarray(x) if isinstance(x, Remembering) else x
    )


@final
class Reader:
    """Writes the expression of each result on it."""

    def __init__(self) -> None:
        self.thread = threading.get_ident()
        self.flat: dict[int, tuple[Any, Expression]] = {}
        """By the identity of what a `flat` function returned, which is a plain array."""

    def known(self, x: Any) -> Expression:
        return self.flat[id(x)][1] if id(x) in self.flat else remembered(x)

    def __call__(self, event: Event) -> None:
        if threading.get_ident() != self.thread:
            return
        match event:
            case Applied(op, inputs, params, out):
                known = tuple(map(self.known, inputs))
                standing_in(out, Call(op, known, {**op.defaults, **params}, out.shape))
            case Evaluated(function, inputs, params, out):
                known = tuple(map(self.known, inputs))
                self.flat[id(out)] = out, Call(function, known, params, np.shape(out))


def read(
    rule: Callable[..., Any],
    arguments: Mapping[str, Any],
    params: Mapping[str, Any],
    slot: int | None = None,
) -> Reading:
    """What `rule` does with `arguments`: arrays, numbers and None by name, in their order.

    Of a joint rule, what it returns for `slot`. Not read are rules that work with numpy alone, such as the
    fast ones of fused ops, and formulas that would fill a page.
    """
    given = [
        standing_in(Tensor(x), Name(name, x.shape)) if isinstance(x, np.ndarray) else x
        for name, x in arguments.items()
    ]
    locals_: dict[str, Any] = {}
    try:
        with alone(Reader()) as reader, variables_of(rule, locals_):
            result = rule(*given, **params)
            result = result if slot is None else result[slot]
    except Exception as error:
        first = str(error).splitlines()[0] if str(error) else ""
        return Reading(None, f"it works on plain arrays only ({type(error).__name__}: {first})")
    expression = reader.known(result)
    if isinstance(expression, Constant):
        return Reading(None, "it computes with plain numpy, outside of ops")
    if (n := length(expression)) > LONGEST:
        return Reading(None, f"it is too long for a formula ({n} names, numbers and functions)")
    known = {label: reader.known(x) for label, x in locals_.items()}
    labels = {id(e): label for label, e in known.items() if isinstance(e, Call)}
    return Reading(labelled(expression, labels))


@contextmanager
def alone(reader: Reader) -> Iterator[Reader]:
    """Nobody else looks on: what happens here is no part of a trace. And nothing is recorded."""
    others, observers[:] = observers[:], [reader]
    try:
        with no_grad(), np.errstate(all="ignore"):
            yield reader
    finally:
        observers[:] = others


@contextmanager
def variables_of(rule: Callable[..., Any], found: dict[str, Any]) -> Iterator[None]:
    """Puts the local variables that `rule` has when it returns into `found`: names its author chose."""
    code = getattr(rule, "__code__", None)
    before = sys.getprofile()

    def look(frame: FrameType, event: str, _: Any) -> None:
        if event == "return" and frame.f_code is code:
            found.update(frame.f_locals)

    sys.setprofile(look)
    try:
        yield
    finally:
        sys.setprofile(before)


def labelled(expression: Expression, labels: Mapping[int, str]) -> Expression:
    """The same expression, with the labels of its parts; those are named by their identity."""
    new: dict[Expression, Expression] = {}
    for e in inner_first(expression):
        if isinstance(e, Call):
            args = tuple(new[a] for a in e.args)
            new[e] = Call(e.function, args, e.params, e.shape, labels.get(id(e)))
        else:
            new[e] = e
    return new[expression]


def filled(x: Any) -> Any:
    """The array of a snapshot; if it was not kept, one like it: to read a rule takes no more."""
    if x is None or isinstance(x, NUMBERS):
        return x
    if isinstance(x, np.ndarray | np.generic):
        return np.asarray(x)
    if x.array is not None:
        return x.array
    value = np.ones((), x.dtype) if x.dtype.kind == "f" else np.zeros((), x.dtype)
    return np.broadcast_to(value, x.shape)
