"""An op: a numpy function with its gradient rules beneath it, and the recording of its use.

A *primitive* is a numpy function with one rule per input, a formula in the words that ndarray and
Tensor share. It saves nothing but its inputs and its output, and the engine may run its rules on
arrays, or on Tensors to record the gradient's own computation.

A *fused* op is stated twice: as a `definition`, a plain composition of other ops, and as a fast numpy
pair that may save, mutate and reuse buffers as it likes. The fast pair runs for first derivatives and
is never recorded; when the backward pass is to be recorded, the engine differentiates the definition.
"""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable, Iterator, Sequence
from functools import update_wrapper
from typing import Any

import numpy as np

from minigrad.domain import Cases, Reject
from minigrad.errors import DTypeError, IndexingError, MinigradError, ShapeError
from minigrad.operators import OPS
from minigrad.tensor import Node, Tensor, as_array

NUMBERS = (float, int, bool)
"""Python's numbers stay as they are: numpy then lets the arrays decide the dtype."""


class Op:
    """A differentiable function of arrays: how to compute it, and how to pull a gradient back through it."""

    __name__: str

    def __init__(
        self,
        forward: Callable[..., Any],
        cases: Cases,
        rejects: Sequence[Reject],
        broadcasts: bool = False,
        definition: Callable[..., Any] | None = None,
    ):
        update_wrapper(self, forward)
        self.forward = forward
        self.cases = cases
        self.rejects = tuple(rejects)
        self.broadcasts = broadcasts
        self.definition = definition
        self.rules: tuple[Callable[..., Any] | None, ...] = ()
        self.joint = False
        signature = inspect.signature(forward).parameters.values()
        self.input_names = tuple(p.name for p in signature if p.kind is p.POSITIONAL_OR_KEYWORD)
        self.variadic = any(p.kind is p.VAR_POSITIONAL for p in signature)
        self.defaults = {p.name: p.default for p in signature if p.kind is p.KEYWORD_ONLY}
        OPS[self.__name__] = self

    def vjp(self, *rules: Callable[..., Any] | None, joint: bool = False) -> None:
        """State the gradient rules: one per input (None where there is no derivative), or a `joint` one.

        A rule is called as `rule(g, out, *inputs, **params)`, with all parameters by keyword, and
        returns the gradient of its input; a joint one returns a sequence of them. The rule of a fused
        op is given what its forward pass saved in the place of `out`.
        """
        self.rules, self.joint = rules, joint

    def __call__(self, *inputs: Any, **params: Any) -> Any:
        if self.variadic and len(inputs) == 1 and isinstance(inputs[0], list | tuple):
            inputs = tuple(inputs[0])  # concatenate([a, b]), as numpy and PyTorch spell it
        if params and not params.keys().isdisjoint(self.input_names):
            inputs, params = self._by_position(inputs, params)
        for x in inputs:
            if isinstance(x, Tensor):
                return apply(self, inputs, params)
        out, _ = run(self, inputs, [as_given(x) for x in inputs], params)
        return out

    def _by_position(self, inputs: tuple[Any, ...], params: dict[str, Any]) -> Any:
        """Put the arrays that were given by keyword, as in `conv2d(x, weight, bias=b)`, in their places."""
        arguments = inspect.signature(self.forward).bind(*inputs, **params)
        arguments.apply_defaults()
        return arguments.args, arguments.kwargs

    def __repr__(self) -> str:
        return f"<op {self.__name__}>"


def op(
    *, cases: Cases, rejects: Sequence[Reject], broadcasts: bool = False
) -> Callable[[Callable[..., Any]], Op]:
    """Make a numpy function a primitive.

    `cases(draw)` draws a valid call and `rejects` lists calls that must raise: the tests read both.
    If the op `broadcasts`, the engine sums each gradient back to the shape of its input.
    """
    return lambda forward: Op(forward, cases, rejects, broadcasts)


def fused(
    definition: Callable[..., Any],
    *,
    cases: Cases,
    rejects: Sequence[Reject],
    broadcasts: bool = False,
) -> Callable[[Callable[..., Any]], Op]:
    """Make a numpy function that returns `(output, saved)` the faster form of `definition`."""
    return lambda forward: Op(forward, cases, rejects, broadcasts, definition)


# ---- recording ----

_recording = True


class Observer:
    """Sees what the engine does, as it does it. Nothing is paid for observers while there are none."""

    def applied(self, op: Op, inputs: tuple[Any, ...], params: dict[str, Any], out: Tensor) -> None:
        """An op was applied; `out.node` is its record, or None if it was not recorded."""

    def failed(
        self, op: Op, inputs: tuple[Any, ...], params: dict[str, Any], error: Exception
    ) -> None:
        """An op raised."""

    def arrived(self, tensor: Tensor, g: Any) -> None:
        """The gradient of a recorded Tensor is complete and about to be pulled back through its op."""

    def unbroadcast(self, tensor: Tensor, slot: int, wide: Any, g: Any) -> None:
        """A contribution was summed over the axes along which the input in `slot` had been stretched."""

    def contributed(self, tensor: Tensor, slot: int, g: Any) -> None:
        """The op that made `tensor` sends `g` to the input in `slot`."""

    def accumulated(self, x: Tensor, before: Any, g: Any, after: Any) -> None:
        """A contribution met another one at `x`, in flight: after = before + g."""

    def landed(self, leaf: Tensor, before: Tensor | None, g: Any) -> None:
        """The pass has reached a leaf, whose `.grad` was `before`, with `g`."""

    def released(self, node: Node) -> None:
        """The graph lets go of this node."""


