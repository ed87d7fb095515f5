"""Shapes: other arrangements of the same elements, joining of arrays, and indexing."""

from __future__ import annotations

import math
from types import EllipsisType
from typing import Any

import numpy as np

from minigrad.contributions import sum_to
from minigrad.domain import Case, Draw, Reject
from minigrad.errors import IndexingError, ParameterError, ShapeError
from minigrad.op import op
from minigrad.ops.axes import require_one_axis, some_axis

# ---- one array ----


def reshape_cases(draw: Draw) -> Case:
    shape = draw.shape()
    n = math.prod(shape)
    target = draw.choice(
        ((n,), (1, n), (n, 1), tuple(reversed(shape)), shape, (-1,) if n else (0,))
    )
    return Case((draw.array(shape),), {"shape": target})


@op(
    cases=reshape_cases,
    rejects=[
        Reject(
            ShapeError, r"cannot reshape[\s\S]*x: \(2, 3\)", (np.ones((2, 3)),), {"shape": (4, 2)}
        )
    ],
)
def reshape(x, *, shape):
    """The elements of x in row-major order, in another shape. One side may be -1: it is computed."""
    return np.reshape(x, shape)


reshape.vjp(lambda g, out, x, shape: g.reshape(x.shape))


def transpose_cases(draw: Draw) -> Case:
    shape = draw.shape()
    if draw.boolean():
        return Case((draw.array(shape),), {"axes": None})
    order = draw.generator().permutation(len(shape))
    axes = tuple(int(i) - (len(shape) if draw.boolean() else 0) for i in order)
    return Case((draw.array(shape),), {"axes": axes})


@op(
    cases=transpose_cases,
    rejects=[
        Reject(ShapeError, "axes don't match array", (np.ones((2, 3)),), {"axes": (0, 1, 2)}),
        Reject(ShapeError, "repeated axis", (np.ones((2, 3)),), {"axes": (1, 1)}),
    ],
)
def transpose(x, *, axes=None):
    """x with its axes in another order: axis i of the result is axis axes[i] of x. None reverses them."""
    if axes is not None and len(axes) != np.ndim(x):
        raise ShapeError(
            f"transpose(x, axes={axes}): axes don't match array: name each of the {np.ndim(x)} axes of "
            f"shape {np.shape(x)} once, or exchange two with swapaxes()"
        )
    return np.transpose(x, axes)


@transpose.vjp
def transpose_vjp(g, out, x, axes):
    if axes is None:
        return g.transpose()
    inverse = np.argsort([i % len(axes) for i in axes])
    return g.transpose(tuple(int(i) for i in inverse))


def swapaxes_cases(draw: Draw) -> Case:
    shape = draw.shape(1, 4)
    n = len(shape)
    return Case((draw.array(shape),), {"axis1": some_axis(draw, n), "axis2": some_axis(draw, n)})


@op(
    cases=swapaxes_cases,
    rejects=[Reject(ShapeError, "out of bounds", (np.ones((2, 3)),), {"axis1": 0, "axis2": 2})],
)
def swapaxes(x, *, axis1, axis2):
    """x with two axes exchanged."""
    return np.swapaxes(x, axis1, axis2)


swapaxes.vjp(lambda g, out, x, axis1, axis2: g.swapaxes(axis1, axis2))


def broadcast_cases(draw: Draw) -> Case:
    shape = draw.broadcastable(1)[0]
    target = tuple(draw.side() if n == 1 else n for n in shape)
    lead = tuple(draw.side(1, 3) for _ in range(draw.integer(0, 2)))
    return Case((draw.array(shape),), {"shape": lead + target})


@op(
    cases=broadcast_cases,
    rejects=[
        Reject(ShapeError, r"broadcast[\s\S]*x: \(2, 3\)", (np.ones((2, 3)),), {"shape": (3, 2)})
    ],
)
def broadcast_to(x, *, shape):
    """x repeated along new leading axes and along axes of side 1; a view, not a copy."""
    return np.broadcast_to(x, shape)


broadcast_to.vjp(lambda g, out, x, shape: sum_to(g, x.shape) if g.shape != x.shape else g)


