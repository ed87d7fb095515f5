"""What is written for the exercises of lesson 02, and is wrong."""

import numpy as np

from tests.tutorials.mistake import Mistake


def slope(x, w, b):
    return 1 - np.tanh(x * w + b) ** 2


MISTAKES = [
    Mistake(
        "fork_backward",
        lambda g, x, w: (2 * x * w * g, x * x * g),
        "your gradient of x lacks a term, 2 x times what arrives from above",
    ),
    Mistake(
        "fork_backward",
        lambda g, x, w: (2 * x * g, x * x * g),
        "your gradient of x lacks a term, 2 x w times what arrives from above",
    ),
    Mistake(
        "fork_backward", lambda g, x, w: (x * (w + 1) * g, x * x * g), "x is half the correct one"
    ),
    Mistake(
        "fork_backward",
        lambda g, x, w: ((w + 1) * g, x * x * g),
        "your gradient of x is 0.5 times the correct one divided by x",
    ),
    Mistake(
        "fork_backward",
        lambda g, x, w: (2 * x * (w + 1) * g, x * g),
        "your gradient of w lacks the factor x: on the way here it is multiplied with x",
    ),
    Mistake(
        "fork_backward",
        lambda g, x, w: (2 * x * (w + 1), x * x),
        "ignores the gradient that arrives, as if that were 1 everywhere",
    ),
    Mistake("fork_backward", lambda g, x, w: 2 * x * (w + 1) * g, "needed: a tuple of 2 gradients"),
    Mistake(
        "neuron_backward",
        lambda g, x, w, b: (g * slope(x, w, b), g * slope(x, w, b), g * slope(x, w, b)),
        "your gradient of x lacks the factor w: on the way here it is multiplied with w",
    ),
    Mistake(
        "neuron_backward",
        lambda g, x, w, b: (g * slope(x, w, b) * x, g * slope(x, w, b) * w, g * slope(x, w, b)),
        "the two are exchanged",
    ),
    Mistake(
        "neuron_backward",
        lambda g, x, w, b: (g * w, g * x, g),
        "your gradient of b is the gradient that arrives, passed on as it is: the inner derivative is",
    ),
    Mistake(
        "neuron_backward",
        lambda g, x, w, b: (g * slope(x, w, b) * w, g * slope(x, w, b) * x, 0 * g),
        "your gradient of b is 0",
    ),
    Mistake(
        "neuron_backward",
        lambda g, x, w, b: (slope(x, w, b) * w, slope(x, w, b) * x, slope(x, w, b)),
        "ignores the gradient that arrives",
    ),
    Mistake("ladder_backward", lambda g, x: g * x**2 * x**2, "as if 4 of 5 equal parts of a sum"),
    Mistake("ladder_backward", lambda g, x: g * x**3 * 2 * x, "as if 3 of 5 equal parts of a sum"),
    Mistake("ladder_backward", lambda g, x: g * 4 * x**4, "as if 1 of 5 equal parts of a sum was"),
    Mistake("ladder_backward", lambda g, x: 5 * x**4, "ignores the gradient that arrives"),
    Mistake("ladder_backward", lambda g, x: g * 5 * x**5, "with the input once too often"),
]
