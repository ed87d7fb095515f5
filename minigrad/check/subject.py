"""What is checked: a function and its gradient as somebody wrote them, held to what they promise.

f must give the same floats for the same inputs and leave these alone; the gradient must come as one
finite array of the correct shape for each input. A promise of f that is broken is a `CheckError`, for
nothing can be said of any gradient then. One that the gradient breaks is a `Fault`: it is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from minigrad.errors import CheckError
from minigrad.typing import Array


class Fault(Exception):  # noqa: N818  # not an error of the check: a finding
    """The gradient is wrong before any number of it is looked at; the message says how."""


@dataclass
class Subject:
    """A function of arrays and its gradient.

    name        what the function is called
    f           f(*arrays) -> an array
    pull        pull(v, *arrays) -> the gradients of <v, f(*arrays)>, one for each array
    inputs      the point: float64, as numerics are done in it; whatever was given
    names       what the inputs are called
    gradient    what the gradient function is called
    upstream    whether the gradient function takes an upstream gradient: one of a loss does not
    noun        what was stated: a gradient, or the derivative of a function that works element by element
    evaluate    how f is called in a snippet, as in "f({x})"
    claim       how a snippet gets the gradient, as in "claimed = backward({g}, {x}){pick}[i]"
    functions   those that a snippet needs, and under which names
    imports     what else it imports
    """

    name: str
    f: Callable[..., Any]
    pull: Callable[..., Any]
    inputs: tuple[Array, ...]
    names: tuple[str, ...]
    gradient: str = "backward"
    upstream: bool = True
    evaluate: str = ""
    claim: str = ""
    functions: tuple[tuple[Callable[..., Any], str], ...] = ()
    imports: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)
    calls: int = 0
    failures: int = 0
    failure: str = ""
    noun: str = "gradient"

    @property
    def size(self) -> int:
        return sum(x.size for x in self.inputs)

    def value(self, *arrays: Array) -> Array:
        """f at these arrays: a copy, for f may hand out a view or a buffer of its own."""
        self.calls += 1
        out = self.f(*arrays)
        return np.array(self._real(out))

    def tried(self, shape: tuple[int, ...]) -> Callable[..., Array]:
        """f for sampling: where it raises, as it may beyond the edge of its domain, it is nan."""

        def attempt(*arrays: Array) -> Array:
            try:
                out = self.value(*arrays)
                if out.shape == shape:
                    return out
                self.failure = f"f returns shape {out.shape} there, and {shape} at the inputs"
            except Exception as error:
                self.failure = f"{type(error).__name__}: {error}"
            self.failures += 1
            return np.full(shape, np.nan)

        return attempt

    def examined(self) -> Array:
        """f at the inputs, after it has shown that it is a function of them, and of nothing else."""
        given = [x.copy() for x in self.inputs]
        try:
            out = self.value(*given)
        except CheckError:
            raise
        except Exception as error:
            error.add_note(
                f"raised by {self.name} at the very inputs where its gradient was to be checked"
            )
            raise
        for name, x, before in zip(self.names, given, self.inputs):
            if not np.array_equal(x, before):
                raise CheckError(
                    f"{self.name} changes its argument {name} in place: a difference of two calls means "
                    f"nothing then. Compute with a copy: {name} = {name}.copy()"
                )
        if not np.all(np.isfinite(out)):
            at = np.unravel_index(np.argmin(np.isfinite(out)), out.shape)
            raise CheckError(
                f"{self.name} is {out[at]} at its element {element(at)}: there is no slope to compare with; "
                "choose inputs inside of its domain"
            )
        again = self.value(*(x.copy() for x in self.inputs))
        if not np.array_equal(out, again):
            raise CheckError(
                f"{self.name} is random, or remembers: two calls with the same inputs gave different values. "
                "Draw the random numbers outside of it, and pass them in or close over them"
            )
        return out

    def gradients(self, v: Array, inputs: Sequence[Array] | None = None) -> tuple[Array, ...]:
        """The gradients of <v, f>, or a `Fault`.

        f is called first with the same arrays, so that a layer may keep what its backward pass needs.
        """
        inputs = self.inputs if inputs is None else inputs
        given, upstream = [x.copy() for x in inputs], v.copy()
        self.f(*given)
        parts = self.apart(self.pull(upstream, *given))
        self._in_order([np.shape(g) for g in parts], [x.shape for x in inputs])
        grads = tuple(self._gradient(g, name, x) for g, name, x in zip(parts, self.names, inputs))
        changed = [n for n, x, before in zip(self.names, given, inputs) if not same(x, before)]
        changed += ["the upstream gradient"] if not same(upstream, v) else []
        if changed:
            raise Fault(
                f"{self.gradient} changes {changed[0]} in place, which belongs to its caller: whoever uses "
                "it next computes with other numbers. Work on a copy"
            )
        return grads

    def _real(self, out: Any) -> Array:
        if isinstance(out, list | tuple | dict) or out is None:
            missing = ": a return statement is missing" if out is None else ""
            raise CheckError(
                f"{self.name} returned a {type(out).__name__}{missing}; needed: one array of floats"
            )
        array = np.asarray(out)
        if array.dtype.kind != "f":
            raise CheckError(
                f"{self.name} returned {array.dtype} values, which have no derivative; needed: floats"
            )
        return array

    def apart(self, result: Any) -> Sequence[Any]:
        """One gradient for each input."""
        names, many = ", ".join(self.names), len(self.names)
        if result is None:
            raise Fault(f"{self.gradient} returned None: a return statement is missing")
        if isinstance(result, dict):
            if set(result) != set(self.names):
                raise Fault(
                    f"{self.gradient} returned gradients named {', '.join(map(str, result))}; needed: {names}"
                )
            return [result[name] for name in self.names]
        if not isinstance(result, list | tuple):
            if many == 1:
                return [result]
            raise Fault(
                f"{self.gradient} returned one {type(result).__name__}, and {self.name} has {many} inputs: "
                f"needed: a tuple of {many} gradients, those of {names}"
            )
        if len(result) != many:
            raise Fault(
                f"{self.gradient} returned {len(result)} gradient{'s' * (len(result) != 1)}, and {self.name} "
                f"has {many} input{'s' * (many != 1)} ({names})"
                + ("; a single gradient is returned as an array" if many == 1 else "")
            )
        return result

    def _in_order(self, found: list[tuple[int, ...]], wanted: list[tuple[int, ...]]) -> None:
        transposed = any(f != w and f == w[::-1] for f, w in zip(found, wanted))
        if found != wanted and sorted(found) == sorted(wanted) and not transposed:
            raise Fault(
                f"{self.gradient} returned the gradients in another order than that of the inputs: "
                f"needed: {', '.join(f'that of {n} {s}' for n, s in zip(self.names, wanted))}; "
                f"got: {', '.join(map(str, found))}"
            )

    def _gradient(self, g: Any, name: str, x: Array) -> Array:
        if g is None:
            raise Fault(f"the gradient of {name} is None; where f does not depend on it, it is 0")
        array = np.asarray(g)
        if array.dtype.kind not in "fiub":
            raise Fault(
                f"the gradient of {name} is of dtype {array.dtype}; needed: floats, as {name} is"
            )
        if array.dtype.kind != "f":
            note = f"the gradient of {name} is of dtype {array.dtype}, and fractions are lost in it"
            if note not in self.notes:
                self.notes.append(note)
        if array.shape != x.shape:
            raise ShapeFault(name, array, x)
        if not np.all(np.isfinite(array)):
            at = np.unravel_index(np.argmin(np.isfinite(array)), array.shape)
            raise Fault(
                f"the gradient of {name}{element(at)} is {array[at]}, and f is finite there"
            )
        return np.array(array, dtype=np.float64)


class ShapeFault(Fault):
    """A gradient whose shape is not that of its input; `diagnosis` may know why."""

    def __init__(self, name: str, g: Array, x: Array):
        super().__init__(
            f"the gradient of {name} has shape {g.shape}, and {name} has shape {x.shape}: a gradient "
            "has the shape of its input"
        )
        self.name, self.g, self.x = name, g, x


def element(index: Sequence[Any]) -> str:
    """[2, 1]; nothing for the only element of a 0-d array."""
    return f"[{', '.join(str(int(i)) for i in index)}]" if len(index) else ""


def same(x: Array, y: Array) -> bool:
    return bool(np.array_equal(x, y))
