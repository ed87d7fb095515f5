"""Elementary functions of one variable, elementwise."""

from __future__ import annotations

import math

import numpy as np

from minigrad.domain import MODEST, POSITIVE, Domain, Reject, elementwise
from minigrad.errors import DTypeError
from minigrad.op import op

TEXT = Reject(DTypeError, "holds real numbers", (["a", "b"],))
SMALL = Domain(-0.9, 3.0, scales=(-6, -3, 0, 0, 0))


@op(cases=elementwise(MODEST), rejects=[TEXT])
def exp(x):
    """e^x"""
    return np.exp(x)


exp.vjp(lambda g, out, x: g * out)


@op(cases=elementwise(POSITIVE), rejects=[TEXT])
def log(x):
    """The natural logarithm of x."""
    return np.log(x)


log.vjp(lambda g, out, x: g / x)


@op(cases=elementwise(SMALL), rejects=[TEXT])
def log1p(x):
    """log(1 + x), exact for small x."""
    return np.log1p(x)


log1p.vjp(lambda g, out, x: g / (1 + x))


@op(cases=elementwise(SMALL), rejects=[TEXT])
def expm1(x):
    """e^x - 1, exact for small x."""
    return np.expm1(x)


expm1.vjp(lambda g, out, x: g * exp(x))


@op(cases=elementwise(POSITIVE), rejects=[TEXT])
def sqrt(x):
    """The square root of x; its derivative at 0 is inf."""
    return np.sqrt(x)


sqrt.vjp(lambda g, out, x: g / (2 * out))


@op(cases=elementwise(MODEST), rejects=[TEXT])
def sin(x):
    """sin x, of radians"""
    return np.sin(x)


@op(cases=elementwise(MODEST), rejects=[TEXT])
def cos(x):
    """cos x, of radians"""
    return np.cos(x)


sin.vjp(lambda g, out, x: g * cos(x))

cos.vjp(lambda g, out, x: -g * sin(x))


@op(cases=elementwise(MODEST), rejects=[TEXT])
def tanh(x):
    """(e^x - e^-x) / (e^x + e^-x)"""
    return np.tanh(x)


tanh.vjp(lambda g, out, x: g * (1 - out * out))


@op(cases=elementwise(MODEST), rejects=[TEXT])
def sigmoid(x):
    """1 / (1 + e^-x)"""
    z = np.exp(0.0 - np.abs(x))  # does not overflow; 0 - x, because unsigned integers have no -x
    return np.where(np.greater_equal(x, 0), 1, z) / (1 + z)


sigmoid.vjp(lambda g, out, x: g * out * (1 - out))


@op(cases=elementwise(MODEST), rejects=[TEXT])
def softplus(x):
    """log(1 + e^x), without overflow"""
    return np.logaddexp(x, 0)


softplus.vjp(lambda g, out, x: g * sigmoid(x))


@op(cases=elementwise(MODEST), rejects=[TEXT])
def erf(x):
    """The error function: 2/sqrt(pi) times the integral of e^(-t^2) from 0 to x."""
    x = np.asarray(x)
    return _erf(x).astype(x.dtype if x.dtype.kind == "f" else np.float64)


_erf = np.vectorize(math.erf, otypes=[np.float64])  # numpy has no erf; Python's is accurate

erf.vjp(lambda g, out, x: g * (2 / math.sqrt(math.pi)) * exp(-x * x))
