"""Lesson 04: the gradients of what is broadcast.

Write the three gradients, then run `minigrad check tutorials/exercises/04_broadcasting.py`.
"""

from minigrad.domain import Case


def add_bias(x, b):
    """x (n, d) plus a bias b (d,), the same for every row."""
    return x + b


def add_bias_backward(g, x, b):
    """The gradients of x (n, d) and of b (d,), from g (n, d)."""
    raise NotImplementedError(
        "return two gradients: what arrives at x, and what arrives at all the copies of b"
    )


def add_bias_cases(draw):
    n, d = draw.side(2, 5), draw.side(2, 4)
    return Case((draw.array((n, d)), draw.array((d,))))


def scale_rows(x, s):
    """Row i of x (n, d), multiplied with the one number that stands in row i of s (n, 1)."""
    return x * s


def scale_rows_backward(g, x, s):
    """The gradients of x (n, d) and of s (n, 1), from g (n, d)."""
    raise NotImplementedError(
        "return two gradients: each factor gets g times the other factor, and s, whose one column was "
        "stretched, has to be (n, 1) again"
    )


def scale_rows_cases(draw):
    n, d = draw.side(2, 5), draw.side(2, 4)
    return Case((draw.array((n, d)), draw.array((n, 1))))


def layer(x, w, b):
    """x @ w + b, with n examples in the rows of x (n, d), weights w (d, m) and a bias b (m,)."""
    return x @ w + b


def layer_backward(g, x, w, b):
    """The gradients of x (n, d), of w (d, m) and of b (m,), from g (n, m)."""
    raise NotImplementedError(
        "return three gradients: for x and w the products of g with the other one that have the right "
        "shape, and for b what arrives at all its copies"
    )


def layer_cases(draw):
    n, d, m = draw.side(4, 6), 3, 2  # all different: a shape that fits is no accident
    return Case((draw.array((n, d)), draw.array((d, m)), draw.array((m,))))
