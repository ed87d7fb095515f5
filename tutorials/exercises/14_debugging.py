"""Exercises of lesson 14: the gradients of swish, and of a layer whose units do not die.

Replace each `raise` by your own code, then run

    minigrad check tutorials/exercises/14_debugging.py

Nothing but numpy is needed. `g` is the gradient that arrives, and has the shape of what the function returns.
"""

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
    raise NotImplementedError(
        "a product of two functions of x has two terms; the derivative of sigmoid is sigmoid * (1 - "
        "sigmoid); and g is multiplied with all of it"
    )


def leaky_layer(x, w, b):
    """A layer with a leaky relu: x (N, D), w (D, H), b (H,) -> (N, H)."""
    z = x @ w + b
    return np.where(z > 0, z, SLOPE * z)


def leaky_layer_backward(g, x, w, b):
    """The gradients of x, w and b: g (N, H) -> (N, D), (D, H), (H,)."""
    raise NotImplementedError(
        "first the gradient of z, which is g where z is positive and SLOPE times g elsewhere; then back "
        "through x @ w + b, where b was added to every row; return (gx, gw, gb)"
    )


# Where the functions are checked.


def swish_cases(draw):
    return Case((draw.generator().uniform(-3, 3, (draw.integer(2, 4), 5)),))


def leaky_layer_cases(draw):
    n, h, rng = draw.integer(5, 6), draw.integer(2, 3), draw.generator()
    return Case((rng.normal(size=(n, 4)), rng.normal(size=(4, h)), rng.normal(size=h)))
