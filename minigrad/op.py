"""An op: a numpy function with its gradient rules. Calling it computes, and records if a gradient may follow.

A *primitive* is a numpy function with one rule per input: a formula of the operators and methods that
ndarray and Tensor share. It saves only its inputs and its output. The engine runs its rules on arrays, or
on Tensors to record the computation of the gradient.

A *fused* op has two forms: a `definition`, composed of other ops, and a fast numpy pair that may save,
mutate and reuse buffers. The fast pair computes first derivatives and is never recorded. In a recorded
backward pass the engine differentiates the definition.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import update_wrapper, wraps
from typing import Any

import numpy as np

from minigrad.domain import Cases, Reject
from minigrad.errors import DTypeError, IndexingError, MinigradError, ParameterError, ShapeError
from minigrad.operators import plain
from minigrad.recording import Applied, Applying, Evaluated, Failed, emit, mode, observers
from minigrad.tensor import Node, Tensor, as_array, next_serial, require_reals

NUMBERS = (float, int, bool)
"""Python's numbers stay as they are, so numpy takes the dtype from the arrays."""


OPS: dict[str, Op] = {}
"""The register: every op by its name. The tests walk it, so no op escapes them."""

new = object.__new__


class Op:
    """A differentiable function of arrays: its forward function and its gradient rules."""

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
        self.joint = False
        self.signature = inspect.signature(forward)
        kinds = self.signature.parameters.values()
        self.input_names = tuple(p.name for p in kinds if p.kind is p.POSITIONAL_OR_KEYWORD)
        self.variadic = any(p.kind is p.VAR_POSITIONAL for p in kinds)
        self.defaults = {p.name: p.default for p in kinds if p.kind is p.KEYWORD_ONLY}
        self.rules: tuple[Callable[..., Any] | None, ...] = (None,) * len(self.input_names)
        self.formulas: tuple[Callable[..., Any] | str | None, ...] = ()
        register(self)

    def vjp(
        self,
        *rules: Callable[..., Any] | None,
        joint: bool = False,
        formulas: Sequence[Callable[..., Any] | str | None] = (),
    ) -> Any:
        """State the gradient rules: one per input (None where there is no derivative), or a `joint` one.

        A rule is called as `rule(g, out, *inputs, **params)`, with all parameters by keyword, and
        returns the contribution to its input; a joint rule returns a sequence of them, one per input.
        The rule of a fused op gets its saved residuals in place of `out`. `vjp` returns the first rule,
        so it can be used as the decorator `@f.vjp`.

        The fast rules of a fused op are hard to read. `formulas`, one per input, are their readable
        counterparts: each is a rule of a primitive, called with `out`, or a string where there is no
        formula. The explanations and the tests use them; the engine does not.
        """
        needed = 1 if joint else len(self.input_names)
        if len(rules) != needed or (self.variadic and not joint):
            many = "one joint rule, joint=True" if self.variadic else f"{needed}"
            raise TypeError(f"{self.usage()} needs {many}, but {len(rules)} rules were given")
        if formulas and len(formulas) != len(self.input_names):
            raise TypeError(
                f"{self.usage()} needs {len(self.input_names)} formulas, one for each input (None where "
                f"there is no derivative), but {len(formulas)} were given"
            )
        self.rules, self.joint, self.formulas = rules, joint, tuple(formulas)
        return rules[0]

    def __call__(self, *inputs: Any, **params: Any) -> Any:
        """Apply the op to the arrays in `inputs`, and record it if one of them requires grad.

        The result is a Tensor if an input is one. Without a Tensor it is an array, and nothing is recorded.
        """
        if self.variadic and inputs and isinstance(inputs[0], list | tuple):
            if len(inputs) > 1:
                raise TypeError(f"{self.__name__} {CONVENTION}: {self.usage()}")
            inputs = tuple(inputs[0])  # concatenate([a, b]), as numpy and PyTorch spell it
        if params:
            inputs, params = self._sorted(inputs, params)
        arrays: list[Any] = []
        some_tensor = requires_grad = False
        for x in inputs:
            if isinstance(x, Tensor):
                some_tensor = True
                arrays.append(x._data)
                if x._requires_grad:
                    requires_grad = True
            elif x is None or isinstance(x, NUMBERS):
                arrays.append(x)
            else:
                arrays.append(as_given(self, x))
        if observers and some_tensor:
            emit(Applying(self, inputs, params))
        try:
            out = saved = self.forward(*arrays, **params) if params else self.forward(*arrays)
        except Exception as error:
            clear = self.explain(arrays, params, error)
            if observers and some_tensor:
                emit(Failed(self, inputs, params, clear))
            if clear is error:
                raise
            raise clear from error
        if self.definition is not None:
            out, saved = saved
        if not some_tensor:
            return out
        if type(out) is not np.ndarray:
            out = as_array_of(self, out)
            saved = out if self.definition is None else saved
        result = new(Tensor)
        result._data = out
        result._grad = None
        result._retains_grad = False
        # Integers and booleans have no derivative, even if they were computed from floats.
        if requires_grad and mode.recording and out.dtype.kind == "f":
            result._requires_grad = True
            # Filled in here, because calling an `__init__` costs 1 % of a small op.
            result.node = node = new(Node)
            node.op, node.inputs, node.arrays = self, inputs, arrays
            node.params, node.saved, node.serial = params, saved, next_serial()
        else:
            require_reals(out.dtype)
            result._requires_grad = False
            result.node = None
        if observers:
            emit(Applied(self, inputs, params, result))
        return result

    def _sorted(self, inputs: tuple[Any, ...], params: dict[str, Any]) -> Any:
        """Put arrays that were given by keyword, as in `conv2d(x, weight, bias=b)`, into their slots."""
        for name, value in params.items():
            if name in self.input_names:
                try:
                    arguments = self.signature.bind(*inputs, **params)
                except TypeError as error:
                    raise TypeError(f"{error}: {self.usage()}") from None
                arguments.apply_defaults()
                return self._sorted(arguments.args, arguments.kwargs)
            if isinstance(value, Tensor):
                raise TypeError(
                    f"{self.__name__}: the parameter {name} is a Tensor, but parameters get no gradient: "
                    f"give a number, {name}.item(), or an array, {name}.data"
                )
        return inputs, params

    def input_name(self, slot: int) -> str:
        return f"x{slot}" if self.variadic else self.input_names[slot]

    def usage(self) -> str:
        return f"{self.__name__}{self.signature}"

    def format_call(self, params: dict[str, Any]) -> str:
        """A call of the op with these parameters: `sum(x, axis=2)`."""
        names = ["*xs"] if self.variadic else list(self.input_names)
        given = [f"{name}={format_value(value)}" for name, value in params.items()]
        return f"{self.__name__}({', '.join([*names, *given])})"

    def format_inputs(self, inputs: Sequence[Any]) -> str:
        """The inputs by name, with their shapes: `a: (2, 3)   b: (4, 5)`."""
        return "   ".join(f"{self.input_name(i)}: {format_value(x)}" for i, x in enumerate(inputs))

    def explain(self, arrays: Sequence[Any], params: dict[str, Any], error: Exception) -> Exception:
        """An error of numpy, translated into an error about the op, its inputs and their shapes."""
        if isinstance(error, MinigradError):
            return error
        try:
            self.signature.bind(*arrays, **params)
        except TypeError as misfit:
            return TypeError(f"{self.__name__} {CONVENTION}, {misfit}: {self.usage()}")
        called, got = self.format_call(params), f"\n  {self.format_inputs(arrays)}"
        if self.broadcasts and not can_broadcast(arrays):
            return ShapeError(
                f"{called}: the shapes do not broadcast{got}   "
                "needed: equal sides, or 1, counted from the last axis"
            )
        for builtin, kind in KINDS:
            if isinstance(error, builtin):
                return kind(f"{called}: {error}{got}")
        if isinstance(error, AttributeError) and not all(isinstance(x, np.ndarray) for x in arrays):
            return DTypeError(f"{called}: needs arrays, but not every input is one ({error}){got}")
        error.add_note(f"in {called}{got}")
        return error

    def __reduce__(self) -> str:
        return self.__name__  # pickled and copied as a function is: by name

    def __repr__(self) -> str:
        return f"<op {self.__name__}>"


