"""Activations, elementwise or along one axis."""

from __future__ import annotations

import math

import numpy as np

from minigrad.domain import MODEST, NONZERO, Case, Domain, Draw, Reject, elementwise
from minigrad.errors import DTypeError, ShapeError
from minigrad.op import op
from minigrad.ops.arithmetic import where
from minigrad.ops.axes import along_one_axis, require_one_axis
from minigrad.ops.elementary import TEXT, erf, exp

KINK_AT_0 = Domain(-3.0, 3.0, kinks=(0.0,), scales=(-3, 0, 0))


@op(cases=elementwise(NONZERO), rejects=[TEXT])
def relu(x):
    """max(x, 0). The derivative at 0 is 0, by convention."""
    return np.maximum(x, 0)


relu.vjp(lambda g, out, x: g * (out > 0))


def leaky_relu_cases(draw: Draw) -> Case:
    return Case((draw.array(draw.shape(), NONZERO),), {"negative_slope": draw.choice((0.01, 0.3))})


@op(cases=leaky_relu_cases, rejects=[TEXT])
def leaky_relu(x, *, negative_slope=0.01):
    """x where x > 0, negative_slope * x elsewhere. The derivative at 0 is negative_slope."""
    return np.where(np.greater(x, 0), x, negative_slope * x)


leaky_relu.vjp(lambda g, out, x, negative_slope: where(x > 0, g, negative_slope * g))


def elu_cases(draw: Draw) -> Case:
    return Case((draw.array(draw.shape(), KINK_AT_0),), {"alpha": draw.choice((1.0, 0.5))})


@op(cases=elu_cases, rejects=[TEXT])
def elu(x, *, alpha=1.0):
    """x where x > 0, alpha (e^x - 1) elsewhere. The derivative at 0 is alpha.

    Clevert et al., "Fast and accurate deep network learning by exponential linear units", 2016.
    """
    return np.where(np.greater(x, 0), x, alpha * np.expm1(np.minimum(x, 0)))


elu.vjp(lambda g, out, x, alpha: where(x > 0, g, g * (out + alpha)))


@op(cases=elementwise(MODEST), rejects=[TEXT])
def gelu(x):
    """x Phi(x), where Phi is the distribution function of the standard normal distribution.

    Hendrycks and Gimpel, "Gaussian error linear units", 2016.
    """
    return x * normal_cdf(x)


gelu.vjp(
    lambda g, out, x: g * (normal_cdf(x) + x * exp(-0.5 * x * x) * (1 / math.sqrt(2 * math.pi)))
)


def normal_cdf(x):
    return 0.5 * (1 + erf(x * math.sqrt(0.5)))


NO_SUCH_AXIS = Reject(ShapeError, "axis 2 is out of bounds", (np.ones((2, 3)),), {"axis": 2})


@op(cases=along_one_axis(MODEST), rejects=[NO_SUCH_AXIS])
def softmax(x, *, axis=-1):
    """e^x divided by the sum of e^x along `axis`."""
    require_one_axis(axis, "softmax")
    z = np.exp(subtract_largest(x, axis, f"softmax(x, axis={axis})"))
    return z / z.sum(axis=axis, keepdims=True)


softmax.vjp(lambda g, out, x, axis: out * (g - (g * out).sum(axis=axis, keepdims=True)))


@op(cases=along_one_axis(MODEST), rejects=[NO_SUCH_AXIS])
def log_softmax(x, *, axis=-1):
    """log softmax(x): x - log of the sum of e^x along `axis`."""
    require_one_axis(axis, "log_softmax")
    z = subtract_largest(x, axis, f"log_softmax(x, axis={axis})")
    return z - np.log(np.exp(z).sum(axis=axis, keepdims=True)) if z.size else z


log_softmax.vjp(lambda g, out, x, axis: g - exp(out) * g.sum(axis=axis, keepdims=True))


def subtract_largest(x, axis, name):
    """x minus its largest element along `axis`, so that e^x does not overflow and is not 0 everywhere."""
    x = np.asarray(x)
    if x.dtype.kind != "f":
        raise DTypeError(f"{name}: x must hold floats, and it holds {x.dtype}")
    largest = x.max(axis=axis, keepdims=True, initial=-np.inf)
    finite = np.isfinite(largest)
    return x - (largest if finite.all() else np.where(finite, largest, 0).astype(x.dtype))
