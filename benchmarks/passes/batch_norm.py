"""Batch norm over the rows, one node at a time."""

import numpy as np

FORWARD, BACKWARD, MUTATED, UPSTREAM = (
    "batchnorm_forward",
    "batchnorm_backward",
    ["batchnorm_backward"],
    True,
)
eps = 1e-5


def inputs(rng):
    return [rng.normal(size=(5, 3)), rng.normal(size=3), rng.normal(size=3)]


def batchnorm_forward(x, gamma, beta):
    mu = x.mean(axis=0)
    xc = x - mu
    var = (xc**2).mean(axis=0)
    std = np.sqrt(var + eps)
    xhat = xc / std
    return gamma * xhat + beta


def batchnorm_backward(dout, x, gamma, beta):
    N = x.shape[0]
    mu = x.mean(axis=0)
    xc = x - mu
    var = (xc**2).mean(axis=0)
    std = np.sqrt(var + eps)
    xhat = xc / std
    dbeta = dout.sum(axis=0)
    dgamma = (dout * xhat).sum(axis=0)
    dxhat = dout * gamma
    dstd = -(dxhat * xc).sum(axis=0) / std**2
    dvar = dstd * 0.5 / std
    dxc = dxhat / std + 2 * xc * dvar / N
    dmu = -dxc.sum(axis=0)
    dx = dxc + dmu / N
    return dx, dgamma, dbeta
