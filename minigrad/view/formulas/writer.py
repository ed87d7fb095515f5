"""What text and mathematics have in common: which parts are named, and where parentheses must stand."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping

from minigrad.view.formulas.expression import (
    Call,
    Constant,
    Expression,
    Name,
    definitions,
    inner_first,
)
from minigrad.view.formulas.typography import Rearranged, rearranged, without_new_axes

PHRASE, COMPARISON, OR, AND, SUM, SIGMA, PRODUCT, SIGN, POWER, ATOM = range(10)
"""How tightly a piece holds together. Comparisons, looser than & in Python, take parentheses there."""

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


class Writer(ABC):
    """Writes expressions, one piece of markup after the other.

    names   the user's words for the names
    """

    def __init__(self, names: Mapping[str, str] | None = None) -> None:
        self.names = names or {}
        self.named: dict[Expression, str] = {}

    def label(self, e: Name) -> str:
        return self.names.get(e.name, e.name)

    def clauses(self, expression: Expression) -> list[tuple[str, str]]:
        """What the parts are that are called by a name, which from now on is used for them.

        A word that the user has for something else is not used.
        """
        taken = {self.label(e) for e in inner_first(expression) if isinstance(e, Name)}
        taken |= {"g", "out", *self.names.values()}
        found = []
        for e in definitions(expression):
            r = rearranged(e)
            if e.label is not None and e.label not in taken and not (r and r.kind == "same"):
                found.append((e.label, self.piece(e)[0]))
                self.named[e] = e.label
        return found

    def body(self, e: Expression, literal: bool = False) -> str:
        """A `literal` one is shown even if it does nothing: x.reshape(3) of three elements, and not x."""
        if literal and isinstance(e, Call):
            r = rearranged(e)
            if r is not None and r.kind == "same":
                return self.call(e)[0]
        return self.piece(e)[0]

    def piece(self, e: Expression) -> Piece:
        if e in self.named:
            return self.part(e, self.named[e]), ATOM
        if isinstance(e, Name):
            return self.name(e)
        if isinstance(e, Constant):
            return self.constant(e)
        r = rearranged(e)
        if r is None:
            return self.call(e)
        return self.piece(r.arg) if r.kind == "same" else self.arrangement(e, r)

    def at_least(self, level: int, e: Expression) -> str:
        piece, own = self.piece(e)
        return piece if own >= level else self.fenced(piece, own)

    def operands(self, e: Call) -> tuple[Expression, ...]:
        """Those of an elementwise function, without the new axes in front that broadcasting gives them."""
        if len(e.args) != 2 or e.name == "matmul":
            return e.args
        x, y = e.args
        return (
            x if x in self.named else without_new_axes(x, y, e.shape),
            y if y in self.named else without_new_axes(y, x, e.shape),
        )

    @abstractmethod
    def part(self, e: Expression, label: str) -> str:
        """A part that has a name."""

    @abstractmethod
    def name(self, e: Name) -> Piece: ...

    @abstractmethod
    def constant(self, e: Constant) -> Piece: ...

    @abstractmethod
    def call(self, e: Call) -> Piece: ...

    @abstractmethod
    def arrangement(self, e: Call, r: Rearranged) -> Piece: ...

    @abstractmethod
    def fenced(self, piece: str, level: int) -> str: ...


def absent(e: Expression) -> bool:
    """Whether an optional input was left out."""
    return isinstance(e, Constant) and e.value is None
