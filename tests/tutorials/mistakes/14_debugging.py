"""What is written for the exercises of lesson 14, and is wrong.

The names that are not defined here are those of the solved file.
"""

# ruff: noqa: F821

import numpy as np

from tests.tutorials.mistake import Mistake


def mean_over_rows(g, x, w, b):
    gz = np.where(x @ w + b > 0, g, SLOPE * g)
    return gz @ w.T, x.T @ gz, gz.mean(axis=0)


def not_summed(g, x, w, b):
    gz = np.where(x @ w + b > 0, g, SLOPE * g)
    return gz @ w.T, x.T @ gz, gz


def transposed(g, x, w, b):
    gz = np.where(x @ w + b > 0, g, SLOPE * g)
    return gz @ w.T, gz.T @ x, gz.sum(axis=0)


def exchanged(g, x, w, b):
    gz = np.where(x @ w + b > 0, g, SLOPE * g)
    return x.T @ gz, gz @ w.T, gz.sum(axis=0)


MISTAKES = [
    Mistake(
        "swish_backward",
        lambda g, x: sigmoid(x) + x * sigmoid(x) * (1 - sigmoid(x)),
        "ignores the gradient that arrives",
    ),
    Mistake(
        "swish_backward",
        lambda g, x: g * sigmoid(x),
        "the derivative of the second factor is forgotten",
    ),
    Mistake(
        "swish_backward",
        lambda g, x: g * x * sigmoid(x) * (1 - sigmoid(x)),
        "the derivative of x itself is forgotten",
    ),
    Mistake(
        "swish_backward",
        lambda g, x: g * (sigmoid(x) - x * sigmoid(x) * (1 - sigmoid(x))),
        "has the wrong sign in one term",
    ),
    Mistake(
        "leaky_layer_backward",
        mean_over_rows,
        "the mean over axis 0 was taken where the sum belongs",
    ),
    Mistake("leaky_layer_backward", not_summed, "the sum over axis 0 is missing"),
    Mistake("leaky_layer_backward", transposed, "it is transposed: return its .T"),
    Mistake("leaky_layer_backward", exchanged, "in another order than that of the inputs"),
]