def squeeze_cases(draw: Draw) -> Case:
    shape = tuple(draw.choice((1, 2, 3)) for _ in range(draw.integer(0, 3)))
    ones = [i for i, n in enumerate(shape) if n == 1]
    axis = draw.choice([None, tuple(ones), *ones, *(i - len(shape) for i in ones)])
    return Case((draw.array(shape),), {"axis": axis})


@op(
    cases=squeeze_cases,
    rejects=[Reject(ShapeError, "size not equal to one", (np.ones((2, 1)),), {"axis": 0})],
)
def squeeze(x, *, axis=None):
    """x without the axes of side 1 that `axis` names, or without all of them."""
    return np.squeeze(x, axis)


squeeze.vjp(lambda g, out, x, axis: g.reshape(x.shape))


def expand_dims_cases(draw: Draw) -> Case:
    shape = draw.shape()
    n = len(shape)
    return Case((draw.array(shape),), {"axis": draw.choice((0, -1, n, (0, n + 1), (-1, 0)))})


@op(
    cases=expand_dims_cases,
    rejects=[Reject(ShapeError, "axis 3 is out of bounds", (np.ones((2,)),), {"axis": 3})],
)
def expand_dims(x, *, axis):
    """x with new axes of side 1; `axis` names their positions in the result."""
    return np.expand_dims(x, axis)


expand_dims.vjp(lambda g, out, x, axis: g.reshape(x.shape))


def flip_cases(draw: Draw) -> Case:
    shape = draw.shape()
    return Case((draw.array(shape),), {"axis": draw.axis(len(shape))})


@op(
    cases=flip_cases,
    rejects=[Reject(ShapeError, "out of bounds", (np.ones((2, 3)),), {"axis": 2})],
)
def flip(x, *, axis=None):
    """The order along `axis` (an integer, a tuple, or None for all) reversed."""
    return np.flip(x, axis)


flip.vjp(lambda g, out, x, axis: flip(g, axis=axis))


def pad_cases(draw: Draw) -> Case:
    shape = draw.shape()
    widths = tuple((draw.integer(0, 2), draw.integer(0, 2)) for _ in shape)
    return Case((draw.array(shape),), {"pad_width": widths, "value": draw.choice((0.0, -1.5))})


@op(
    cases=pad_cases,
    rejects=[
        Reject(
            ParameterError,
            r"a pair \(before, after\) for each of the 2 axes",
            (np.ones((2, 3)),),
            {"pad_width": ((1, 1),)},
        ),
        Reject(ParameterError, "negative", (np.ones(2),), {"pad_width": ((-1, 0),)}),
    ],
)
def pad(x, *, pad_width, value=0.0):
    """x within a frame of `value`; `pad_width` has a pair (before, after) for each axis."""
    if np.shape(pad_width) != ((np.ndim(x), 2) if np.ndim(x) else (0,)):
        raise ParameterError(
            f"pad(x, pad_width={pad_width!r}): needs a pair (before, after) for each of the "
            f"{np.ndim(x)} axes of shape {np.shape(x)}"
        )
    if np.ndim(x) and np.min(pad_width) < 0:
        raise ParameterError(
            f"pad(x, pad_width={pad_width!r}): a width is negative; crop with x[a:b]"
        )
    return np.pad(x, pad_width, constant_values=value) if np.ndim(x) else np.array(x)


@pad.vjp
def pad_vjp(g, out, x, pad_width, value):
    return g[tuple(slice(a, a + n) for (a, _), n in zip(pad_width, x.shape))]


# ---- several arrays ----


def concatenate_cases(draw: Draw) -> Case:
    shape = draw.shape(1, 3)
    axis = some_axis(draw, len(shape))
    parts = []
    for _ in range(draw.integer(1, 3)):
        sides = list(shape)
        sides[axis] = draw.integer(0, 3)
        parts.append(draw.array(tuple(sides)))
    return Case(tuple(parts), {"axis": axis})


@op(
    cases=concatenate_cases,
    rejects=[
        Reject(ShapeError, r"x0: \(2, 3\)   x1: \(2, 4\)", (np.ones((2, 3)), np.ones((2, 4)))),
        Reject(ShapeError, "at least one array", ()),
    ],
)
def concatenate(*xs, axis=0):
    """The arrays joined along `axis`: `concatenate([a, b])`."""
    require_one_axis(axis, "concatenate")
    if not xs:
        raise ShapeError("concatenate([]): needs at least one array")
    return np.concatenate(xs, axis)


