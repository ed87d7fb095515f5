"""Lesson 10: the backward passes of batch normalisation, in training and in evaluation, and of layer norm.

The three gradients, written. Look here after you have tried, and `minigrad check` has said what it can.
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
    centred = x - x.mean(axis=0)
    inverse = 1 / np.sqrt(x.var(axis=0) + EPS)
    standard = centred * inverse
    g_x = gamma * inverse * (g - g.mean(axis=0) - standard * (g * standard).mean(axis=0))
    return g_x, (g * standard).sum(axis=0), g.sum(axis=0)


def batch_norm_cases(draw):
    n, c = draw.side(5, 6), 3
    return Case((draw.array((n, c), VALUES), draw.array((c,), VALUES), draw.array((c,), VALUES)))


def evaluated(x, gamma, beta):
    """As batch_norm, with the running mean and variance: constants, that no x of this batch has a part in."""
    return gamma * (x - RUNNING_MEAN) / np.sqrt(RUNNING_VAR + EPS) + beta


def evaluated_backward(g, x, gamma, beta):
    """The gradients of x (n, c), gamma (c,) and beta (c,), from g (n, c)."""
    inverse = 1 / np.sqrt(RUNNING_VAR + EPS)
    standard = (x - RUNNING_MEAN) * inverse
    return g * gamma * inverse, (g * standard).sum(axis=0), g.sum(axis=0)


def evaluated_cases(draw):
    return batch_norm_cases(draw)


def layer_norm(x, gamma, beta):
    """Each row of x (n, d) brought to mean 0 and variance 1, times gamma (d,), plus beta (d,)."""
    mean, var = x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True)
    return gamma * (x - mean) / np.sqrt(var + EPS) + beta


def layer_norm_backward(g, x, gamma, beta):
    """The gradients of x (n, d), gamma (d,) and beta (d,), from g (n, d)."""
    centred = x - x.mean(axis=1, keepdims=True)
    inverse = 1 / np.sqrt(x.var(axis=1, keepdims=True) + EPS)
    standard = centred * inverse
    g_standard = g * gamma
    along = (g_standard * standard).mean(axis=1, keepdims=True)
    g_x = inverse * (g_standard - g_standard.mean(axis=1, keepdims=True) - standard * along)
    return g_x, (g * standard).sum(axis=0), g.sum(axis=0)


def layer_norm_cases(draw):
    n, d = draw.side(3, 4), 5
    return Case((draw.array((n, d), VALUES), draw.array((d,), VALUES), draw.array((d,), VALUES)))
