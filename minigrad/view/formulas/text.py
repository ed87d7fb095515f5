"""An expression as text: as a rule would be typed, with the parentheses that it needs and no others.

The text is Python but for two phrases, "g stretched to (2, 3)" and "g added into zeros(2, 3)[0]", so that it
can be read back and tested.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

import numpy as np

from minigrad.view.formulas import numbers
from minigrad.view.formulas.expression import Call, Constant, Expression, Name
from minigrad.view.formulas.typography import (
    Rearranged,
    axes_as_index,
    given,
    parameter,
    subscript,
)
from minigrad.view.formulas.writer import (
    AND,
    ATOM,
    COMPARISON,
    INFIX,
    OR,
    PHRASE,
    POWER,
    PRODUCT,
    SIGMA,
    SIGN,
    SUM,
    Piece,
    Writer,
    absent,
)


class Text(Writer):
    """`g * (1 - out**2)`, `g @ W1.T`; in index notation `Σ_k g[i, k] * W1[j, k]`."""

    tight = False

    def whole(self, expression: Expression, literal: bool = False) -> str:
        """The expression, and what it says under names of its own behind a "where"."""
        clauses = [f"{label} = {said}" for label, said in self.clauses(expression)]
        body = self.body(expression, literal)
        return f"{body}, where {', '.join(clauses)}" if clauses else body

    def part(self, e: Expression, label: str) -> str:
        return label

    def name(self, e: Name) -> Piece:
        label = self.label(e)
        level = PRODUCT if "/" in label else ATOM
        if e.indices:
            label = label if level == ATOM else f"({label})"
            return f"{label}[{', '.join(e.indices)}]", ATOM
        return label, level

    def constant(self, e: Constant) -> Piece:
        if e.shape:
            return f"array{e.shape}", ATOM
        return number(numbers.constant(e.value))

    def call(self, e: Call) -> Piece:
        if e.name in INFIX and len(e.args) == 2:
            return self.infix(e)
        first, *others = e.args or (Constant(None),)
        if e.name == "neg":
            return f"-{self.at_least(POWER, first)}", SIGN
        if e.name == "not":
            return f"~{self.at_least(POWER, first)}", SIGN
        if e.name == "pow":
            return f"{self.at_least(ATOM, first)}**{self.at_least(POWER, others[0])}", POWER
        if e.name == "sum_over":
            return f"Σ_{','.join(e.params['letters'])} {self.at_least(PRODUCT, first)}", SIGMA
        if e.name == "element_of":
            return f"{self.at_least(ATOM, first)}[{', '.join(e.params['indices'])}]", ATOM
        if e.name == "getitem":
            return f"{self.at_least(ATOM, first)}[{subscript(e.params['index'])}]", ATOM
        if e.name == "scatter":
            place = f"zeros({', '.join(map(str, e.shape))})[{subscript(e.params['index'])}]"
            return f"{self.at_least(ATOM, first)} added into {place}", PHRASE
        if e.name == "astype":
            return f"{self.at_least(ATOM, first)}.astype({parameter(e.params['dtype'])})", ATOM
        inside = [self.piece(a)[0] for a in e.args if not absent(a)]
        if e.name in ("stack", "concatenate"):
            inside = [f"[{', '.join(inside)}]"]
        inside += [f"{name}={parameter(value)}" for name, value in given(e).items()]
        return f"{e.name}({', '.join(inside)})", ATOM

    def infix(self, e: Call) -> Piece:
        sign, level = INFIX[e.name]
        x, y = self.operands(e)
        least = SIGN if level in (AND, OR) else level
        left = self.at_least(least + (level == COMPARISON), x)
        right = self.at_least(least + (least == level), y)
        if right.startswith("-") and level in (SUM, PRODUCT):
            right = f"({right})"
        space = "" if self.tight and sign in "*/" else " "
        return f"{left}{space}{sign}{space}{right}", level

    def arrangement(self, e: Call, r: Rearranged) -> Piece:
        arg = self.at_least(ATOM, r.arg)
        if r.kind == "stretched":
            return f"{arg} stretched to {e.shape}", PHRASE
        if r.kind == "new axes":
            return f"{arg}[{axes_as_index(len(e.shape), r.axes)}]", ATOM
        if r.kind == "reshaped":
            return f"{arg}.reshape({', '.join(map(str, e.shape)) or '()'})", ATOM
        if r.kind == "permuted":
            return f"{arg}.transpose({', '.join(map(str, r.axes))})", ATOM
        return f"{arg}.{'T' if r.kind == 'transposed' else 'mT'}", ATOM

    def fenced(self, piece: str, level: int) -> str:
        return f"({piece})"


@final
class Numbers(Text):
    """`2.0*3.0`: the names are numbers, and what single elements are arranged in is of no interest."""

    tight = True

    def __init__(self, values: Mapping[str, Any]) -> None:
        super().__init__()
        self.values = values

    def name(self, e: Name) -> Piece:
        value = self.values[e.name]
        return number(numbers.exact(value.reshape(()) if isinstance(value, np.ndarray) else value))

    def constant(self, e: Constant) -> Piece:
        return number(numbers.constant(np.asarray(e.value).item()))

    def arrangement(self, e: Call, r: Rearranged) -> Piece:
        return self.piece(r.arg)


@final
class Shapes(Text):
    """`(2, 4) @ (4, 3)`: each name is its shape, and so is what a transpose, or a part with a name, is."""

    def whole(self, expression: Expression, literal: bool = False) -> str:
        self.clauses(expression)
        return self.body(expression, literal)

    def part(self, e: Expression, label: str) -> str:
        return str(e.shape)

    def name(self, e: Name) -> Piece:
        return str(e.shape), ATOM

    def constant(self, e: Constant) -> Piece:
        return (str(e.shape), ATOM) if e.shape else super().constant(e)

    def arrangement(self, e: Call, r: Rearranged) -> Piece:
        return super().arrangement(e, r) if r.kind == "stretched" else (str(e.shape), ATOM)


def number(text: str) -> Piece:
    return text, PRODUCT if "/" in text or "*" in text else SIGN if text.startswith("-") else ATOM
