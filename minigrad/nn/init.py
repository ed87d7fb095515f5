"""Initialisers: functions that draw the weights of a layer.

Each is a function `(shape, rng) -> array`, where `rng` is a generator or a seed. `functools.partial` fixes
its other parameters, as in `Linear(4, 3, init=partial(normal, std=0.01), rng=rng)`. A weight has shape
(out, in, *kernel_size), and

    fan_in = in * prod(kernel_size)      fan_out = out * prod(kernel_size)

are the number of inputs of one output, and the number of outputs to which one input contributes. Numbers
are drawn in float64, so that layers of either precision start from the same weights.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import DTypeLike

from minigrad.errors import ParameterError, ShapeError
from minigrad.generators import Rng, require_generator
from minigrad.nn.parameter import Parameter
from minigrad.typing import Array, Shape

Initialiser = Callable[[Shape, np.random.Generator], Array]


def zeros(shape: Shape, rng: Rng | None = None, *, dtype: DTypeLike = np.float32) -> Array:
    """0 everywhere. With weights of 0, all units of a layer compute and learn the same."""
    return np.zeros(shape, dtype)


def normal(
    shape: Shape,
    rng: Rng,
    *,
    mean: float = 0.0,
    std: float = 1.0,
    dtype: DTypeLike = np.float32,
) -> Array:
    """N(mean, std^2)"""
    if std < 0:
        raise ParameterError(f"normal: std={std} must not be negative")
    return require_generator("normal", rng).normal(mean, std, shape).astype(dtype)


def uniform(
    shape: Shape,
    rng: Rng,
    *,
    low: float = 0.0,
    high: float = 1.0,
    dtype: DTypeLike = np.float32,
) -> Array:
    """U(low, high)"""
    if low > high:
        raise ParameterError(f"uniform: low={low} is greater than high={high}")
    return require_generator("uniform", rng).uniform(low, high, shape).astype(dtype)


def xavier_uniform(
    shape: Shape, rng: Rng, *, gain: float = 1.0, dtype: DTypeLike = np.float32
) -> Array:
    """U(-d, d), d = gain * sqrt(6 / (fan_in + fan_out)): Glorot's, for tanh and similar activations.

    Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010,
    equation 16.
    """
    d = gain * math.sqrt(6 / sum(fans(shape)))
    return uniform(shape, rng, low=-d, high=d, dtype=dtype)


def xavier_normal(
    shape: Shape, rng: Rng, *, gain: float = 1.0, dtype: DTypeLike = np.float32
) -> Array:
    """N(0, std^2), std = gain * sqrt(2 / (fan_in + fan_out)): Glorot's, for tanh and similar activations.

    Glorot and Bengio, 2010, equation 12. It is a compromise: a variance of 1 / fan_in would keep the
    variance of the activations, and 1 / fan_out that of the gradients.
    """
    std = gain * math.sqrt(2 / sum(fans(shape)))
    return normal(shape, rng, std=std, dtype=dtype)


def kaiming_uniform(
    shape: Shape,
    rng: Rng,
    *,
    a: float = 0.0,
    mode: str = "fan_in",
    dtype: DTypeLike = np.float32,
) -> Array:
    """U(-d, d), d = sqrt(6 / ((1 + a^2) fan)): He's, uniform; see `kaiming_normal`.

    With a = sqrt(5), d = 1 / sqrt(fan_in), as in PyTorch's layers.
    """
    d = math.sqrt(6 / ((1 + a * a) * fan(shape, mode)))
    return uniform(shape, rng, low=-d, high=d, dtype=dtype)


def kaiming_normal(
    shape: Shape,
    rng: Rng,
    *,
    a: float = 0.0,
    mode: str = "fan_in",
    dtype: DTypeLike = np.float32,
) -> Array:
    """N(0, std^2), std = sqrt(2 / ((1 + a^2) fan)): He's, for ReLU.

    `a` is the slope of a leaky ReLU for negative numbers. Without an activation, a = 1 and
    std = 1 / sqrt(fan). `mode` "fan_in" keeps the variance of the activations from layer to layer,
    "fan_out" that of the gradients.

    He et al., "Delving deep into rectifiers", 2015, equations 10, 14 and 15.
    """
    std = math.sqrt(2 / ((1 + a * a) * fan(shape, mode)))
    return normal(shape, rng, std=std, dtype=dtype)


def fans(shape: Shape) -> tuple[int, int]:
    """(fan_in, fan_out) of a weight of this shape."""
    if len(shape) < 2 or 0 in shape:
        raise ShapeError(
            f"the fans of shape {shape} are not defined; needed: (out, in, *kernel_size), none of them 0"
        )
    window = math.prod(shape[2:])
    return shape[1] * window, shape[0] * window


def fan(shape: Shape, mode: str) -> int:
    fan_in, fan_out = fans(shape)
    try:
        return {"fan_in": fan_in, "fan_out": fan_out}[mode]
    except KeyError:
        raise ParameterError(f"mode={mode!r}; needed: 'fan_in' or 'fan_out'") from None


# ---- for the layers ----


def make_parameters(
    layer: str, shape: Shape, bias: bool, rng: Rng | None, init: Initialiser, dtype: DTypeLike
) -> tuple[Parameter, Parameter | None]:
    """A layer's weight of this shape, drawn by `init`, and its bias of zeros, (shape[0],), or None."""
    weight = np.asarray(init(shape, require_generator(layer, rng)))
    if weight.shape != shape:
        raise ShapeError(f"{layer}: init returned shape {weight.shape}; needed: {shape}")
    return Parameter(weight, dtype=dtype), Parameter(np.zeros(shape[0], dtype)) if bias else None
