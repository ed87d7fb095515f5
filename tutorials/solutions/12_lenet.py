"""Solutions of lesson 12: the gradients of dropout, a mean over pixels, and a cost with weight decay."""

import numpy as np

from minigrad.domain import Case

P = 0.4
"""The share of units that are switched off."""

DECAY = 0.05
"""The price of a weight's square."""

rng = np.random.default_rng(0)
X, LABELS = rng.normal(size=(6, 4)), np.array([0, 2, 1, 1, 0, 2])


def dropout(x, kept):
    """What is not kept becomes 0, and the rest larger, so that the mean stays: x, kept (N, D) -> (N, D).

    kept is True or False, drawn by lot before: nothing is random in here, and it has no gradient.
    """
    return np.where(kept, x / (1 - P), 0.0)


def dropout_backward(g, x, kept):
    """The gradient of x: g (N, D) -> (N, D)."""
    return np.where(kept, g / (1 - P), 0.0)


def pixel_mean(x):
    """Each channel becomes one number, the mean over its pixels: x (N, C, H, W) -> (N, C)."""
    return x.mean(axis=(2, 3))


def pixel_mean_backward(g, x):
    """The gradient of x: g (N, C) -> (N, C, H, W)."""
    share = g / (x.shape[2] * x.shape[3])
    return np.broadcast_to(share[:, :, np.newaxis, np.newaxis], x.shape)


def cost(w):
    """The mean cross-entropy of the logits X @ w, plus DECAY times the sum of all w^2: w (4, 3) -> ()."""
    logits = X @ w
    log_sum = np.log(np.exp(logits).sum(axis=1))
    return np.mean(log_sum - logits[np.arange(6), LABELS]) + DECAY * np.sum(w**2)


def cost_gradient(w):
    """The gradient of w: (4, 3)."""
    logits = X @ w
    p = np.exp(logits)
    p /= p.sum(axis=1, keepdims=True)
    p[np.arange(6), LABELS] -= 1
    return X.T @ p / 6 + 2 * DECAY * w


# Where the functions are checked.


def dropout_cases(draw):
    shape = (draw.integer(2, 4), 5)
    return Case((draw.array(shape), draw.generator().uniform(size=shape) > P))


def pixel_mean_cases(draw):
    return Case((draw.array((draw.integer(2, 3), 2, 3, 4)),))


def cost_cases(draw):
    return Case((draw.generator().normal(size=(4, 3)),))
