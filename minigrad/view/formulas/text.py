"""An expression as text: as a rule would be typed, with the parentheses that it needs and no others.

The text is Python but for one phrase, "g stretched to (2, 3)", so that it can be read back and tested.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import final

from minigrad.view.formulas import numbers
from minigrad.view.formulas.expression import (
    Call,
    Constant,
    Expression,
    Name,
    definitions,
    inner_first,
)
from minigrad.view.formulas.typography import (
    Rearranged,
    axes_as_index,
    given,
    parameter,
    rearranged,
    subscript,
    without_new_axes,
)

PHRASE, COMPARISON, OR, AND, SUM, PRODUCT, SIGN, POWER, ATOM = range(9)
"""How tightly a text holds together. Comparisons, looser than & in Python, take parentheses there."""

INFIX = {
    "add": ("+", SUM),
    "sub": ("-", SUM),
    "mul": ("*", PRODUCT),
    "div": ("/", PRODUCT),
    "matmul": ("@", PRODUCT),
    "greater": (">", COMPARISON),
    "greater_equal": (">=", COMPARISON),
    "less": ("<", COMPARISON),
    "less_equal": ("<=", COMPARISON),
    "equal": ("==", COMPARISON),
    "not_equal": ("!=", COMPARISON),
    "and": ("&", AND),
    "or": ("|", OR),
}

Piece = tuple[str, int]
Spelling = Callable[[Name], str]


def label_of(names: Mapping[str, str] | None) -> Spelling:
    return lambda e: e.name if names is None else names.get(e.name, e.name)


def text(expression: Expression, names: Mapping[str, str] | None = None) -> str:
    """The expression in the names of its user: `g * (1 - out**2)`, `g @ W1.T`."""
    return Printer(label_of(names)).whole(expression)


@final
class Printer:
    """Writes an expression, given how to spell a name.

    tight     2.0*3.0, as numbers are written
    scalars   of one element each, which have no arrangement
    shapes    the spelling of a name is its shape, and so is that of what a transpose makes of it
    """

    def __init__(
        self, spell: Spelling, *, tight: bool = False, scalars: bool = False, shapes: bool = False
    ) -> None:
        self.spell, self.tight, self.scalars, self.shapes = spell, tight, scalars, shapes
        self.named: dict[Expression, str] = {}

    def whole(self, expression: Expression, literal: bool = False) -> str:
        """What it says under names of its own comes behind a "where".

        A `literal` one is shown even if it does nothing: x.reshape(3) of three elements, and not x.
        """
        taken = {self.spell(e) for e in inner_first(expression) if isinstance(e, Name)}
        clauses = []
        for e in definitions(expression):
            if e.label is not None and e.label not in taken:
                clauses.append(f"{e.label} = {self.piece(e)[0]}")
                self.named[e] = str(e.shape) if self.shapes else e.label
        named = literal and isinstance(expression, Call) and idle(expression)
        body = (self.call if named else self.piece)(expression)[0]  # type: ignore[operator]
        return body + (f", where {', '.join(clauses)}" if clauses and not self.shapes else "")

    def piece(self, e: Expression) -> Piece:
        if e in self.named:
            return self.named[e], ATOM
        if isinstance(e, Name):
            return self.name(e)
        if isinstance(e, Constant):
            return self.constant(e)
        r = rearranged(e)
        if r is None:
            return self.call(e)
        if r.kind == "same" or self.scalars:
            return self.piece(r.arg)
        if self.shapes and r.kind != "stretched":
            return str(e.shape), ATOM
        return self.arrangement(e, r)

    def name(self, e: Name) -> Piece:
        spelled = self.spell(e)
        if self.shapes:
            return spelled, ATOM
        return spelled, PRODUCT if "/" in spelled else SIGN if spelled.startswith("-") else ATOM

    def constant(self, e: Constant) -> Piece:
        if e.shape and not (self.scalars or self.shapes):
            return f"array{e.shape}", ATOM
        if self.shapes and e.shape:
            return str(e.shape), ATOM
        number = numbers.constant(e.value)
        if "/" in number:
            return number, PRODUCT
        return number, SIGN if number.startswith("-") else ATOM

    def call(self, e: Call) -> Piece:
        if e.name in INFIX and len(e.args) == 2:
            return self.infix(e)
        if e.name == "neg":
            return f"-{self.at_least(POWER, e.args[0])}", SIGN
        if e.name == "not":
            return f"~{self.at_least(POWER, e.args[0])}", SIGN
        if e.name == "pow":
            base, exponent = self.at_least(ATOM, e.args[0]), self.at_least(POWER, e.args[1])
            return f"{base}**{exponent}", POWER
        if e.name == "getitem":
            return f"{self.at_least(ATOM, e.args[0])}[{subscript(e.params['index'])}]", ATOM
        if e.name == "astype":
            return f"{self.at_least(ATOM, e.args[0])}.astype({parameter(e.params['dtype'])})", ATOM
        inside = [self.piece(a)[0] for a in e.args if not absent(a)]
        if e.name in SEQUENCES:
            inside = [f"[{', '.join(inside)}]"]
        inside += [f"{name}={parameter(value)}" for name, value in given(e).items()]
        return f"{e.name}({', '.join(inside)})", ATOM

    def infix(self, e: Call) -> Piece:
        sign, level = INFIX[e.name]
        x, y = e.args
        if e.name != "matmul":
            x, y = self.bare(x, y, e), self.bare(y, x, e)
        least = SIGN if level in (AND, OR) else level
        left = self.at_least(least + (level == COMPARISON), x)
        right = self.at_least(least + 1, y)
        if right.startswith("-") and level in (SUM, PRODUCT):
            right = f"({right})"
        space = "" if self.tight and level == PRODUCT else " "
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

    def bare(self, x: Expression, other: Expression, e: Call) -> Expression:
        return x if x in self.named else without_new_axes(x, other, e.shape)

    def at_least(self, level: int, e: Expression) -> str:
        piece, own = self.piece(e)
        return piece if own >= level else f"({piece})"


SEQUENCES = {"stack", "concatenate"}


def absent(e: Expression) -> bool:
    """Whether an optional input was left out."""
    return isinstance(e, Constant) and e.value is None


def idle(e: Call) -> bool:
    r = rearranged(e)
    return r is not None and r.kind == "same"
