"""Layer norm of each row, with the short formula of the input's gradient."""

import numpy as np

FORWARD, BACKWARD, MUTATED, UPSTREAM = (
    "layernorm",
    "layernorm_backward",
    ["layernorm_backward"],
    True,
)
eps = 1e-5


def inputs(rng):
    return [rng.normal(size=(3, 4)), rng.normal(size=4), rng.normal(size=4)]


def normalise(x):
    mean = x.mean(axis=1, keepdims=True)
    var = x.var(axis=1, keepdims=True)
    inv_std = 1 / np.sqrt(var + eps)
    return (x - mean) * inv_std, inv_std


def layernorm(x, gamma, beta):
    x_norm, _ = normalise(x)
    return gamma * x_norm + beta


def layernorm_backward(dout, x, gamma, beta):
    D = x.shape[1]
    x_norm, inv_std = normalise(x)
    dgamma = np.sum(dout * x_norm, axis=0)
    dbeta = np.sum(dout, axis=0)
    dnorm = dout * gamma
    sum1 = np.sum(dnorm, axis=1, keepdims=True)
    sum2 = np.sum(dnorm * x_norm, axis=1, keepdims=True)
    dx = inv_std / D * (D * dnorm - sum1 - x_norm * sum2)
    return dx, dgamma, dbeta
