"""Lesson 10: the gradients of batch normalisation, in training and in evaluation, and of layer norm.

The solved file. Try the exercises first, and read the messages of `minigrad check 10`.
"""

import numpy as np

from minigrad import check
from minigrad.domain import Case, Domain

EPS = 1e-5
VALUES = Domain(-3.0, 3.0)
RUNNING_MEAN = np.array([0.5, -1.0, 2.0])
RUNNING_VAR = np.array([1.0, 0.25, 4.0])


def batch_norm(x, gamma, beta):
    """Each column of x (n, c) with mean 0 and variance 1, times gamma (c,), plus beta (c,)."""
    mean, var = x.mean(axis=0), x.var(axis=0)
    return gamma * (x - mean) / np.sqrt(var + EPS) + beta


def batch_norm_backward(g, x, gamma, beta):
    """Exercise 1: the gradients of x (n, c), gamma (c,) and beta (c,). g is (n, c)."""
    centred = x - x.mean(axis=0)
    inverse = 1 / np.sqrt(x.var(axis=0) + EPS)
    standard = centred * inverse
    g_x = gamma * inverse * (g - g.mean(axis=0) - standard * (g * standard).mean(axis=0))
    return g_x, (g * standard).sum(axis=0), g.sum(axis=0)


def batch_norm_cases(draw):
    n, c = draw.side(5, 6), 3
    return Case((draw.array((n, c), VALUES), draw.array((c,), VALUES), draw.array((c,), VALUES)))


def evaluated(x, gamma, beta):
    """As batch_norm, but with the running mean and variance, which are constants here."""
    return gamma * (x - RUNNING_MEAN) / np.sqrt(RUNNING_VAR + EPS) + beta


def evaluated_backward(g, x, gamma, beta):
    """Exercise 1: the gradients of x (n, c), gamma (c,) and beta (c,). g is (n, c)."""
    inverse = 1 / np.sqrt(RUNNING_VAR + EPS)
    standard = (x - RUNNING_MEAN) * inverse
    return g * gamma * inverse, (g * standard).sum(axis=0), g.sum(axis=0)


def evaluated_cases(draw):
    return batch_norm_cases(draw)


def layer_norm(x, gamma, beta):
    """Each row of x (n, d) with mean 0 and variance 1, times gamma (d,), plus beta (d,)."""
    mean, var = x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True)
    return gamma * (x - mean) / np.sqrt(var + EPS) + beta


def layer_norm_backward(g, x, gamma, beta):
    """Exercise 2: the gradients of x (n, d), gamma (d,) and beta (d,). g is (n, d)."""
    centred = x - x.mean(axis=1, keepdims=True)
    inverse = 1 / np.sqrt(x.var(axis=1, keepdims=True) + EPS)
    standard = centred * inverse
    # gamma differs within a row, so g * gamma must be inside the means: gamma cannot be factored out.
    g_standard = g * gamma
    along = (g_standard * standard).mean(axis=1, keepdims=True)
    g_x = inverse * (g_standard - g_standard.mean(axis=1, keepdims=True) - standard * along)
    return g_x, (g * standard).sum(axis=0), g.sum(axis=0)


def layer_norm_cases(draw):
    n, d = draw.side(3, 4), 5
    return Case((draw.array((n, d), VALUES), draw.array((d,), VALUES), draw.array((d,), VALUES)))


# ---- exercise 3 ----


def closed_form(g, x, gamma, beta):
    """The gradients of batch_norm, as the lesson derives them."""
    inverse = 1 / np.sqrt(x.var(axis=0) + EPS)
    x_hat = (x - x.mean(axis=0)) * inverse
    g_x = gamma * inverse * (g - g.mean(axis=0) - x_hat * (g * x_hat).mean(axis=0))
    return g_x, (g * x_hat).sum(axis=0), g.sum(axis=0)


def exercise_3():
    """Remove `g.mean(axis=0)` from closed_form, and print the report of check.gradient.

    Does the check find the mistake, and does it name the cause?
    """

    def without_the_mean(g, x, gamma, beta):
        inverse = 1 / np.sqrt(x.var(axis=0) + EPS)
        x_hat = (x - x.mean(axis=0)) * inverse
        g_x = gamma * inverse * (g - x_hat * (g * x_hat).mean(axis=0))
        return (g_x, *closed_form(g, x, gamma, beta)[1:])

    rng = np.random.default_rng(10)
    inputs = rng.normal(2, 3, (6, 3)), rng.normal(size=3), rng.normal(size=3)
    assert check.gradient(batch_norm, closed_form, *inputs).passed
    report = check.gradient(batch_norm, without_the_mean, *inputs)
    assert report.verdict == "wrong"
    assert "mean" in report.causes[0]
    print(f"The verdict is {report.verdict}, and the cause is named:")
    print(report.causes[0])
    print("The term g.mean(axis=0) is the path through the mean of the batch.")


if __name__ == "__main__":
    exercise_3()
