"""An expression as MathML, which browsers draw without any script: fractions, powers, sums, transposes.

A product element by element is ⊙ between arrays and a dot between numbers; matrices stand side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import final

from minigrad.view.formulas import numbers
from minigrad.view.formulas.expression import Call, Constant, Expression, Name
from minigrad.view.formulas.indices import Indexed
from minigrad.view.formulas.markup import (
    fence,
    figure,
    index,
    said,
    separated,
    subscripted,
    symbol,
)
from minigrad.view.formulas.typography import Rearranged, given, parameter, subscript
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

SIGNS = {
    "+": "+", "-": "−", ">": "&gt;", ">=": "≥", "<": "&lt;", "<=": "≤", "==": "=",
    "!=": "≠", "&": "∧", "|": "∨",
}  # fmt: skip
FUNCTIONS = {
    "sigmoid": "σ",
    "relu": "ReLU",
    "gelu": "GELU",
    "elu": "ELU",
    "logsumexp": "log-sum-exp",
}
REDUCTIONS = {"mean", "max", "min", "prod", "var", "std", "logsumexp", "softmax", "log_softmax", "cumsum",
              "flip", "first_max", "first_min"}  # fmt: skip
SIDE_BY_SIDE = '<mo lspace="0" rspace="0">&#x2062;</mo><mspace width="0.17em"/>'


STYLE = """math { font-family: "STIX Two Math", "Cambria Math", "Latin Modern Math", "Libertinus Math",
  "DejaVu Math TeX Gyre", math; }"""
"""For the page: fonts whose parentheses and braces grow, where the reader has one."""


def math(rows: Sequence[tuple[str, str]], block: bool = True) -> str:
    """A formula, (left, right), and below it what its parts stand for."""
    (left, right), *others = rows
    display = ' display="block"' if block else ""
    if not others:
        return f"<math{display}><mrow>{left}<mo>=</mo>{right}</mrow></math>"
    rows = [
        (a if i != 1 else f"<mrow>{said('where ')}{a}</mrow>", b) for i, (a, b) in enumerate(rows)
    ]
    lines = [row(a, "<mo>=</mo>", b) for a, b in rows]
    return f'<math{display}><mtable displaystyle="true">{"".join(lines)}</mtable></math>'


def row(*cells: str) -> str:
    cells = tuple(
        f'<mtd style="text-align: left; padding: 0.1em 0.2em">{cell}</mtd>' for cell in cells
    )
    return f"<mtr>{''.join(cells)}</mtr>"


@final
class MathML(Writer):
    """Writes pieces of presentation MathML."""

    def whole(
        self, expression: Expression, left: str, remark: str = "", literal: bool = False
    ) -> str:
        """The equation, with what it says under names of its own in lines below it."""
        clauses = [(symbol(label), markup) for label, markup in self.clauses(expression)]
        body = self.body(expression, literal) + (said(remark) if remark else "")
        return math([(symbol(left), f"<mrow>{body}</mrow>" if remark else body), *clauses])

    def element(self, found: Indexed, left: str) -> str:
        """The equation in index notation."""
        body = self.body(found.body)
        for x in found.framed:
            name = symbol(self.label(Name(x, ())))
            body += said(", where ") + name + said(" is 0 outside")
        return math([(symbol(left, found.indices), body)])

    def part(self, e: Expression, label: str) -> str:
        return symbol(label)

    def name(self, e: Name) -> Piece:
        label = self.label(e)
        return symbol(label, e.indices), SIGN if "/" in label else ATOM

    def constant(self, e: Constant) -> Piece:
        if e.shape:
            return said(f"array {e.shape}"), ATOM
        return figure(numbers.constant(e.value).removesuffix(".0"))

    def call(self, e: Call) -> Piece:
        if e.name in INFIX and len(e.args) == 2:
            return self.infix(e)
        first, *others = e.args or (Constant(None),)
        if e.name == "neg":
            return f"<mrow><mo>−</mo>{self.at_least(PRODUCT, first)}</mrow>", SIGN
        if e.name == "pow":
            return self.power(first, others[0])
        if e.name == "sqrt":
            return f"<msqrt>{self.piece(first)[0]}</msqrt>", ATOM
        if e.name in ("abs", "norm") and not given(e):
            bar = "|" if e.name == "abs" else "‖"
            side = f'<mo stretchy="false">{bar}</mo>'
            return f"<mrow>{side}{self.piece(first)[0]}{side}</mrow>", ATOM
        if (
            e.name == "exp"
            and (inside := self.piece(first)[0]).count("<m") < 12
            and "mfrac" not in inside
        ):
            return f"<msup><mi>e</mi>{inside}</msup>", POWER
        if e.name == "log1p":
            return (
                f"<mrow><mi>log</mi>{fence('<mn>1</mn><mo>+</mo>' + self.at_least(SUM, first))}</mrow>",
                ATOM,
            )
        if e.name == "expm1":
            power = f"<msup><mi>e</mi>{self.piece(first)[0]}</msup>"
            return f"<mrow>{power}<mo>−</mo><mn>1</mn></mrow>", SUM
        if e.name == "where":
            return self.cases(e)
        if e.name == "sum_over":
            under = f"<mrow>{separated(index(c) for c in e.params['letters'])}</mrow>"
            return (
                f"<mrow><munder><mo>∑</mo>{under}</munder>{self.at_least(PRODUCT, first)}</mrow>",
                SIGMA,
            )
        if e.name == "element_of":
            return subscripted(self.at_least(ATOM, first), e.params["indices"]), ATOM
        if e.name == "getitem":
            place = said(f"[{subscript(e.params['index'])}]")
            return f"<msub>{self.at_least(ATOM, first)}{place}</msub>", ATOM
        if e.name == "scatter":
            place = said(f" added into zeros {e.shape} at [{subscript(e.params['index'])}]")
            return f"<mrow>{self.at_least(ATOM, first)}{place}</mrow>", PHRASE
        if e.name == "astype":
            return (
                f"<msub>{self.at_least(ATOM, first)}{said(parameter(e.params['dtype']))}</msub>",
                ATOM,
            )
        return self.function(e)

    def function(self, e: Call) -> Piece:
        params = given(e)
        params.pop("keepdims", None)  # whether a side of 1 is left: of that the shapes say more
        head = f"<mi>{FUNCTIONS.get(e.name, escape(e.name.replace('_', '-')))}</mi>"
        if e.name == "sum":
            head = "<mo>∑</mo>"
        if "axis" in params and (e.name in REDUCTIONS or e.name == "sum"):
            axis = params.pop("axis")
            word = "axes " if isinstance(axis, tuple) else "axis "
            head = f"<munder>{head}{said(word + parameter(axis).strip('()'))}</munder>"
        if e.name == "sum":
            return f"<mrow>{head}{self.at_least(PRODUCT, e.args[0])}</mrow>", SIGMA
        inside = [self.piece(a)[0] for a in e.args if not absent(a)]
        if params:
            told = ", ".join(
                f"{name.replace('_', ' ')} {parameter(v)}" for name, v in params.items()
            )
            head = f"<msub>{head}{said(told)}</msub>"
        return f"<mrow>{head}<mo>&#x2061;</mo>{fence(separated(inside))}</mrow>", ATOM

    def infix(self, e: Call) -> Piece:
        sign, level = INFIX[e.name]
        x, y = self.operands(e)
        if e.name == "div":
            return self.fraction(x, y)
        if e.name == "mul" and alike(x, y):
            return f"<msup>{self.at_least(ATOM, x)}<mn>2</mn></msup>", POWER
        least = SIGN if level in (AND, OR) else level
        left = self.at_least(least + (level == COMPARISON), x)
        right = self.at_least(least + (least == level), y)
        if right.startswith("<mrow><mo>−") and level in (SUM, PRODUCT):
            right = fence(right)
        if e.name == "matmul":
            return f"<mrow>{left}{SIDE_BY_SIDE}{right}</mrow>", level
        between = times(x, y) if sign == "*" else f"<mo>{SIGNS[sign]}</mo>"
        return f"<mrow>{left}{between}{right}</mrow>", level

    def fraction(self, x: Expression, y: Expression) -> Piece:
        """With a slash instead of a bar if there would be a fraction in a fraction."""
        top, bottom = self.piece(x)[0], self.piece(y)[0]
        if "<mfrac" not in top + bottom:
            return f"<mfrac>{top}{bottom}</mfrac>", SIGN
        return (
            f"<mrow>{self.at_least(PRODUCT, x)}<mo>/</mo>{self.at_least(SIGN, y)}</mrow>",
            PRODUCT,
        )

    def power(self, base: Expression, exponent: Expression) -> Piece:
        root = (
            isinstance(exponent, Constant) and not exponent.shape and exponent.value in (0.5, -0.5)
        )
        if root and isinstance(exponent, Constant):
            radical = f"<msqrt>{self.piece(base)[0]}</msqrt>"
            return (
                (radical, ATOM)
                if exponent.value > 0
                else (f"<mfrac><mn>1</mn>{radical}</mfrac>", SIGN)
            )
        return f"<msup>{self.at_least(ATOM, base)}{self.piece(exponent)[0]}</msup>", POWER

    def cases(self, e: Call) -> Piece:
        condition, yes, no = (self.piece(a)[0] for a in e.args)
        rows = row(yes, said("if ") + condition) + row(no, said("otherwise"))
        brace = '<mo form="prefix" stretchy="true">{</mo>'
        return f"<mrow>{brace}<mtable>{rows}</mtable></mrow>", PHRASE

    def arrangement(self, e: Call, r: Rearranged) -> Piece:
        arg = self.at_least(ATOM, r.arg)
        if r.kind == "stretched":
            return f"<mrow>{arg}{said(f' stretched to {e.shape}')}</mrow>", PHRASE
        if r.kind in ("transposed", "mT"):
            return f"<msup>{arg}<mo>⊤</mo></msup>", ATOM
        axes = f"axes {', '.join(map(str, r.axes))}" if r.kind == "permuted" else str(e.shape)
        return f"<msub>{arg}{said(axes)}</msub>", ATOM

    def fenced(self, piece: str, level: int) -> str:
        """A comparison counts as 1 where it holds and as 0 elsewhere: Iverson's brackets."""
        return fence(piece, "[]") if COMPARISON <= level <= AND else fence(piece)


def times(x: Expression, y: Expression) -> str:
    """How a product is written: ⊙ for arrays, a dot for numbers; elements stand side by side."""
    if all(isinstance(e, Name) and e.indices for e in (x, y)):
        return SIDE_BY_SIDE
    return f"<mo>{'⊙' if x.shape and y.shape else '⋅'}</mo>"


def alike(x: Expression, y: Expression) -> bool:
    if isinstance(x, Name) and isinstance(y, Name):
        return x.name == y.name and x.indices == y.indices
    return x is y


def words(text: str) -> str:
    """A sentence that stands where a formula would."""
    return f'<math display="block"><mtext>{escape(text)}</mtext></math>'
