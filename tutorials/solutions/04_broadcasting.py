"""Lesson 04: the gradients of what is broadcast.

The three gradients, written. Look here after you have tried, and `minigrad check` has said what it can.
"""

from minigrad.domain import Case


def add_bias(x, b):
    """x (n, d) plus a bias b (d,), the same for every row."""
    return x + b


def add_bias_backward(g, x, b):
    """The gradients of x (n, d) and of b (d,), from g (n, d)."""
    return g, g.sum(axis=0)


def add_bias_cases(draw):
    n, d = draw.side(2, 5), draw.side(2, 4)
    return Case((draw.array((n, d)), draw.array((d,))))


def scale_rows(x, s):
    """Row i of x (n, d), multiplied with the one number that stands in row i of s (n, 1)."""
    return x * s


def scale_rows_backward(g, x, s):
    """The gradients of x (n, d) and of s (n, 1), from g (n, d)."""
    return g * s, (g * x).sum(axis=1, keepdims=True)


def scale_rows_cases(draw):
    n, d = draw.side(2, 5), draw.side(2, 4)
    return Case((draw.array((n, d)), draw.array((n, 1))))


def layer(x, w, b):
    """x @ w + b, with n examples in the rows of x (n, d), weights w (d, m) and a bias b (m,)."""
    return x @ w + b


def layer_backward(g, x, w, b):
    """The gradients of x (n, d), of w (d, m) and of b (m,), from g (n, m)."""
    return g @ w.T, x.T @ g, g.sum(axis=0)


def layer_cases(draw):
    n, d, m = draw.side(4, 6), 3, 2  # all different: a shape that fits is no accident
    return Case((draw.array((n, d)), draw.array((d, m)), draw.array((m,))))
