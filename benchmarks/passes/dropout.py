"""A hidden layer with inverted dropout: the mask is drawn once and kept, as a gradient check needs it."""

import numpy as np

FORWARD, BACKWARD, MUTATED, UPSTREAM = "forward", "backward", ["backward"], True

data = np.random.default_rng(7)
keep = 0.5
drop_mask = (data.uniform(size=(5, 6)) < keep) / keep


def inputs(rng):
    return [
        rng.normal(size=(5, 3)),
        rng.normal(size=(3, 6)),
        rng.normal(size=6),
        rng.normal(size=(6, 2)),
    ]


def forward(x, W, b, V):
    hidden = np.maximum(x @ W + b, 0)
    dropped = hidden * drop_mask
    return dropped @ V


def backward(dout, x, W, b, V):
    pre = x @ W + b
    hidden = np.maximum(pre, 0)
    dropped = hidden * drop_mask
    dV = np.dot(dropped.T, dout)
    ddropped = np.dot(dout, V.T)
    dhidden = ddropped * drop_mask
    dhidden[pre <= 0] = 0
    dx = np.dot(dhidden, W.T)
    dW = np.dot(x.T, dhidden)
    db = dhidden.sum(0)
    return dx, dW, db, dV
