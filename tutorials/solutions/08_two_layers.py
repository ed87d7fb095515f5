"""Lesson 08: the backward pass of a network with two layers, and the gradient of its cost.

The three gradients, written. Look here after you have tried, and `minigrad check` has said what it can.
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
    g_sums = g * (x @ w.T + b > 0)
    return g_sums @ w, g_sums.T @ x, g_sums.sum(axis=0)


def hidden_layer_cases(draw):
    n, d, h = draw.side(5, 6), 4, 3  # all different: a shape that fits is no accident
    return Case((draw.array((n, d), UNIT), draw.array((h, d), UNIT), draw.array((h,), UNIT)))


def network(x, w1, b1, w2, b2):
    """The logits (n, c) of n examples: x (n, d), w1 (h, d), b1 (h,), w2 (c, h), b2 (c,)."""
    return hidden_layer(x, w1, b1) @ w2.T + b2


def network_backward(g, x, w1, b1, w2, b2):
    """The gradients of x, w1, b1, w2 and b2, each in the shape of its input, from g (n, c)."""
    hidden = hidden_layer(x, w1, b1)
    return (*hidden_layer_backward(g @ w2, x, w1, b1), g.T @ hidden, g.sum(axis=0))


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
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    g = e / e.sum(axis=1, keepdims=True)
    g[np.arange(len(logits)), labels] -= 1
    return g / len(logits), 2 * LAMBDA * w1, 2 * LAMBDA * w2


def cost_cases(draw):
    n, c = draw.side(5, 6), 4
    labels = draw.generator().integers(0, c, n)
    w1, w2 = draw.array((3, 2), UNIT), draw.array((c, 3), UNIT)
    return Case((draw.array((n, c), UNIT), labels, w1, w2))