def register(op: Op) -> None:
    """Enter an op in `OPS`. A cell or file that is run again replaces its own op, but no other."""
    other = OPS.get(op.__name__)
    if other is not None and other.__module__ != op.__module__:
        raise ParameterError(
            f"an op named {op.__name__} exists already, in {other.__module__}, and names of ops must be "
            f"unique: rename the op in {op.__module__}"
        )
    OPS[op.__name__] = op


def op(
    *, cases: Cases, rejects: Sequence[Reject], broadcasts: bool = False
) -> Callable[[Callable[..., Any]], Op]:
    """Make a numpy function a primitive.

    `cases(draw)` returns a random valid call, and `rejects` lists calls that must raise; the tests use
    both. If the op `broadcasts`, the engine sums each contribution to the shape of its input.
    """
    return lambda forward: Op(forward, cases, rejects, broadcasts)


def fused(
    definition: Callable[..., Any],
    *,
    cases: Cases,
    rejects: Sequence[Reject],
    broadcasts: bool = False,
) -> Callable[[Callable[..., Any]], Op]:
    """Make a numpy function that returns `(output, saved)` the fast form of `definition`."""
    return lambda forward: Op(forward, cases, rejects, broadcasts, definition)


def flat(f: Callable[..., Any]) -> Callable[..., Any]:
    """Let gradient rules call a function of arrays on Tensors too. It returns a plain array.

    For functions whose derivative is 0 almost everywhere, such as the index of the maximum.
    """

    @wraps(f)
    def of_arrays(*inputs: Any, **params: Any) -> Any:
        out = f(*map(plain, inputs), **params)
        if observers:
            emit(Evaluated(of_arrays, inputs, params, out))
        return out

    return of_arrays


