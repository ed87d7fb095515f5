"""Lesson 08: the backward pass of a network with two layers, and the gradient of its cost.

Write the three gradients, then run `minigrad check tutorials/exercises/08_two_layers.py`.
"""

import numpy as np

from minigrad.domain import Case, Domain

LAMBDA = 0.01
UNIT = Domain(-2.0, 2.0)


def hidden_layer(x, w, b):
    """The hidden units (n, h) of n examples: x (n, d), w (h, d), b (h,)."""
    return np.maximum(0, x @ w.T + b)


def hidden_layer_backward(g, x, w, b):
    """The gradients of x (n, d), w (h, d) and b (h,), from g (n, h)."""
    raise NotImplementedError(
        "return three gradients, of x, w and b: first go back through the ReLU, then through the weighted "
        "sum and the bias"
    )


def hidden_layer_cases(draw):
    n, d, h = draw.side(5, 6), 4, 3  # all different: a shape that fits is no accident
    return Case((draw.array((n, d), UNIT), draw.array((h, d), UNIT), draw.array((h,), UNIT)))


def network(x, w1, b1, w2, b2):
    """The logits (n, c) of n examples: x (n, d), w1 (h, d), b1 (h,), w2 (c, h), b2 (c,)."""
    return hidden_layer(x, w1, b1) @ w2.T + b2


def network_backward(g, x, w1, b1, w2, b2):
    """The gradients of x, w1, b1, w2 and b2, each in the shape of its input, from g (n, c)."""
    raise NotImplementedError(
        "return five gradients, of x, w1, b1, w2, b2: two belong to the second layer; what it hands on to "
        "the hidden units goes through hidden_layer_backward"
    )


def network_cases(draw):
    n, d, h, c = draw.side(5, 6), 4, 3, 2
    x, w1, b1 = draw.array((n, d), UNIT), draw.array((h, d), UNIT), draw.array((h,), UNIT)
    return Case((x, w1, b1, draw.array((c, h), UNIT), draw.array((c,), UNIT)))


def cost(logits, labels, w1, w2):
    """The mean cross-entropy of the logits (n, c), plus LAMBDA times the sum of all squared weights.

    labels (n,) are integers; w1 and w2 are matrices.
    """
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    loss = -log_p[np.arange(len(logits)), labels].mean()
    return loss + LAMBDA * (np.sum(w1**2) + np.sum(w2**2))


def cost_gradient(logits, labels, w1, w2):
    """The gradients of logits (n, c), of w1 and of w2; labels are no numbers that could be moved."""
    raise NotImplementedError(
        "return three gradients, of logits, w1 and w2: the first comes of the mean cross-entropy, the "
        "other two of the price of large weights"
    )


def cost_cases(draw):
    n, c = draw.side(5, 6), 4
    labels = draw.generator().integers(0, c, n)
    w1, w2 = draw.array((3, 2), UNIT), draw.array((c, 3), UNIT)
    return Case((draw.array((n, c), UNIT), labels, w1, w2))
