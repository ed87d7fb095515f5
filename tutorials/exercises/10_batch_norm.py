"""Lesson 10: the backward passes of batch normalisation, in training and in evaluation, and of layer norm.

Write the three gradients, then run `minigrad check tutorials/exercises/10_batch_norm.py`.
"""

import numpy as np

from minigrad.domain import Case, Domain

EPS = 1e-5
VALUES = Domain(-3.0, 3.0)
RUNNING_MEAN = np.array([0.5, -1.0, 2.0])
RUNNING_VAR = np.array([1.0, 0.25, 4.0])


def batch_norm(x, gamma, beta):
    """Each column of x (n, c) brought to mean 0 and variance 1, times gamma (c,), plus beta (c,)."""
    mean, var = x.mean(axis=0), x.var(axis=0)
    return gamma * (x - mean) / np.sqrt(var + EPS) + beta


def batch_norm_backward(g, x, gamma, beta):
    """The gradients of x (n, c), gamma (c,) and beta (c,), from g (n, c)."""
    raise NotImplementedError(
        "return three gradients, of x, gamma and beta; there are three ways from an element of x to the "
        "output: straight on, through the mean of its column, and through the variance of its column"
    )


def batch_norm_cases(draw):
    n, c = draw.side(5, 6), 3
    return Case((draw.array((n, c), VALUES), draw.array((c,), VALUES), draw.array((c,), VALUES)))


def evaluated(x, gamma, beta):
    """As batch_norm, with the running mean and variance: constants, that no x of this batch has a part in."""
    return gamma * (x - RUNNING_MEAN) / np.sqrt(RUNNING_VAR + EPS) + beta


def evaluated_backward(g, x, gamma, beta):
    """The gradients of x (n, c), gamma (c,) and beta (c,), from g (n, c)."""
    raise NotImplementedError(
        "return three gradients, of x, gamma and beta; mean and variance are constants here, so one way "
        "is left from x to the output"
    )


def evaluated_cases(draw):
    return batch_norm_cases(draw)


def layer_norm(x, gamma, beta):
    """Each row of x (n, d) brought to mean 0 and variance 1, times gamma (d,), plus beta (d,)."""
    mean, var = x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True)
    return gamma * (x - mean) / np.sqrt(var + EPS) + beta


def layer_norm_backward(g, x, gamma, beta):
    """The gradients of x (n, d), gamma (d,) and beta (d,), from g (n, d)."""
    raise NotImplementedError(
        "return three gradients, of x, gamma and beta; mean and variance are those of a row now, while "
        "gamma and beta are shared by all rows: mind that gamma differs within a row"
    )


def layer_norm_cases(draw):
    n, d = draw.side(3, 4), 5
    return Case((draw.array((n, d), VALUES), draw.array((d,), VALUES), draw.array((d,), VALUES)))
