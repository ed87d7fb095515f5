"""What is written for the exercises of lesson 03, and is wrong."""

import numpy as np

from tests.tutorials.mistake import Mistake


def y(x):
    return 1 / (1 + np.exp(-x))


MISTAKES = [
    Mistake("divide_backward", lambda g, x, y: (g / y, g * x / y**2), "of y has the wrong sign"),
    Mistake(
        "divide_backward",
        lambda g, x, y: (g / y, -g * x / y),
        "of y is multiplied with the input once too often",
    ),
    Mistake("divide_backward", lambda g, x, y: (g / y, -g / y**2), "of y lacks the factor x"),
    Mistake(
        "divide_backward",
        lambda g, x, y: (g * y, -g * x / y**2),
        "of x is the gradient that arrives divided by the derivative, where it should be multiplied",
    ),
    Mistake("divide_backward", lambda g, x, y: (-g * x / y**2, g / y), "the two are exchanged"),
    Mistake(
        "sigmoid_backward",
        lambda g, x: g * x * (1 - x),
        "the input stands where the output belongs",
    ),
    Mistake(
        "sigmoid_backward", lambda g, x: y(x) * (1 - y(x)), "ignores the gradient that arrives"
    ),
    Mistake("sigmoid_backward", lambda g, x: -g * y(x) * (1 - y(x)), "has the wrong sign"),
    Mistake(
        "sigmoid_backward", lambda g, x: g * (1 - y(x)), "a factor, the output itself, is missing"
    ),
    Mistake(
        "sigmoid_backward",
        lambda g, x: g * y(y(x)) * (1 - y(y(x))),
        "uses the derivative at the output, f'(f(x)), where f'(x) belongs",
    ),
    Mistake(
        "power_backward",
        lambda g, x, y: (g * y * x**y, g * x**y * np.log(x)),
        "of x is multiplied with the input once too often",
    ),
    Mistake(
        "power_backward",
        lambda g, x, y: (g * y * x ** (y - 1), g * x**y),
        "of y is the gradient that arrives times the output",
    ),
    Mistake(
        "power_backward",
        lambda g, x, y: (g * y * x ** (y - 1), 0 * g),
        "of y is 0, as if f did not depend on the input",
    ),
    Mistake(
        "power_backward",
        lambda g, x, y: (g * x ** (y - 1), g * x**y * np.log(x)),
        "of x lacks the factor y",
    ),
    Mistake(
        "power_backward",
        lambda g, x, y: (g * y * x ** (y - 1), g * np.log(x)),
        "of y is the correct one divided by the output",
    ),
]