def as_given(op: Op, x: Any) -> Any:
    """An array as it is; anything else that a Tensor can be made of as the data of that Tensor."""
    if isinstance(x, str):
        raise TypeError(f"{op.__name__} {CONVENTION}, but was given {x!r}: {op.usage()}")
    return as_array(x) if type(x) is not np.ndarray or x.dtype.kind not in "fiub" else x


def as_array_of(op: Op, out: Any) -> Any:
    """The result of a forward function as an ndarray: a numpy scalar becomes a 0-d array."""
    if not isinstance(out, np.generic | np.ndarray | float | int):
        raise DTypeError(f"{op.__name__} must return an array, but returned {type(out).__name__}")
    return np.asarray(out)


# ---- messages ----


CONVENTION = "takes arrays by position and parameters by keyword"

KINDS: tuple[tuple[type[Exception], type[MinigradError]], ...] = (
    (ValueError, ShapeError),  # numpy's AxisError is a ValueError too
    (IndexError, IndexingError),
    (TypeError, DTypeError),
)
"""Errors of numpy, and the error that an op raises in place of each."""


def format_value(x: Any) -> str:
    """A value in short: an array by its shape, and by its dtype unless it is a float's."""
    if isinstance(x, Tensor | np.ndarray):
        return f"{x.shape}" if x.dtype.kind == "f" else f"{x.shape} {x.dtype}"
    if isinstance(x, tuple) and any(isinstance(part, np.ndarray) for part in x):
        return f"({', '.join(map(format_value, x))})"
    return repr(x)


def can_broadcast(arrays: Sequence[Any]) -> bool:
    try:
        np.broadcast_shapes(*(np.shape(x) for x in arrays))
    except ValueError:
        return False
    return True