observers: list[Observer] = []
"""Those who look on: empty, but for the time of a `detect_anomaly()` or a trace."""


def apply(op: Op, inputs: tuple[Any, ...], params: dict[str, Any]) -> Tensor:
    """Run `op` on the arrays inside `inputs`, and record that it was run if a gradient may be asked for."""
    arrays = []
    requires_grad = False
    for x in inputs:
        if isinstance(x, Tensor):
            arrays.append(x._data)
            if x._requires_grad:
                requires_grad = True
        else:
            arrays.append(as_given(x))
    out, saved = run(op, inputs, arrays, params)
    result = Tensor.__new__(Tensor)
    result._data = out if type(out) is np.ndarray else np.asarray(out)
    result._grad = None
    result._retains_grad = False
    result._requires_grad = recorded = requires_grad and _recording
    result.node = Node(op, inputs, arrays, params, saved) if recorded else None
    if observers:
        for observer in observers:
            observer.applied(op, inputs, params, result)
    return result


def run(
    op: Op, inputs: tuple[Any, ...], arrays: list[Any], params: dict[str, Any]
) -> tuple[Any, Any]:
    """The output of `op`, and what its rules will want to see of the forward pass."""
    try:
        out = op.forward(*arrays, **params)
    except Exception as error:
        clear = error if isinstance(error, MinigradError) else explained(op, arrays, params, error)
        for observer in observers:
            observer.failed(op, inputs, params, clear)
        if clear is error:
            raise
        raise clear from error
    return (out, out) if op.definition is None else out


def as_given(x: Any) -> Any:
    """An input that is no Tensor: arrays, numbers and None as they are, the rest as a Tensor's data."""
    if type(x) is np.ndarray or x is None or isinstance(x, NUMBERS):
        return x
    return as_array(x)


@contextlib.contextmanager
def recording(mode: bool) -> Iterator[None]:
    global _recording
    before, _recording = _recording, mode
    try:
        yield
    finally:
        _recording = before


def no_grad() -> contextlib.AbstractContextManager[None]:
    """Within it nothing is recorded: `with no_grad(): ...`, or `@no_grad()` on a function."""
    return recording(False)


def enable_grad() -> contextlib.AbstractContextManager[None]:
    """Within it ops are recorded again, inside a `no_grad()` too."""
    return recording(True)


def is_grad_enabled() -> bool:
    return _recording


# ---- what to say when an op fails ----


def described(op: Op, inputs: Sequence[Any]) -> str:
    """The inputs of an op by name, with their shapes: `a: (2, 3)   b: (4, 5)`."""
    names = op.input_names if not op.variadic else [f"x{i}" for i in range(len(inputs))]
    return "   ".join(f"{name}: {shown(x)}" for name, x in zip(names, inputs))


def shown(x: Any) -> str:
    if isinstance(x, Tensor | np.ndarray):
        return f"{x.shape}" if x.dtype.kind == "f" else f"{x.shape} {x.dtype}"
    return repr(x)


def call(op: Op, params: dict[str, Any]) -> str:
    """How the op was called: `sum(x, axis=2)`."""
    names = ["*xs"] if op.variadic else list(op.input_names)
    return f"{op.__name__}({', '.join([*names, *(f'{k}={v!r}' for k, v in params.items())])})"


def explained(op: Op, arrays: Sequence[Any], params: dict[str, Any], error: Exception) -> Exception:
    """Numpy's complaint about an op's inputs, in terms of the op."""
    unknown = params.keys() - op.defaults.keys()
    least = len([p for p in inspect.signature(op.forward).parameters.values()
                 if p.kind is p.POSITIONAL_OR_KEYWORD and p.default is p.empty])  # fmt: skip
    if unknown or len(arrays) < least or (len(arrays) > len(op.input_names) and not op.variadic):
        return TypeError(
            f"{op.__name__} takes arrays by position and parameters by keyword: "
            f"{op.__name__}{inspect.signature(op.forward)}"
        )
    got = f"\n  {described(op, arrays)}"
    if op.broadcasts and not can_broadcast(arrays):
        return ShapeError(
            f"{call(op, params)}: the shapes do not broadcast{got}   "
            "needed: sides that are equal, or 1, counted from the last"
        )
    for builtin, kind in KINDS:
        if isinstance(error, builtin):
            return kind(f"{call(op, params)}: {error}{got}")
    return error


KINDS: tuple[tuple[type[Exception], type[MinigradError]], ...] = (
    (ValueError, ShapeError),  # numpy's AxisError among them
    (IndexError, IndexingError),
    (TypeError, DTypeError),
    (AttributeError, DTypeError),  # a number or None where the op needs an array
)


def can_broadcast(arrays: Sequence[Any]) -> bool:
    try:
        np.broadcast_shapes(*(np.shape(x) for x in arrays))
    except ValueError:
        return False
    return True
