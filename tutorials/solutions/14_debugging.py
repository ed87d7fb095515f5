"""Solutions of lesson 14: the gradients of swish, and of a layer whose units do not die."""

import numpy as np

from minigrad.domain import Case

SLOPE = 0.1
"""Of the leaky relu, where its input is negative."""


def sigmoid(x):
    """1 / (1 + e^-x), element by element."""
    return 1 / (1 + np.exp(-x))


def swish(x):
    """x times sigmoid(x), element by element: x -> the shape of x."""
    return x * sigmoid(x)


def swish_backward(g, x):
    """The gradient of x: g, x of one shape -> that shape."""
    s = sigmoid(x)
    return g * (s + x * s * (1 - s))


def leaky_layer(x, w, b):
    """A layer with a leaky relu: x (N, D), w (D, H), b (H,) -> (N, H)."""
    z = x @ w + b
    return np.where(z > 0, z, SLOPE * z)


def leaky_layer_backward(g, x, w, b):
    """The gradients of x, w and b: g (N, H) -> (N, D), (D, H), (H,)."""
    gz = np.where(x @ w + b > 0, g, SLOPE * g)
    return gz @ w.T, x.T @ gz, gz.sum(axis=0)


# Where the functions are checked.


def swish_cases(draw):
    return Case((draw.generator().uniform(-3, 3, (draw.integer(2, 4), 5)),))


def leaky_layer_cases(draw):
    n, h, rng = draw.integer(5, 6), draw.integer(2, 3), draw.generator()
    return Case((rng.normal(size=(n, 4)), rng.normal(size=(4, h)), rng.normal(size=h)))
