"""Index notation: one element of the result, as sums and products of elements of the inputs.

Derived from the expression, so dX[i, j] = Σ_k dY[i, k] * W[j, k] is found in `g @ b.swapaxes(-1, -2)`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from minigrad.ops.linalg import parse
from minigrad.typing import Shape
from minigrad.view.formulas.expression import (
    Call,
    Constant,
    Expression,
    Name,
    inner_first,
    length,
)
from minigrad.view.formulas.typography import rearranged

Indices = tuple[str, ...]

ELEMENTWISE = {
    "add", "sub", "mul", "div", "neg", "pow", "exp", "log", "log1p", "expm1", "sqrt", "sin", "cos", "tanh",
    "sigmoid", "softplus", "erf", "where", "abs", "maximum", "minimum", "clip", "clone", "astype", "relu",
    "leaky_relu", "elu", "gelu", "dropout", "sign", "greater", "greater_equal", "less", "less_equal", "equal",
    "not_equal", "and", "or", "not",
}  # fmt: skip

LETTERS = "ijklmnpqrstuvwabcdefh"


def sum_over(x: Any, *, letters: Indices) -> Any:
    """A sum of elements: notation, and not to be evaluated."""
    raise NotImplementedError


def element_of(x: Any, *, indices: Indices) -> Any:
    """One element of what a function returns: notation, and not to be evaluated."""
    raise NotImplementedError


class Indexed(NamedTuple):
    """What one element of the result is.

    indices    of that element
    framed     the names that are taken to be 0 outside of themselves
    """

    indices: Indices
    body: Expression
    framed: tuple[str, ...] = ()


def indexed(expression: Expression, shape: Shape) -> Indexed | None:
    """One element of the expression, where `shape` is what broadcasting is undone to.

    None where that says no more than the expression itself: where all goes element by element, or where
    an op has no simple form in indices.
    """
    if length(expression) > LONGEST or 0 in expression.shape:
        return None
    notation = Notation(expression)
    try:
        indices, body = notation.top(expression, shape)
    except NoIndicesError:
        return None
    parts = list(inner_first(body))
    names = {e.indices for e in parts if isinstance(e, Name)}
    sums = sum(isinstance(e, Call) and e.name == "sum_over" for e in parts)
    if sums > 1 or (isinstance(body, Call) and body.name == "element_of"):
        return None
    if not sums and not names - {indices, ()} and (indices in names or not indices):
        return None
    return Indexed(indices, body, tuple(sorted(notation.framed)))


LONGEST = 25


class NoIndicesError(Exception):
    """This has no simple form in indices."""


class Notation:
    """Follows an element of the result back to the elements it is made of; each sum takes a new letter."""

    def __init__(self, expression: Expression):
        self.taken: set[str] = set()
        self.letters = iter(LETTERS)
        self.own = ""
        self.framed: set[str] = set()
        for e in inner_first(expression):
            if isinstance(e, Call) and e.name == "einsum" and e.shape == expression.shape:
                self.own = parse(e.params["subscripts"], len(e.args))[1]

    def new(self, wanted: str = "") -> str:
        letter = (
            wanted
            if wanted and wanted not in self.taken
            else next(c for c in self.letters if c not in self.taken)
        )
        self.taken.add(letter)
        return letter

    def top(self, e: Expression, shape: Shape) -> tuple[Indices, Expression]:
        """Where an input of `shape` had been stretched, the sum that undoes it is part of the formula."""
        own = self.own if len(self.own) == len(e.shape) else [""] * len(e.shape)
        new = len(e.shape) - len(shape)
        undone = [i < new or (shape[i - new] == 1 and n != 1) for i, n in enumerate(e.shape)]
        order = sorted(
            range(len(e.shape)), key=undone.__getitem__
        )  # i, j for the result, the others after
        wide = {i: "0" if e.shape[i] == 1 else self.new(own[i]) for i in order}
        body = self.at(e, tuple(wide[i] for i in range(len(e.shape))))
        indices = tuple("0" if undone[i] else wide[i] for i in range(new, len(e.shape)))
        return indices, total(body, tuple(wide[i] for i in order if undone[i] and wide[i] != "0"))

    def at(self, e: Expression, indices: Indices) -> Expression:
        """The element of e at these indices."""
        if isinstance(e, Name):
            return Name(e.name, (), indices)
        if isinstance(e, Constant):
            if e.shape:
                raise NoIndicesError
            return e
        r = rearranged(e)
        if r is None:
            return self.call(e, indices)
        if r.kind == "same":
            return self.at(r.arg, indices)
        if r.kind == "new axes":
            return self.at(r.arg, tuple(c for i, c in enumerate(indices) if i not in r.axes))
        if r.kind == "stretched":
            return self.at(r.arg, aligned(indices, r.arg.shape, e.shape))
        if r.kind == "reshaped":
            raise NoIndicesError
        places = sorted(range(len(r.axes)), key=lambda i: r.axes[i])
        return self.at(r.arg, tuple(indices[i] for i in places))

    def call(self, e: Call, indices: Indices) -> Expression:
        if e.name in ELEMENTWISE:
            args = tuple(self.at(a, aligned(indices, a.shape, e.shape)) for a in e.args)
            return Call(e.function, args, e.params, ())
        if e.name in SPECIAL:
            return SPECIAL[e.name](self, e, indices)
        if all(isinstance(a, Name | Constant) for a in e.args):
            return Call(element_of, (e,), {"indices": indices}, ())
        raise NoIndicesError

    # ---- the functions that have a form of their own ----

    def matmul(self, e: Call, indices: Indices) -> Expression:
        a, b = e.args
        k = "0" if a.shape[-1] == 1 else self.new()
        column = indices[-1:] if len(b.shape) > 1 else ()
        rest = indices[: len(indices) - len(column)]
        row = rest[-1:] if len(a.shape) > 1 else ()
        batch = rest[: len(rest) - len(row)]
        wide = e.shape[: len(batch)]
        left = aligned((*batch, *row, k), a.shape, (*wide, *a.shape[-1 - len(row) :]))
        right = aligned((*batch, k, *column), b.shape, (*wide, *b.shape[-1 - len(column) :]))
        return total(product([self.at(a, left), self.at(b, right)]), (k,))

    def sum(self, e: Call, indices: Indices) -> Expression:
        (x,) = e.args
        axes = reduced(len(x.shape), e.params["axis"])
        rest: Iterator[str] = iter(
            c for i, c in enumerate(indices) if not (e.params["keepdims"] and i in axes)
        )
        full = [
            ("0" if x.shape[i] == 1 else self.new()) if i in axes else next(rest)
            for i in range(len(x.shape))
        ]
        return total(self.at(x, tuple(full)), tuple(full[i] for i in axes))

    def mean(self, e: Call, indices: Indices) -> Expression:
        (x,) = e.args
        count = int(np.prod([x.shape[i] for i in reduced(len(x.shape), e.params["axis"])]))
        return Call(np.divide, (self.sum(e, indices), Constant(count)), {}, ())

    def einsum(self, e: Call, indices: Indices) -> Expression:
        inputs, output = parse(e.params["subscripts"], len(e.args))
        letters = dict(zip(output, indices))
        sides = {c: n for name, x in zip(inputs, e.args) for c, n in zip(name, x.shape)}
        summed = [c for c in sides if c not in letters]
        letters |= {c: "0" if sides[c] == 1 else self.new(c) for c in summed}
        factors = [self.at(x, tuple(letters[c] for c in name)) for x, name in zip(e.args, inputs)]
        return total(product(factors), tuple(letters[c] for c in summed))

    def getitem(self, e: Call, indices: Indices) -> Expression:
        (x,) = e.args
        index = e.params["index"]
        parts = list(index) if isinstance(index, tuple) else [index]
        if not all(p is None or p is Ellipsis or isinstance(p, int | slice) for p in parts):
            raise NoIndicesError
        used = sum(p is not None and p is not Ellipsis for p in parts)
        i = next((i for i, p in enumerate(parts) if p is Ellipsis), len(parts))
        parts[i : i + 1] = [slice(None)] * (len(x.shape) - used)
        rest, inner, axis = iter(indices), [], 0
        for p in parts:
            if p is None:
                next(rest)
                continue
            if isinstance(p, slice):
                start, _, step = p.indices(x.shape[axis])
                inner.append(plus(next(rest), start, step))
            else:
                inner.append(str(p % x.shape[axis]))
            axis += 1
        return self.at(x, tuple(inner))

    def sliding_windows(self, e: Call, indices: Indices) -> Expression:
        n, c, *places = indices
        (s, t), (d, f) = pair(e.params["stride"]), pair(e.params["dilation"])
        height = joined(times(s, places[0]), times(d, places[2]))
        width = joined(times(t, places[1]), times(f, places[3]))
        return self.at(e.args[0], (n, c, height, width))

    def pad(self, e: Call, indices: Indices) -> Expression:
        (x,) = e.args
        if e.params["value"] or not isinstance(x, Name):
            raise NoIndicesError
        self.framed.add(x.name)
        return self.at(
            x,
            tuple(plus(c, -before) for c, (before, _) in zip(indices, e.params["pad_width"])),
        )

    def one_hot(self, e: Call, indices: Indices) -> Expression:
        target = self.at(e.args[0], indices[:1])
        return Call(np.equal, (target, Constant(indices[1])), {}, ())


SPECIAL: dict[str, Callable[[Notation, Call, Indices], Expression]] = {
    "matmul": Notation.matmul,
    "sum": Notation.sum,
    "mean": Notation.mean,
    "einsum": Notation.einsum,
    "getitem": Notation.getitem,
    "sliding_windows": Notation.sliding_windows,
    "pad": Notation.pad,
    "one_hot": Notation.one_hot,
}


def aligned(indices: Indices, shape: Shape, wide: Shape) -> Indices:
    """The indices into an operand of `shape` that is stretched to `wide`: 0 where its side was 1."""
    own = len(wide) - len(shape)
    return tuple("0" if n == 1 != wide[own + i] else indices[own + i] for i, n in enumerate(shape))


def reduced(ndim: int, axis: Any) -> list[int]:
    axes = range(ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    return sorted(i % ndim for i in axes)


def product(factors: Sequence[Expression]) -> Expression:
    first, *others = factors
    for factor in others:
        first = Call(np.multiply, (first, factor), {}, ())
    return first


def total(body: Expression, letters: Indices) -> Expression:
    letters = tuple(c for c in letters if c != "0")  # of a single element there is no sum
    return Call(sum_over, (body,), {"letters": letters}, ()) if letters else body


# ---- sums of indices ----


def times(n: int, index: str) -> str:
    return "0" if index == "0" else index if n == 1 else f"{n}{index}"


def joined(i: str, j: str) -> str:
    return j if i == "0" else i if j == "0" else f"{i}+{j}"


def plus(index: str, n: int, step: int = 1) -> str:
    if step != 1:
        if not re.fullmatch("[a-z]", index):
            raise NoIndicesError
        index = f"{step}{index}" if step > 0 else f"-{'' if step == -1 else -step}{index}"
    if index.lstrip("-").isdigit():
        return str(int(index) + n)
    return (
        index if n == 0 else f"{n}{index}" if index.startswith("-") and n > 0 else f"{index}{n:+d}"
    )


def pair(value: Any) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else tuple(value)
