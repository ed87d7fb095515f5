"""A formula: what an op computes, or what its gradient rule does, to be printed and to be evaluated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

import numpy as np

from minigrad.op import Op
from minigrad.typing import Shape
from minigrad.view.formulas import mathml
from minigrad.view.formulas.expression import (
    Call,
    Constant,
    Expression,
    Name,
    evaluate,
    inner_first,
    length,
)
from minigrad.view.formulas.indices import Indexed, indexed
from minigrad.view.formulas.markup import split
from minigrad.view.formulas.mathml import MathML
from minigrad.view.formulas.reading import Reading, filled, read
from minigrad.view.formulas.text import Numbers, Shapes, Text

Names = Mapping[str, str]
"""The user's words for "g", "out" and the inputs of the op, and for "into", what the formula gives."""

SHORT = 40
"""A fused op whose definition is no longer than this is shown by it."""


@final
@dataclass(frozen=True)
class Formula:
    """The gradient that an op sends to one input, or the op itself.

    into         what it gives, in words of its own: "dL/dx", or "out"
    shape        that of the input, or of the result
    expression   None where only words say it, or where nothing is known: then there is a `reason`
    words        a sentence that its author wrote beside it
    exact        it was read from what the engine runs, and evaluates to the same bits; otherwise it was
                 stated beside it, and tests compare the two
    """

    into: str
    shape: Shape
    expression: Expression | None = None
    words: str = ""
    reason: str = ""
    exact: bool = False

    def text(self, names: Names | None = None) -> str:
        """`g * (1 - out**2)`; without an expression, the words."""
        if self.expression is None:
            return self.words or self.reason
        return Text(names).whole(self.expression, literal=self.into == "out")

    def left(self, names: Names | None = None) -> str:
        return (names or {}).get("into", self.into)

    def equation(self, names: Names | None = None) -> str:
        """`dL/dx = g * (1 - out**2)`; where the input had been stretched, `dL/db = g, summed to (4,)`."""
        equals = ":" if self.expression is None else " ="
        return f"{self.left(names)}{equals} {self.text(names)}{self.summed}"

    @property
    def summed(self) -> str:
        """What the engine adds to what the rule gives: broadcasting is undone."""
        wide = self.shape if self.expression is None else self.expression.shape
        return "" if wide == self.shape else f", summed to {self.shape}"

    def numbers(self, values: Mapping[str, Any]) -> str | None:
        """The arithmetic in numbers, `3.0*2.0`; None unless all of it is done on single elements."""
        if self.expression is None or not all(
            np.prod(e.shape) == 1 for e in inner_first(self.expression)
        ):
            return None
        return Numbers(values).whole(self.expression)

    def shapes(self, names: Names | None = None) -> str:
        """The equation and its shapes: `dX = dY @ W.T : (2, 3) = (2, 4) @ (4, 3)`."""
        if self.expression is None:
            return f"{self.equation(names)} : {self.shape}"
        right = Shapes().whole(self.expression)
        equation = f"{self.left(names)} = {self.text(names)}"
        return f"{equation} : {self.expression.shape} = {right}{self.summed}"

    def indices(self, names: Names | None = None) -> str | None:
        """In index notation, `dX[i, j] = Σ_k dY[i, k] * W[j, k]`; None where that would say no more.

        That an input had been stretched is undone in it: `db[j] = Σ_i dY[i, j]`.
        """
        found = self.indexed
        if found is None:
            return None
        text = Text(names)
        left, remark = split(self.left(names))
        left += f"[{', '.join(found.indices)}]" if found.indices else ""
        outside = "".join(f", where {text.label(Name(x, ()))} is 0 outside" for x in found.framed)
        return f"{left}{remark} = {text.whole(found.body)}{outside}"

    @cached_property
    def indexed(self) -> Indexed | None:
        return None if self.expression is None else indexed(self.expression, self.shape)

    def mathml(self, names: Names | None = None) -> str:
        """The equation as MathML; without an expression, the words.

        What is made of einsum is shown in the indices that it names.
        """
        if self.expression is None:
            return mathml.words(self.equation(names))
        parts = inner_first(self.expression)
        if self.indexed and any(isinstance(e, Call) and e.name == "einsum" for e in parts):
            return MathML(names).element(self.indexed, self.left(names))
        writer = MathML(names)
        return writer.whole(
            self.expression, self.left(names), self.summed, literal=self.into == "out"
        )

    def mathml_indices(self, names: Names | None = None) -> str | None:
        """The equation in index notation as MathML, where there is one."""
        return (
            None if self.indexed is None else MathML(names).element(self.indexed, self.left(names))
        )

    def evaluate(self, values: Mapping[str, Any]) -> Any:
        """The value, given an array or a number for each name; None where there is no expression.

        In the shape that the rule gives it: that an input was stretched is undone later, by the engine.
        """
        if self.expression is None:
            return None
        with np.errstate(all="ignore"):
            return evaluate(self.expression, values)


