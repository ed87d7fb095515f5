"""Products of matrices, and Einstein sums of any number of arrays."""

from __future__ import annotations

import math

import numpy as np

from minigrad.domain import REAL, Case, Draw, Reject
from minigrad.errors import ParameterError, ShapeError
from minigrad.op import fused, op
from minigrad.ops.axes import ones
from minigrad.ops.shapes import broadcast_to


def matmul_cases(draw: Draw) -> Case:
    n, k, m = draw.side(), draw.side(), draw.side()
    left, right = draw.choice((((n, k), (k, m)), ((k,), (k,)), ((k,), (k, m)), ((n, k), (k,))))
    lead_left, lead_right = draw.broadcastable(2, max_ndim=2)
    if len(left) == 2:
        left = lead_left + left
    if len(right) == 2:
        right = lead_right + right
    return Case((draw.array(left), draw.array(right)))


@op(
    cases=matmul_cases,
    rejects=[
        Reject(
            ShapeError,
            r"a has 3 columns but b has 4 rows\n  a: \(2, 3\)   b: \(4, 5\)   needed",
            (np.ones((2, 3)), np.ones((4, 5))),
        ),
        Reject(ShapeError, "a 0-d array cannot", (np.ones((2, 3)), 2.0)),
        Reject(
            ShapeError,
            r"leading axes do not broadcast[\s\S]*a: \(2, 3, 4\)",
            (np.ones((2, 3, 4)), np.ones((3, 4, 5))),
        ),
    ],
    broadcasts=True,
)
def matmul(a, b):
    """The matrix product over the last two axes. Leading axes broadcast; vectors are as in numpy.

    (..., n, k) @ (..., k, m) -> (..., n, m)
    """
    try:
        return np.matmul(a, b)
    except ValueError as error:
        raise ShapeError(f"matmul(a, b): {format_mismatch(np.shape(a), np.shape(b))}") from error


def matmul_vjp_a(g, out, a, b):
    if b.ndim == 1:
        return expand(g, -1) * b
    if a.ndim == 1:
        return (expand(g, -2) @ T(b)).reshape(*g.shape[:-1], *a.shape)
    return g @ T(b)


def matmul_vjp_b(g, out, a, b):
    if a.ndim == 1:
        return expand(g, -2) * expand(a, -1) if b.ndim > 1 else g * a
    if b.ndim == 1:
        return (T(a) @ expand(g, -1)).reshape(*g.shape[:-1], *b.shape)
    return T(a) @ g


matmul.vjp(matmul_vjp_a, matmul_vjp_b)


def format_mismatch(a, b):
    """The reason for which matrices of these shapes cannot be multiplied."""
    got = f"\n  a: {a}   b: {b}   needed: a.shape[-1] == b.shape[{-2 if len(b) > 1 else -1}]"
    if not a or not b:
        return f"a 0-d array cannot be multiplied as a matrix; use *{got}"
    rows = b[-2] if len(b) > 1 else b[0]
    if a[-1] != rows:
        return f"a has {a[-1]} columns but b has {rows} rows{got}"
    return f"the leading axes do not broadcast\n  a: {a}   b: {b}"


def linear_cases(draw: Draw) -> Case:
    inside, outside = draw.side(), draw.side()
    x = draw.array((*draw.shape(0, 2), inside))
    bias = draw.array((outside,)) if draw.boolean() else None
    return Case((x, draw.array((outside, inside)), bias))


def linear_definition(x, weight, bias=None):
    out = x @ weight.swapaxes(0, 1)
    return out if bias is None else out + bias


@fused(
    linear_definition,
    cases=linear_cases,
    rejects=[
        Reject(
            ShapeError,
            r"x has 3 features but weight takes 4[\s\S]*x: \(2, 3\)   weight: \(5, 4\)",
            (np.ones((2, 3)), np.ones((5, 4)), np.ones(5)),
        ),
        Reject(ShapeError, r"bias: \(2,\)", (np.ones((2, 3)), np.ones((5, 3)), np.ones(2))),
        Reject(ShapeError, "weight must be", (np.ones((2, 3)), np.ones(3), None)),
    ],
)
def linear(x, weight, bias=None):
    """x @ weight.T + bias

    x (..., in), weight (out, in), bias (out,) or None -> (..., out)
    """
    check_linear(np.shape(x), np.shape(weight), None if bias is None else np.shape(bias))
    out = rows(x) @ weight.T
    if bias is not None:
        out = np.add(out, bias, out=out if out.dtype is bias.dtype else None)
    return (out if x.ndim == 2 else out.reshape(*x.shape[:-1], len(weight))), None


def linear_vjp_x(g, saved, x, weight, bias=None):
    """In the memory order of x, so that the next rule reads both arrays in one direction."""
    g, flat = rows(g), rows(x)
    gx = (weight.T @ g.T).T if flat.strides[0] < flat.strides[1] else g @ weight
    return gx.reshape(x.shape)


def linear_vjp_weight(g, saved, x, weight, bias=None):
    """In the memory order of weight, so that the optimiser reads both arrays in one direction."""
    g, x = rows(g), rows(x)
    gw = np.empty_like(weight, dtype=np.result_type(g, x))
    if gw.flags.f_contiguous:
        np.matmul(x.T, g, out=gw.T)
    else:
        np.matmul(g.T, x, out=gw)
    return gw


linear.vjp(
    linear_vjp_x,
    linear_vjp_weight,
    lambda g, saved, x, weight, bias=None: column_sums(rows(g)),
    formulas=[
        lambda g, out, x, weight, bias: g @ weight,
        lambda g, out, x, weight, bias: T(rows(g)) @ rows(x),
        lambda g, out, x, weight, bias: rows(g).sum(axis=0),
    ],
)