def concatenate_vjp(g, out, *xs, axis):
    ends = np.cumsum([x.shape[axis] for x in xs])
    along = (slice(None),) * (axis % len(g.shape))
    return [g[(*along, slice(int(end) - x.shape[axis], int(end)))] for x, end in zip(xs, ends)]


concatenate.vjp(concatenate_vjp, joint=True)


def stack_cases(draw: Draw) -> Case:
    shape = draw.shape()
    parts = tuple(draw.array(shape) for _ in range(draw.integer(1, 3)))
    return Case(parts, {"axis": some_axis(draw, len(shape) + 1)})


@op(
    cases=stack_cases,
    rejects=[
        Reject(ShapeError, r"same shape[\s\S]*x0: \(2,\)   x1: \(3,\)", (np.ones(2), np.ones(3)))
    ],
)
def stack(*xs, axis=0):
    """The arrays, all of one shape, joined along a new axis: `stack([a, b])`."""
    return np.stack(xs, axis)


def stack_vjp(g, out, *xs, axis):
    along = (slice(None),) * (axis % len(g.shape))
    return [g[(*along, i)] for i in range(len(xs))]


stack.vjp(stack_vjp, joint=True)


# ---- indexing ----


def index_cases(draw: Draw) -> Case:
    rng = draw.generator()
    a, b, c = draw.side(2), draw.side(1), draw.side(1)
    index: Any = draw.choice(
        (
            0,
            -1,
            slice(None, None, 2),
            slice(None, None, -1),
            (slice(1, None), None, -1),
            (..., 0),
            (0, ..., None),
            rng.integers(-a, a, 5),  # five indices of at most four rows: some are equal
            (rng.integers(0, a, (2, 3)), slice(None), rng.integers(0, c, (2, 3))),
            (rng.integers(0, a, (4, 1)), rng.integers(0, b, 3)),
            rng.random((a, b, c)) < 0.5,
            rng.random(a) < 0.5,
            (slice(None), rng.random(b) < 0.5, 0),
            [0, 0, 1],
            (),
        )
    )
    return Case((draw.array((a, b, c)),), {"index": index})


@op(
    cases=index_cases,
    rejects=[
        Reject(
            IndexingError,
            r"index 5 is out of bounds[\s\S]*x: \(2, 3\)",
            (np.ones((2, 3)),),
            {"index": 5},
        ),
        Reject(IndexingError, "too many indices", (np.ones(3),), {"index": (0, 0)}),
        Reject(IndexingError, "only integers, slices", (np.ones(3),), {"index": 0.5}),
    ],
)
def getitem(x, *, index):
    """x[index], with every kind of index that numpy has."""
    return np.asarray(x)[index]


def scatter_cases(draw: Draw) -> Case:
    case = index_cases(draw)
    x, index = case.inputs[0], case.params["index"]
    return Case((draw.array(x[index].shape),), {"index": index, "shape": x.shape})


@op(
    cases=scatter_cases,
    rejects=[
        Reject(IndexingError, "out of bounds", (np.ones(()),), {"index": 5, "shape": (3,)}),
        Reject(ShapeError, "broadcast", (np.ones(2),), {"index": slice(None), "shape": (3,)}),
    ],
)
def scatter(x, *, index, shape):
    """Zeros of `shape` with x added at [index]; an element that the index names twice is added to twice.

    The transpose of `getitem`.
    """
    x = np.asarray(x)
    out = np.zeros(shape, x.dtype)
    if may_repeat(index):
        np.add.at(out, index, x)
    else:
        out[index] = x
    return out


getitem.vjp(lambda g, out, x, index: scatter(g, index=index, shape=x.shape))

scatter.vjp(lambda g, out, x, index, shape: g[index])


def may_repeat(index):
    """Whether an index can name one element twice: any kind but integers, slices and masks can."""
    parts = index if isinstance(index, tuple) else (index,)
    others = (i for i in parts if not isinstance(i, int | np.integer | slice | EllipsisType | None))
    return any(np.asarray(i).dtype != bool for i in others)
