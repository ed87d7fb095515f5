"""Lesson 04: the gradients of stretched inputs.

The solved file. Try the exercises first, and read the messages of `minigrad check 4`.
"""

import numpy as np

from minigrad import check
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
    """Row i of x (n, d), multiplied by the number in row i of s (n, 1)."""
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
    n, d, m = draw.side(4, 6), 3, 2  # three different lengths: a wrong product has a wrong shape
    return Case((draw.array((n, d)), draw.array((d, m)), draw.array((m,))))


def outer(a, b):
    """The outer product (n, m) of a (n,) and b (m,)."""
    return a[:, None] * b[None, :]


def outer_backward(g, a, b):
    """Exercise 2: the gradients of a (n,) and of b (m,), from g (n, m).

    Write them with `sum_to` of the lesson, and without it.
    """
    # With sum_to, and a reshape since a[:, None] has the shape (n, 1):
    #     sum_to(g * b[None, :], (n, 1)).reshape(n), sum_to(g * a[:, None], (m,))
    return (g * b[None, :]).sum(axis=1), (g * a[:, None]).sum(axis=0)


def outer_cases(draw):
    n, m = draw.side(2, 3), draw.side(4, 5)
    return Case((draw.array((n,)), draw.array((m,))))


def exercise_3():
    """Let `layer_backward` return `g.mean(axis=0)` for the bias, and print the report.

    When would you not notice this mistake while a network trains?
    """

    def backward_with_mean(g, x, w, b):
        return g @ w.T, x.T @ g, g.mean(axis=0)

    rng = np.random.default_rng(4)
    x, w, b = rng.normal(size=(4, 3)), rng.normal(size=(3, 2)), rng.normal(size=2)
    report = check.gradient(layer, backward_with_mean, x, w, b)
    print(report)
    assert report.verdict == "wrong"
    print("The mean is the sum divided by the number of examples, here 4. So the gradient of the")
    print("bias is too small, but it has the correct sign: the bias learns in the correct")
    print("direction, only more slowly. The loss still falls. With a batch of one example both")
    print("are equal.")


if __name__ == "__main__":
    exercise_3()