def check_linear(x, weight, bias):
    def refuse(what, needed=""):
        got = f"\n  x: {x}   weight: {weight}" + ("" if bias is None else f"   bias: {bias}")
        raise ShapeError(f"linear(x, weight, bias): {what}{got}{needed}")

    if len(weight) != 2:
        refuse("weight must be (out, in)")
    if not x or x[-1] != weight[1]:
        features = f"{x[-1]} features" if x else "no axes"
        needed = "   needed: x.shape[-1] == weight.shape[1]"
        refuse(f"x has {features} but weight takes {weight[1]}", needed)
    if bias is not None and bias != weight[:1]:
        refuse(f"bias must be (out,) = {weight[:1]}")


def rows(x):
    """x (..., n) as a matrix whose rows have n elements."""
    return x if x.ndim == 2 else x.reshape(math.prod(x.shape[:-1]), x.shape[-1])


def column_sums(z):
    """z.sum(axis=0)"""
    return ones(len(z), z.dtype) @ z


def einsum_cases(draw: Draw) -> Case:
    subscripts = draw.choice(
        (
            "ij,jk->ik",
            "i,i->",
            "i,j->ij",
            "bij,bjk->bik",
            "ij,kj,lk->il",
            "ij,j",
            "ij->ji",
            "ij,k->k",
            "ij->",
        )
    )
    sides = {letter: draw.side() for letter in "bijkl"}
    names = subscripts.split("->")[0].split(",")
    shapes = [tuple(sides[letter] for letter in name) for name in names]
    return Case(tuple(draw.array(shape, REAL) for shape in shapes), {"subscripts": subscripts})


@op(
    cases=einsum_cases,
    rejects=[
        Reject(ShapeError, r"x0: \(2, 3\)   x1: \(4, 5\)", (np.ones((2, 3)), np.ones((4, 5))),
               {"subscripts": "ij,jk->ik"}),
        Reject(ParameterError, "describes 1 operands, and 2 were given", (np.ones(2), np.ones(2)),
               {"subscripts": "i->i"}),
        Reject(ParameterError, "repeats a letter", (np.ones((2, 2)),), {"subscripts": "ii->i"}),
        Reject(ParameterError, "ellipsis", (np.ones((2, 2)),), {"subscripts": "...i->i"}),
    ],
)  # fmt: skip
def einsum(*xs, subscripts):
    """The sum of products that the subscripts describe: "ij,jk->ik" is the product of two matrices.

    Each operand has one letter for each axis, and no letter twice. Letters that are not in the result are
    summed over.
    """
    inputs, output = parse(subscripts, len(xs))
    check_sides(subscripts, inputs, xs)
    return np.einsum(f"{','.join(inputs)}->{output}", *xs, optimize=len(xs) > 1)


def check_sides(subscripts, inputs, xs):
    """Raise unless each letter has one length. numpy would broadcast a side of 1."""
    sides: dict[str, int] = {}
    for slot, (name, x) in enumerate(zip(inputs, xs)):
        for letter, n in zip(name, np.shape(x)):
            if sides.setdefault(letter, n) != n:
                raise ShapeError(
                    f"einsum({subscripts!r}): {letter} is {n} in x{slot}, and {sides[letter]} before"
                    f"\n  {'   '.join(f'x{i}: {np.shape(x)}' for i, x in enumerate(xs))}"
                )


def einsum_vjp(g, out, *xs, subscripts):
    inputs, output = parse(subscripts, len(xs))
    return [einsum_gradient(g, xs, inputs, output, i) for i in range(len(xs))]


einsum.vjp(einsum_vjp, joint=True)


def einsum_gradient(g, xs, inputs, output, i):
    """g times all other operands, summed to the letters of operand i.

    A letter that only operand i has was summed over, so the gradient is constant along its axis.
    """
    others = [name for j, name in enumerate(inputs) if j != i]
    letters = "".join(c for c in inputs[i] if c in output or any(c in name for name in others))
    arrays = [x for j, x in enumerate(xs) if j != i]
    g = einsum(g, *arrays, subscripts=f"{','.join([output, *others])}->{letters}")
    shape = xs[i].shape
    kept = tuple(n if c in letters else 1 for c, n in zip(inputs[i], shape))
    return broadcast_to(g.reshape(kept), shape=shape)


def parse(subscripts: str, count: int) -> tuple[list[str], str]:
    """The letters of each operand and of the result. Without an arrow, letters that occur once, sorted."""
    spec = subscripts.replace(" ", "")
    left, arrow, output = spec.partition("->")
    inputs = left.split(",")
    if "." in spec:
        raise ParameterError(
            f"einsum({subscripts!r}): an ellipsis is not supported; name every axis"
        )
    if len(inputs) != count:
        raise ParameterError(
            f"einsum({subscripts!r}): describes {len(inputs)} operands, and {count} were given"
        )
    if any(len(set(name)) < len(name) for name in [*inputs, output]):
        raise ParameterError(
            f"einsum({subscripts!r}): an operand repeats a letter; take the diagonal first, "
            "x[range(n), range(n)]"
        )
    if not arrow:
        output = "".join(sorted(c for c in set(left) - {","} if left.count(c) == 1))
    return inputs, output


def expand(x, axis):
    axis = axis % (len(x.shape) + 1)
    return x.reshape(*x.shape[:axis], 1, *x.shape[axis:])


def T(x):
    return x.swapaxes(-1, -2)
