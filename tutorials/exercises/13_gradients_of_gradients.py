"""Exercises of lesson 13: the gradients of a slope, of a gradient rule, and of a price on slopes.

Replace each `raise` by your own code, then run

    minigrad check tutorials/exercises/13_gradients_of_gradients.py

Nothing but numpy is needed.
"""

import numpy as np

from minigrad.domain import Case

X = np.random.default_rng(0).normal(size=(7, 2))
"""Seven points, at which the slopes of a network are asked for."""


def tanh_slope(x):
    """The derivative of tanh, element by element: x -> the shape of x."""
    return 1 - np.tanh(x) ** 2


def tanh_slope_derivative(x):
    """The derivative of tanh_slope, which is the second one of tanh: x -> the shape of x."""
    raise NotImplementedError(
        "tanh_slope is a square of tanh, and the derivative of tanh is tanh_slope"
    )


def tanh_rule(g, x):
    """The gradient rule of tanh: g, x of one shape -> the gradient of x, of that shape."""
    return g * (1 - np.tanh(x) ** 2)


def tanh_rule_backward(u, g, x):
    """The gradients of g and x: u, the gradient that arrives, of their shape -> two of that shape."""
    raise NotImplementedError(
        "the rule is a product of g and a function of x, so each gets u times the derivative by it; "
        "return (gg, gx)"
    )


def price(w, v):
    """The mean over X of the squared slope of the network tanh(x @ w) @ v: w (2, H), v (H,) -> a number.

    The slope at a point x is a vector with 2 elements, d network / d x = w @ (v * (1 - tanh(x @ w)**2)).
    """
    slopes = ((1 - np.tanh(X @ w) ** 2) * v) @ w.T  # (7, 2)
    return np.mean(np.sum(slopes**2, axis=1))


def price_gradient(w, v):
    """The gradients of w and v: (2, H), (H,)."""
    raise NotImplementedError(
        "go back through price line by line; w is used twice, in X @ w and in the product with w.T, and what "
        "comes by both ways is added; return (gw, gv)"
    )


# Where the functions are checked.


def tanh_rule_cases(draw):
    shape = (draw.integer(2, 4), 3)
    return Case(tuple(draw.generator().uniform(-2, 2, shape) for _ in range(2)))


def price_cases(draw):
    hidden = draw.integer(3, 5)
    return Case((draw.generator().normal(size=(2, hidden)), draw.generator().normal(size=hidden)))
