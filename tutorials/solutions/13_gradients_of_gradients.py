"""Solutions of lesson 13: the gradients of a slope, of a gradient rule, and of a price on slopes."""

import numpy as np

from minigrad.domain import Case

X = np.random.default_rng(0).normal(size=(7, 2))
"""Seven points, at which the slopes of a network are asked for."""


def tanh_slope(x):
    """The derivative of tanh, element by element: x -> the shape of x."""
    return 1 - np.tanh(x) ** 2


def tanh_slope_derivative(x):
    """The derivative of tanh_slope, which is the second one of tanh: x -> the shape of x."""
    return -2 * np.tanh(x) * tanh_slope(x)


def tanh_rule(g, x):
    """The gradient rule of tanh: g, x of one shape -> the gradient of x, of that shape."""
    return g * (1 - np.tanh(x) ** 2)


def tanh_rule_backward(u, g, x):
    """The gradients of g and x: u, the gradient that arrives, of their shape -> two of that shape."""
    return u * tanh_slope(x), u * g * tanh_slope_derivative(x)


def price(w, v):
    """The mean over X of the squared slope of the network tanh(x @ w) @ v: w (2, H), v (H,) -> a number.

    The slope at a point x is a vector with 2 elements, d network / d x = w @ (v * (1 - tanh(x @ w)**2)).
    """
    slopes = ((1 - np.tanh(X @ w) ** 2) * v) @ w.T  # (7, 2)
    return np.mean(np.sum(slopes**2, axis=1))


def price_gradient(w, v):
    """The gradients of w and v: (2, H), (H,)."""
    h = np.tanh(X @ w)
    steep = 1 - h**2
    passed = steep * v
    g_slopes = 2 * (passed @ w.T) / len(X)
    g_passed = g_slopes @ w
    g_steep = g_passed * v
    g_product = g_steep * -2 * h * steep
    return X.T @ g_product + g_slopes.T @ passed, np.sum(g_passed * steep, axis=0)


# Where the functions are checked.


def tanh_rule_cases(draw):
    shape = (draw.integer(2, 4), 3)
    return Case(tuple(draw.generator().uniform(-2, 2, shape) for _ in range(2)))


def price_cases(draw):
    hidden = draw.integer(3, 5)
    return Case((draw.generator().normal(size=(2, hidden)), draw.generator().normal(size=hidden)))
