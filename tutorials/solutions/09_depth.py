"""Lesson 09: two answers to depth, a way around each layer and a length that is kept, and their gradients.

The two gradients, written. Look here after you have tried, and `minigrad check` has said what it can.
"""

import numpy as np

from minigrad.domain import Case, Domain

VALUES = Domain(-2.0, 2.0)


def residual(x, w):
    """x (n, d) plus what a layer with weights w (d, d) makes of it: x + relu(x @ w.T)."""
    return x + np.maximum(0, x @ w.T)


def residual_backward(g, x, w):
    """The gradients of x (n, d) and w (d, d), from g (n, d)."""
    g_sums = g * (x @ w.T > 0)
    return g + g_sums @ w, g_sums.T @ x


def residual_cases(draw):
    n, d = draw.side(5, 6), 4
    return Case((draw.array((n, d), VALUES), draw.array((d, d), VALUES)))


def rms_norm(x):
    """Each row of x (n, d), divided by the square root of the mean of its squares."""
    return x / np.sqrt((x * x).mean(axis=1, keepdims=True))


def rms_norm_backward(g, x):
    """The gradient of x (n, d), from g (n, d)."""
    length = np.sqrt((x * x).mean(axis=1, keepdims=True))
    standard = x / length
    return (g - standard * (g * standard).mean(axis=1, keepdims=True)) / length


def rms_norm_cases(draw):
    return Case((draw.array((draw.side(3, 4), 5), VALUES),))
