"""Lesson 05: the gradients of softmax, of log-sum-exp and of the mean cross-entropy.

Write the three gradients, then run `minigrad check tutorials/exercises/05_softmax.py`.
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
    raise NotImplementedError(
        "return the gradient of the logits: each probability of a row depends on every logit of that row, "
        "through the exponential above and through the sum below the line"
    )


def softmax_cases(draw):
    return Case((draw.array((draw.side(2, 5), draw.side(3, 4)), LOGITS),))


def log_sum_exp(z):
    """log(sum(exp(z))) of each row of z (n, c): n numbers."""
    m = z.max(axis=1)
    return m + np.log(np.exp(z - m[:, np.newaxis]).sum(axis=1))


def log_sum_exp_backward(g, z):
    """The gradient of z (n, c), from g (n,)."""
    raise NotImplementedError(
        "return (n, c): what arrives at a row, times the slope of its log-sum-exp along each logit, which "
        "the lesson has found; mind the axis that g does not have"
    )


def log_sum_exp_cases(draw):
    return Case((draw.array((draw.side(2, 5), draw.side(3, 4)), LOGITS),))


def cross_entropy(z, labels):
    """The mean over the n rows of z (n, c) of log_sum_exp(z) - z[label]; labels (n,) are integers."""
    return (log_sum_exp(z) - z[np.arange(len(z)), labels]).mean()


def cross_entropy_gradient(z, labels):
    """The gradient of z (n, c)."""
    raise NotImplementedError(
        "return (n, c): the probabilities, the one-hot labels, and what the mean makes of their difference"
    )


def cross_entropy_cases(draw):
    n, c = draw.side(4, 6), 3
    return Case((draw.array((n, c), LOGITS), draw.generator().integers(0, c, n)))
