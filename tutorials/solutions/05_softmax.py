"""Lesson 05: the gradients of softmax, of log-sum-exp and of the mean cross-entropy.

The solved file. Try the exercises first, and read the messages of `minigrad check 5`.
"""

import numpy as np

from minigrad.domain import Case, Domain

LOGITS = Domain(-3.0, 3.0)


def softmax(z):
    """The probabilities of each row of the logits z (n, c)."""
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def softmax_backward(g, z):
    """The gradient of z (n, c), from g (n, c)."""
    p = softmax(z)
    return p * (g - (g * p).sum(axis=1, keepdims=True))


def softmax_cases(draw):
    return Case((draw.array((draw.side(2, 5), draw.side(3, 4)), LOGITS),))


def log_sum_exp(z):
    """log(sum(exp(z))) of each row of z (n, c): n numbers."""
    m = z.max(axis=1)
    return m + np.log(np.exp(z - m[:, np.newaxis]).sum(axis=1))


def log_sum_exp_backward(g, z):
    """The gradient of z (n, c), from g (n,)."""
    return g[:, np.newaxis] * softmax(z)


def log_sum_exp_cases(draw):
    return Case((draw.array((draw.side(2, 5), draw.side(3, 4)), LOGITS),))


def cross_entropy(z, labels):
    """The mean over the n rows of z (n, c) of log_sum_exp(z) - z[label]; labels (n,) are integers."""
    return (log_sum_exp(z) - z[np.arange(len(z)), labels]).mean()


def cross_entropy_gradient(z, labels):
    """The gradient of z (n, c)."""
    y = np.eye(z.shape[1])[labels]
    return (softmax(z) - y) / len(z)


def cross_entropy_cases(draw):
    n, c = draw.side(4, 6), 3
    return Case((draw.array((n, c), LOGITS), draw.generator().integers(0, c, n)))


def sigmoid(z):
    """The first probability of the softmax of (z, 0), for each element of z (n,)."""
    pairs = np.stack([z, np.zeros_like(z)], axis=1)
    return softmax(pairs)[:, 0]


def sigmoid_derivative(z):
    """Exercise 2: the slope of the sigmoid at each z (n,), in the shape of z.

    Call `softmax_backward` for the pairs (z, 0). Only the first probability of each pair is used, so its
    upstream gradient is 1, and that of the second probability is 0.
    """
    pairs = np.stack([z, np.zeros_like(z)], axis=1)
    g = np.zeros_like(pairs)
    g[:, 0] = 1.0
    # softmax_backward gives p_0 (g_0 - g_0 p_0 - g_1 p_1) = p (1 - p), with g_0 = 1 and g_1 = 0
    return softmax_backward(g, pairs)[:, 0]


def sigmoid_cases(draw):
    return Case((draw.array((draw.side(2, 5),), LOGITS),))


def tempered(t, z, labels):
    """The mean cross-entropy of the logits z / t; the temperature t is one positive number."""
    return cross_entropy(z / t, labels)


def tempered_gradient(t, z, labels):
    """Exercise 3: the gradients of the temperature t, which is one number, and of z (n, c).

    How do the probabilities look for a very small t, and for a very large t?
    """
    # For a very small t the largest logit wins: its probability is near 1. For a very large t all
    # logits are near 0, so all probabilities are near 1 / c.
    upstream = cross_entropy_gradient(z / t, labels)
    return -(upstream * z).sum() / t**2, upstream / t


def tempered_cases(draw):
    n, c = draw.side(4, 6), 3
    t, z = draw.array((), Domain(0.5, 2.0)), draw.array((n, c), LOGITS)
    return Case((t, z, draw.generator().integers(0, c, n)))
