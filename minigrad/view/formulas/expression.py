"""A formula as a tree: names, constants, and the functions that are applied to them.

A tree is made by reading a rule (`reading`), so it holds the very functions that the rule called, and
evaluating it gives what the rule gives.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from minigrad.typing import Shape


@final
@dataclass(frozen=True, eq=False)
class Name:
    """One of the arrays that a rule is given: "g", "out", or an input.

    indices    in index notation: which element of it
    """

    name: str
    shape: Shape
    indices: tuple[str, ...] = ()


@final
@dataclass(frozen=True, eq=False)
class Constant:
    """A number of the rule's, or an array that it computed by means that could not be followed."""

    value: Any

    @property
    def shape(self) -> Shape:
        return np.shape(self.value)


@final
@dataclass(frozen=True, eq=False)
class Call:
    """A function applied to arrays.

    function   an op, a numpy function of elements, or a function that is `minigrad.op.flat`
    params     all of them, those with the default value too
    shape      of the result
    label      the name of the local variable that the rule kept it in, if it did
    """

    function: Callable[..., Any]
    args: tuple[Expression, ...]
    params: Mapping[str, Any]
    shape: Shape
    label: str | None = None

    @property
    def name(self) -> str:
        """That of the function; those which numpy and the ops share have the op's name."""
        name: str = self.function.__name__
        return SYNONYMS.get(name, name)


Expression = Name | Constant | Call

SYNONYMS = {
    "subtract": "sub",
    "multiply": "mul",
    "divide": "div",
    "negative": "neg",
    "power": "pow",
    "absolute": "abs",
    "bitwise_and": "and",
    "logical_and": "and",
    "bitwise_or": "or",
    "logical_or": "or",
    "invert": "not",
    "logical_not": "not",
}

OPERATORS: dict[str, Callable[..., Any]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "neg": operator.neg,
    "pow": operator.pow,
    "matmul": operator.matmul,
}
"""What a rule writes as an operator is evaluated by that: numpy's own for arrays, Python's for numbers."""


def evaluate(expression: Expression, values: Mapping[str, Any]) -> Any:
    """The value of an expression, where `values` has an array, or a number, for each name.

    For the arrays that a rule was read at this is, bit for bit, what the rule returns.
    """
    known: dict[Expression, Any] = {}
    for e in inner_first(expression):
        if isinstance(e, Name):
            known[e] = values[e.name]
        elif isinstance(e, Constant):
            known[e] = e.value
        else:
            known[e] = OPERATORS.get(e.name, e.function)(*(known[a] for a in e.args), **e.params)
    return known[expression]


def inner_first(expression: Expression) -> Iterator[Expression]:
    """Each part of an expression once, what it is made of before it. Needs no recursion."""
    seen: set[Expression] = set()
    stack: list[tuple[Expression, bool]] = [(expression, False)]
    while stack:
        e, ready = stack.pop()
        if ready:
            yield e
        elif e not in seen:
            seen.add(e)
            stack.append((e, True))
            if isinstance(e, Call):
                stack.extend((a, False) for a in reversed(e.args))


def length(expression: Expression) -> int:
    """How many names, constants and calls there are when it is written out."""
    lengths: dict[Expression, int] = {}
    for e in inner_first(expression):
        lengths[e] = 1 + sum(lengths[a] for a in e.args) if isinstance(e, Call) else 1
    return lengths[expression]


def definitions(expression: Expression) -> list[Call]:
    """The parts that are said once under the name that the rule has for them: "where s = ...".

    Those that are used more than once; in a long formula, all but the shortest. In the order in which they
    are computed. A name that stands for two things stands for none.
    """
    uses: dict[Expression, int] = {}
    lengths: dict[Expression, int] = {}
    parts = list(inner_first(expression))
    for e in parts:
        lengths[e] = 1
        if isinstance(e, Call):
            lengths[e] += sum(lengths[a] for a in e.args)
            for a in e.args:
                uses[a] = uses.get(a, 0) + 1
    long = lengths[expression] > LONG
    found = [
        e
        for e in parts
        if isinstance(e, Call) and e.label is not None and e is not expression
        if uses[e] > 1 or (long and lengths[e] > 2)
    ]
    taken = [e.label for e in found] + [e.name for e in parts if isinstance(e, Name)]
    return [e for e in found if taken.count(e.label) == 1]


LONG = 4
