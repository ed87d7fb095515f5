"""What is written for the exercises of lesson 12, and is wrong.

The names that are not defined here are those of the solved file.
"""

# ruff: noqa: F821

import numpy as np

from tests.tutorials.mistake import Mistake


def errors(logits, labels):
    """The softmax of the logits, minus 1 at the label."""
    p = np.exp(logits)
    p /= p.sum(axis=1, keepdims=True)
    p[np.arange(6), labels] -= 1
    return p


def over_pixels(g, x):
    return np.broadcast_to(g[:, :, np.newaxis, np.newaxis], x.shape)


MISTAKES = [
    Mistake("dropout_backward", lambda g, x, kept: g * kept, "as if a division by 0.6 was"),
    Mistake("dropout_backward", lambda g, x, kept: g * kept / P, "is 1.5 times the correct one"),
    Mistake("dropout_backward", lambda g, x, kept: g / (1 - P), "mask is missing"),
    Mistake("dropout_backward", lambda g, x, kept: g, "the inner derivative is missing"),
    Mistake("dropout_backward", lambda g, x, kept: kept / (1 - P), "ignores the gradient"),
    Mistake(
        "pixel_mean_backward",
        over_pixels,
        "is the number of pixels of an image in x (12) times too large: the division by it",
    ),
    Mistake(
        "pixel_mean_backward",
        lambda g, x: over_pixels(g, x) / x.size,
        "times too small: it is divided by it once too often",
    ),
    Mistake(
        "pixel_mean_backward",
        lambda g, x: g[:, :, np.newaxis, np.newaxis] / (x.shape[2] * x.shape[3]),
        "it must be stretched to the shape of the input: return np.broadcast_to",
    ),
    Mistake(
        "pixel_mean_backward",
        lambda g, x: np.ones(x.shape) / (x.shape[2] * x.shape[3]),
        "ignores the gradient that arrives",
    ),
    Mistake(
        "cost_gradient",
        lambda w: X.T @ errors(X @ w, LABELS) / 6,
        "lacks the term 0.1 w: the derivative of an L2 penalty",
    ),
    Mistake(
        "cost_gradient",
        lambda w: X.T @ errors(X @ w, LABELS) / 6 + DECAY * w,
        "lacks the term 0.05 w: the derivative of an L2 penalty",
    ),
    Mistake(
        "cost_gradient",
        lambda w: -X.T @ errors(X @ w, LABELS) / 6 - 2 * DECAY * w,
        "has the wrong sign",
    ),
]
