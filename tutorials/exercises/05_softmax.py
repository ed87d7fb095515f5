"""Lesson 05: the gradients of softmax, of log-sum-exp and of the mean cross-entropy.

Exercise 1: write the first three gradients. Replace each `raise`, then run

    minigrad check 5

Exercises 2 and 3 are the last two gradients, and the same command checks them.

`g` is the upstream gradient. Each row of the logits z (n, c) is one example, with c classes.

The answers: `minigrad tutorials 5 --solution`. Next: lesson 06, `minigrad tutorials 6`.
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
        "return the gradient of the logits: each probability of a row depends on every logit of that row,"
        " through the numerator and through the sum in the denominator"
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
        "return (n, c): the upstream gradient of each row, times the slopes of its log-sum-exp. The "
        "lesson has found these slopes. g has one axis less than z."
    )


def log_sum_exp_cases(draw):
    return Case((draw.array((draw.side(2, 5), draw.side(3, 4)), LOGITS),))


def cross_entropy(z, labels):
    """The mean over the n rows of z (n, c) of log_sum_exp(z) - z[label]; labels (n,) are integers."""
    return (log_sum_exp(z) - z[np.arange(len(z)), labels]).mean()


def cross_entropy_gradient(z, labels):
    """The gradient of z (n, c)."""
    raise NotImplementedError(
        "return (n, c): the probabilities minus the one-hot labels; the loss is a mean, so divide by n"
    )


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
    raise NotImplementedError(
        "return (n,): the first column of softmax_backward(g, pairs), where g is 1 for the first "
        "probability of each pair and 0 for the second"
    )


def sigmoid_cases(draw):
    return Case((draw.array((draw.side(2, 5),), LOGITS),))


def tempered(t, z, labels):
    """The mean cross-entropy of the logits z / t; the temperature t is one positive number."""
    return cross_entropy(z / t, labels)


def tempered_gradient(t, z, labels):
    """Exercise 3: the gradients of the temperature t, which is one number, and of z (n, c).

    How do the probabilities look for a very small t, and for a very large t?
    """
    raise NotImplementedError(
        "return two gradients: first that of z / t, then the contributions of the division to t and to z;"
        " t is one number, so add over all elements"
    )


def tempered_cases(draw):
    n, c = draw.side(4, 6), 3
    t, z = draw.array((), Domain(0.5, 2.0)), draw.array((n, c), LOGITS)
    return Case((t, z, draw.generator().integers(0, c, n)))