def contribution(
    op: Op,
    slot: int,
    arrays: Sequence[Any],
    params: Mapping[str, Any],
    out: Any = None,
    g: Any = None,
) -> Formula:
    """What `op` sends to its input in `slot` when the gradient g arrives at its result `out`.

    `arrays` are the inputs: arrays, snapshots, numbers, None. Where `out` is not given it is computed; where
    g is not it is made up: a rule says the same whatever the numbers, unless it asks for them.
    """
    inputs, out, g, everything = complete(op, arrays, params, out, g)
    name, shape = op.input_name(slot), np.shape(inputs[slot])
    arguments = {"g": g, "out": out, **named(op, inputs)}
    stated = op.formulas[slot] if op.formulas else None
    words = stated if isinstance(stated, str) else first_line(stated)
    rule = op.rules[0] if op.joint else op.rules[slot]
    if rule is None:
        reading = Reading(None, f"{op.__name__} has no gradient for {name}")
    elif op.definition is None:
        reading = read(rule, arguments, everything, slot if op.joint else None)
    else:
        reading = Reading(None, f"the fast rule of {op.__name__}; its formula is not stated")
    exact = reading.expression is not None
    if not exact and callable(stated):
        reading = read(stated, arguments, everything)
    reason = "" if words else reading.reason
    return Formula(f"dL/d{name}", shape, reading.expression, words, reason, exact)


def forward(op: Op, arrays: Sequence[Any], params: Mapping[str, Any], out: Any = None) -> Formula:
    """What `op` computes: `x * w`, `sum(x, axis=0)`; of a fused op its definition, if that is short."""
    inputs, out, _, _ = complete(op, arrays, params, out, None)
    if op.definition is not None:
        reading = read(op.definition, named(op, inputs), params)
        if reading.expression is not None and length(reading.expression) <= SHORT:
            return Formula("out", out.shape, reading.expression)
    return Formula("out", out.shape, applied(op, inputs, params, out.shape), exact=True)


def applied(op: Op, inputs: Sequence[Any], params: Mapping[str, Any], shape: Shape) -> Call:
    """The op as the user called it: `conv2d(x, weight, bias, stride=2)`."""
    args = tuple(
        Name(name, x.shape) if isinstance(x, np.ndarray) else Constant(x)
        for name, x in named(op, inputs).items()
    )
    return Call(op, args, {**op.defaults, **params}, shape)


def complete(
    op: Op, arrays: Sequence[Any], params: Mapping[str, Any], out: Any, g: Any
) -> tuple[list[Any], Any, Any, dict[str, Any]]:
    """The inputs as arrays, the result, a gradient for it, and all parameters."""
    inputs = [filled(x) for x in arrays]
    if out is None:
        with np.errstate(all="ignore"):
            out = np.asarray(op(*inputs, **params))
    out = np.asarray(filled(out))
    g = np.ones(out.shape, out.dtype) if g is None else np.asarray(filled(g))
    return inputs, out, g, {**op.defaults, **params}


def named(op: Op, inputs: Sequence[Any]) -> dict[str, Any]:
    return {op.input_name(i): x for i, x in enumerate(inputs)}


def first_line(f: Any) -> str:
    return ((f.__doc__ if f is not None else None) or "").split("\n")[0]
