"""Initialisers: how the weights of a layer are drawn.

Each is a function `(shape, rng) -> array`; what else it takes, `functools.partial` can fix, as in
`Linear(4, 3, init=partial(normal, std=0.01), rng=rng)`. A weight has shape (out, in, *kernel_size), and

    fan_in = in * prod(kernel_size)      fan_out = out * prod(kernel_size)

count the numbers that one output is computed from, and the outputs that one input goes into. Numbers are
drawn in float64, so that layers of either precision start from the same weights.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import DTypeLike

from minigrad.errors import ParameterError, ShapeError
from minigrad.nn.parameter import Parameter
from minigrad.typing import Array, Shape

Initialiser = Callable[[Shape, np.random.Generator], Array]


def zeros(
    shape: Shape, rng: np.random.Generator | None = None, *, dtype: DTypeLike = np.float32
) -> Array:
    """0 everywhere; for weights, every unit of a layer then computes, and learns, the same."""
    return np.zeros(shape, dtype)


def normal(
    shape: Shape,
    rng: np.random.Generator,
    *,
    mean: float = 0.0,
    std: float = 1.0,
    dtype: DTypeLike = np.float32,
) -> Array:
    """N(mean, std^2)"""
    if std < 0:
        raise ParameterError(f"normal: std={std} must not be negative")
    return rng.normal(mean, std, shape).astype(dtype)


def uniform(
    shape: Shape,
    rng: np.random.Generator,
    *,
    low: float = 0.0,
    high: float = 1.0,
    dtype: DTypeLike = np.float32,
) -> Array:
    """U(low, high)"""
    if low > high:
        raise ParameterError(f"uniform: low={low} is greater than high={high}")
    return rng.uniform(low, high, shape).astype(dtype)


def xavier_uniform(
    shape: Shape, rng: np.random.Generator, *, gain: float = 1.0, dtype: DTypeLike = np.float32
) -> Array:
    """U(-d, d), d = gain * sqrt(6 / (fan_in + fan_out)): Glorot's, for tanh and its like.

    Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010,
    equation 16.
    """
    d = gain * math.sqrt(6 / sum(fans(shape)))
    return uniform(shape, rng, low=-d, high=d, dtype=dtype)


def xavier_normal(
    shape: Shape, rng: np.random.Generator, *, gain: float = 1.0, dtype: DTypeLike = np.float32
) -> Array:
    """N(0, std^2), std = gain * sqrt(2 / (fan_in + fan_out)): Glorot's, for tanh and its like.

    Glorot and Bengio, 2010, equation 12: a compromise between the variance of the activations, which
    wants 1 / fan_in, and that of the gradients, which wants 1 / fan_out.
    """
    std = gain * math.sqrt(2 / sum(fans(shape)))
    return normal(shape, rng, std=std, dtype=dtype)


def kaiming_uniform(
    shape: Shape,
    rng: np.random.Generator,
    *,
    a: float = 0.0,
    mode: str = "fan_in",
    dtype: DTypeLike = np.float32,
) -> Array:
    """U(-d, d), d = sqrt(6 / ((1 + a^2) fan)): He's, uniform; see `kaiming_normal`.

    With a = sqrt(5), d = 1 / sqrt(fan_in): what PyTorch's layers start from.
    """
    d = math.sqrt(6 / ((1 + a * a) * fan(shape, mode)))
    return uniform(shape, rng, low=-d, high=d, dtype=dtype)


def kaiming_normal(
    shape: Shape,
    rng: np.random.Generator,
    *,
    a: float = 0.0,
    mode: str = "fan_in",
    dtype: DTypeLike = np.float32,
) -> Array:
    """N(0, std^2), std = sqrt(2 / ((1 + a^2) fan)): He's, for ReLU.

    `a` is the slope of a leaky ReLU for negative numbers; a = 1 is no activation at all, std =
    1 / sqrt(fan). With `mode` "fan_in" the variance of the activations is kept from layer to layer,
    with "fan_out" that of the gradients.

    He et al., "Delving deep into rectifiers", 2015, equations 10, 14 and 15.
    """
    std = math.sqrt(2 / ((1 + a * a) * fan(shape, mode)))
    return normal(shape, rng, std=std, dtype=dtype)


def fans(shape: Shape) -> tuple[int, int]:
    """(fan_in, fan_out) of a weight of this shape."""
    if len(shape) < 2 or 0 in shape:
        raise ShapeError(
            f"the fans of shape {shape} are not defined: needed (out, in, *kernel_size), none of them 0"
        )
    window = math.prod(shape[2:])
    return shape[1] * window, shape[0] * window


def fan(shape: Shape, mode: str) -> int:
    fan_in, fan_out = fans(shape)
    try:
        return {"fan_in": fan_in, "fan_out": fan_out}[mode]
    except KeyError:
        raise ParameterError(f"mode={mode!r} is neither 'fan_in' nor 'fan_out'") from None


# ---- for the layers ----


def drawn(
    layer: str, init: Initialiser, shape: Shape, rng: np.random.Generator | None, dtype: DTypeLike
) -> Parameter:
    """A layer's weight, drawn by `init`."""
    weight = np.asarray(init(shape, generator(layer, rng)))
    if weight.shape != shape:
        raise ShapeError(f"{layer}: init returned shape {weight.shape}, and the weight has {shape}")
    return Parameter(weight, dtype=dtype)


def generator(layer: str, rng: np.random.Generator | None) -> np.random.Generator:
    """`rng`, if it is one: nothing is drawn from a global state."""
    if isinstance(rng, np.random.Generator):
        return rng
    raise TypeError(
        f"{layer} draws random numbers and was given rng={rng!r}: "
        "pass a generator, rng=np.random.default_rng(0)"
    )
