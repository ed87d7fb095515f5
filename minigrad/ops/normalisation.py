"""Normalisation to mean 0 and variance 1, then a scale gamma and a shift beta."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from minigrad.domain import DISTINCT, Case, Draw, Reject
from minigrad.errors import ParameterError, ShapeError
from minigrad.op import fused
from minigrad.operators import plain
from minigrad.ops.axes import ones
from minigrad.typing import Array

# ---- over the batch ----


class BatchStatistics(NamedTuple):
    """The mean and variance of each channel of a batch, from which `batch_norm` continues.

    mean, var   (C,), the variance biased
    centred     x - mean, as a matrix (C, the rest)
    """

    mean: Array
    var: Array
    centred: Array


def batch_statistics(x) -> BatchStatistics:
    """Mean and variance of each channel of x over the batch (and space), as plain arrays.

    For a layer that keeps running averages: it computes them here and gives them to
    `batch_norm(..., statistics=...)`, which then does not compute them again.
    """
    z = channels_by_rest(np.asarray(plain(x)))
    n = z.shape[1]
    mean = row_sums(z) / n
    centred = z - mean[:, np.newaxis]
    return BatchStatistics(mean, np.vecdot(centred, centred) / n, centred)


def centre(x, axes, eps):
    """x minus its mean over `axes`, and 1 / its standard deviation."""
    centred = x - x.mean(axis=axes, keepdims=True)
    return centred, ((centred * centred).mean(axis=axes, keepdims=True) + eps) ** -0.5


def batch_norm_definition(x, gamma, beta, *, eps=1e-5, statistics=None):
    axes = batch_axes(x)
    centred = x - x.mean(axis=axes, keepdims=True)
    variance = (centred * centred).mean(axis=axes, keepdims=True)
    return per_channel(gamma, x) * centred / (variance + eps) ** 0.5 + per_channel(beta, x)


def batch_norm_cases(draw: Draw) -> Case:
    n, c = draw.side(2, 4), draw.side(1, 3)
    space = tuple(draw.side(1, 3) for _ in range(draw.integer(0, 2)))
    x = draw.array((n, c, *space), DISTINCT)
    return Case((x, draw.array((c,)), draw.array((c,))), {"eps": draw.choice((1e-5, 1e-3))})


@fused(
    batch_norm_definition,
    cases=batch_norm_cases,
    rejects=[
        Reject(
            ShapeError,
            r"gamma must be \(C,\) = \(3,\)\n  x: \(2, 3\)   gamma: \(2,\)",
            (np.ones((2, 3)), np.ones(2), np.ones(3)),
        ),
        Reject(
            ShapeError,
            r"beta must be \(C,\) = \(3,\)",
            (np.ones((2, 3)), np.ones(3), np.ones((1, 3))),
        ),
        Reject(ShapeError, r"x must be \(N, C\)", (np.ones(3), np.ones(3), np.ones(3))),
        Reject(
            ShapeError,
            "more than one value per channel, and there is 1[\\s\\S]*evaluation",
            (np.ones((1, 3)), np.ones(3), np.ones(3)),
        ),
        Reject(
            ParameterError,
            "eps=-1 must not be negative",
            (np.ones((2, 3)), np.ones(3), np.ones(3)),
            {"eps": -1},
        ),
        Reject(
            ParameterError,
            "the statistics are of 12 elements, and x has 6",
            (np.ones((2, 3)), np.ones(3), np.ones(3)),
            {"statistics": BatchStatistics(np.zeros(3), np.zeros(3), np.zeros((3, 4)))},
        ),
    ],
)
def batch_norm(x, gamma, beta, *, eps=1e-5, statistics=None):
    """gamma * (x - mean) / sqrt(var + eps) + beta, with mean and var over all axes but the channels'.

    x (N, C), (N, C, L) or (N, C, H, W), gamma and beta (C,) -> the shape of x. The gradient includes the
    paths through mean and var. Raises `ShapeError` if a channel has a single value: it has no variance.

    `statistics` is `batch_statistics(x)`, if the caller has it already. It is not an input: the result and
    the gradients are the same without it. A layer in training mode calls

        statistics = batch_statistics(x)
        out = batch_norm(x, gamma, beta, eps=eps, statistics=statistics)

    and updates its running averages from `statistics.mean` and `statistics.var`. The unbiased variance is
    n / (n - 1) times `statistics.var`. In evaluation the layer calls `batch_norm_by`.

    Ioffe and Szegedy, "Batch normalization", 2015, algorithm 1 and its gradient in section 3.
    """
    check_batch_norm(np.shape(x), np.shape(gamma), np.shape(beta), eps)
    _, var, centred = batch_statistics(x) if statistics is None else statistics
    if centred.size != x.size:
        raise ParameterError(
            f"batch_norm: the statistics are of {centred.size} elements, and x has {x.size}: "
            "give statistics=batch_statistics(x) of the same x"
        )
    inverse = 1 / np.sqrt(var + eps)
    scale = (gamma * inverse)[:, np.newaxis]
    out = centred * scale
    out = np.add(out, beta[:, np.newaxis], out=out if out.dtype is beta.dtype else None)
    return like_channels(out, x), (centred, inverse, scale)


def batch_norm_vjp(g, saved, x, gamma, beta, eps, statistics):
    centred, inverse, scale = saved
    g = channels_by_rest(g)
    g_beta = row_sums(g)
    g_gamma = np.vecdot(g, centred) * inverse
    gx = centred * (g_gamma * inverse / -g.shape[1])[:, np.newaxis]
    gx += g
    gx -= (g_beta / g.shape[1])[:, np.newaxis]
    gx *= scale
    return like_channels(gx, x), g_gamma, g_beta


def batch_axes(x):
    """All axes but that of the channels."""
    return (0, *range(2, len(x.shape)))


def batch_norm_formula_x(g, out, x, gamma, beta, eps, statistics):
    axes = batch_axes(x)
    centred, inverse = centre(x, axes, eps)
    standard = centred * inverse
    along = (g * standard).mean(axis=axes, keepdims=True)
    scale = per_channel(gamma, x) * inverse
    return scale * (g - g.mean(axis=axes, keepdims=True) - standard * along)


def batch_norm_formula_gamma(g, out, x, gamma, beta, eps, statistics):
    axes = batch_axes(x)
    centred, inverse = centre(x, axes, eps)
    return (g * (centred * inverse)).sum(axis=axes)


batch_norm.vjp(
    batch_norm_vjp,
    joint=True,
    formulas=[
        batch_norm_formula_x,
        batch_norm_formula_gamma,
        lambda g, out, x, *_, **__: g.sum(axis=batch_axes(x)),
    ],
)


def batch_norm_by(mean, var, x, gamma, beta, *, eps=1e-5):
    """Batch normalisation with a given mean and variance (C,), as a layer does in evaluation.

    x * scale + shift, where scale = gamma / sqrt(var + eps) and shift = beta - mean * scale.
    """
    scale = gamma / np.sqrt(plain(var) + eps)
    shift = beta - plain(mean) * scale
    return x * per_channel(scale, x) + per_channel(shift, x)


def per_channel(v, x):
    """v (C,) in a shape that broadcasts against x (N, C, ...)."""
    return v.reshape(-1, *(1 for _ in x.shape[2:]))


def channels_by_rest(x):
    """x (N, C, ...) as a matrix (C, the rest); not a copy if memory runs C, H, W, N, or N, C."""
    if x.ndim == 2:
        return x.T
    first = x.transpose(*range(1, x.ndim), 0)
    return first.reshape(len(first), math.prod(first.shape[1:]))


def like_channels(z, x):
    """A matrix (C, the rest) in the shape of x (N, C, ...)."""
    if x.ndim == 2:
        return z.T
    first = z.reshape(*x.shape[1:], len(x))
    return first.transpose(x.ndim - 1, *range(x.ndim - 1))


def row_sums(z):
    """z.sum(axis=1)"""
    return z @ ones(z.shape[1], z.dtype)


def check_batch_norm(x, gamma, beta, eps):
    def refuse(what, needed=""):
        got = f"\n  x: {x}   gamma: {gamma}   beta: {beta}"
        raise ShapeError(f"batch_norm(x, gamma, beta): {what}{got}{needed}")

    if len(x) < 2:
        refuse("x must be (N, C) or (N, C, ...)")
    channels = x[1:2]
    if gamma != channels or beta != channels:
        name = "beta" if gamma == channels else "gamma"
        refuse(f"{name} must be (C,) = {channels}", "   the channels are axis 1 of x")
    n = x[0] * math.prod(x[2:])
    if n < 2:
        needed = "   needed: a larger batch, or evaluation mode"
        refuse(f"needs more than one value per channel, and there is {n}", needed)
    if eps < 0:
        raise ParameterError(f"batch_norm: eps={eps} must not be negative")


# ---- over the features of each example ----


def layer_norm_definition(x, gamma, beta, *, eps=1e-5):
    axes = feature_axes(gamma)
    centred = x - x.mean(axis=axes, keepdims=True)
    variance = (centred * centred).mean(axis=axes, keepdims=True)
    return gamma * centred / (variance + eps) ** 0.5 + beta


def layer_norm_cases(draw: Draw) -> Case:
    features = tuple(draw.side(2, 4) for _ in range(draw.integer(1, 2)))
    x = draw.array((*draw.shape(0, 2), *features), DISTINCT)
    gamma, beta = draw.array(features), draw.array(features)
    return Case((x, gamma, beta), {"eps": draw.choice((1e-5, 1e-3))})


@fused(
    layer_norm_definition,
    cases=layer_norm_cases,
    rejects=[
        Reject(
            ShapeError,
            r"the last axes of x must be those of gamma"
            r"\n  x: \(2, 3\)   gamma: \(2,\)   beta: \(2,\)",
            (np.ones((2, 3)), np.ones(2), np.ones(2)),
        ),
        Reject(
            ShapeError,
            "the same shape as beta",
            (np.ones((2, 3)), np.ones(3), np.ones((2, 3))),
        ),
        Reject(ShapeError, "no features", (np.ones((2, 0)), np.ones(0), np.ones(0))),
        Reject(ShapeError, "no features", (np.ones(2), np.ones(()), np.ones(()))),
        Reject(
            ParameterError,
            "eps=-1 must not be negative",
            (np.ones((2, 3)), np.ones(3), np.ones(3)),
            {"eps": -1},
        ),
    ],
)
def layer_norm(x, gamma, beta, *, eps=1e-5):
    """gamma * (x - mean) / sqrt(var + eps) + beta, with mean and var over the axes that gamma has.

    x (..., *features), gamma and beta (*features) -> the shape of x.

    Ba, Kiros and Hinton, "Layer normalization", 2016.
    """
    check_layer_norm(np.shape(x), np.shape(gamma), np.shape(beta), eps)
    rows = examples_by_features(x, gamma)
    standard = rows - rows.mean(axis=1, keepdims=True)
    inverse = 1 / np.sqrt(np.square(standard).mean(axis=1, keepdims=True) + eps)
    standard *= inverse
    out = np.multiply(standard, gamma.ravel(), dtype=np.result_type(standard, gamma, beta))
    out += beta.ravel()
    return out.reshape(x.shape), (standard, inverse)


def layer_norm_vjp(g, saved, x, gamma, beta, eps):
    standard, inverse = saved
    g = examples_by_features(g, gamma)
    product = g * standard
    g_gamma, g_beta = product.sum(axis=0), g.sum(axis=0)
    gx = g * gamma.ravel()
    along = np.multiply(gx, standard, out=product).mean(axis=1, keepdims=True)
    gx -= gx.mean(axis=1, keepdims=True)
    gx -= np.multiply(standard, along, out=product)
    gx *= inverse
    return gx.reshape(x.shape), g_gamma.reshape(gamma.shape), g_beta.reshape(gamma.shape)


def feature_axes(gamma):
    """The last axes, those of the features."""
    return tuple(range(-len(gamma.shape), 0))


def layer_norm_formula_x(g, out, x, gamma, beta, eps):
    axes = feature_axes(gamma)
    centred, inverse = centre(x, axes, eps)
    standard, scaled = centred * inverse, g * gamma
    along = (scaled * standard).mean(axis=axes, keepdims=True)
    return inverse * (scaled - scaled.mean(axis=axes, keepdims=True) - standard * along)


def layer_norm_formula_gamma(g, out, x, gamma, beta, eps):
    centred, inverse = centre(x, feature_axes(gamma), eps)
    return (g * (centred * inverse)).sum(axis=examples(x, gamma))


def examples(x, gamma):
    """The axes that are not axes of the features."""
    return tuple(range(len(x.shape) - len(gamma.shape)))


layer_norm.vjp(
    layer_norm_vjp,
    joint=True,
    formulas=[
        layer_norm_formula_x,
        layer_norm_formula_gamma,
        lambda g, out, x, gamma, beta, eps: g.sum(axis=examples(x, gamma)),
    ],
)


def examples_by_features(x, gamma):
    return x.reshape(math.prod(x.shape[: x.ndim - gamma.ndim]), gamma.size)


def check_layer_norm(x, gamma, beta, eps):
    got = f"\n  x: {x}   gamma: {gamma}   beta: {beta}"
    if gamma != beta:
        raise ShapeError(f"layer_norm(x, gamma, beta): gamma must have the same shape as beta{got}")
    if not math.prod(gamma) or not gamma:
        raise ShapeError(f"layer_norm(x, gamma, beta): no features to take the mean of{got}")
    if x[len(x) - len(gamma) :] != gamma or len(x) < len(gamma):
        raise ShapeError(
            f"layer_norm(x, gamma, beta): the last axes of x must be those of gamma{got}"
        )
    if eps < 0:
        raise ParameterError(f"layer_norm: eps={eps} must not be negative")
