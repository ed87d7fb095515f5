"""What is written for the exercises of lesson 13, and is wrong.

The names that are not defined here are those of the solved file.
"""

# ruff: noqa: F821

import numpy as np

from tests.tutorials.mistake import Mistake


def not_divided(w, v):
    h = np.tanh(X @ w)
    steep = 1 - h**2
    passed = steep * v
    g_slopes = 2 * (passed @ w.T)
    g_passed = g_slopes @ w
    g_product = g_passed * v * -2 * h * steep
    return X.T @ g_product + g_slopes.T @ passed, np.sum(g_passed * steep, axis=0)


def square_not_derived(w, v):
    h = np.tanh(X @ w)
    steep = 1 - h**2
    passed = steep * v
    g_slopes = (passed @ w.T) / len(X)
    g_passed = g_slopes @ w
    g_product = g_passed * v * -2 * h * steep
    return X.T @ g_product + g_slopes.T @ passed, np.sum(g_passed * steep, axis=0)


def not_summed(w, v):
    h = np.tanh(X @ w)
    steep = 1 - h**2
    passed = steep * v
    g_slopes = 2 * (passed @ w.T) / len(X)
    g_passed = g_slopes @ w
    g_product = g_passed * v * -2 * h * steep
    return X.T @ g_product + g_slopes.T @ passed, g_passed * steep


def exchanged(w, v):
    h = np.tanh(X @ w)
    steep = 1 - h**2
    passed = steep * v
    g_slopes = 2 * (passed @ w.T) / len(X)
    g_passed = g_slopes @ w
    g_product = g_passed * v * -2 * h * steep
    return np.sum(g_passed * steep, axis=0), X.T @ g_product + g_slopes.T @ passed


MISTAKES = [
    Mistake(
        "tanh_slope_derivative",
        lambda x: -np.tanh(x) * tanh_slope(x),
        "half the correct one: the 2 from the derivative of a square is missing",
    ),
    Mistake(
        "tanh_slope_derivative", lambda x: 2 * np.tanh(x) * tanh_slope(x), "has the wrong sign"
    ),
    Mistake(
        "tanh_slope_derivative",
        lambda x: -2 * np.tanh(x),
        "a factor, the output itself, is missing",
    ),
    Mistake(
        "tanh_rule_backward",
        lambda u, g, x: (u * tanh_slope(x), u * tanh_slope_derivative(x)),
        "your gradient of x lacks the factor g",
    ),
    Mistake(
        "tanh_rule_backward",
        lambda u, g, x: (tanh_slope(x), g * tanh_slope_derivative(x)),
        "your gradient of g ignores the gradient that arrives",
    ),
    Mistake(
        "tanh_rule_backward",
        lambda u, g, x: (u * g * tanh_slope_derivative(x), u * tanh_slope(x)),
        "the two are exchanged, give g's first",
    ),
    Mistake(
        "tanh_rule_backward",
        lambda u, g, x: u * g * tanh_slope_derivative(x),
        "needed: a tuple of 2 gradients, those of g, x",
    ),
    Mistake("penalty_gradient", not_divided, "your gradient of w is 7 times the correct one"),
    Mistake(
        "penalty_gradient", square_not_derived, "the 2 from the derivative of a square is missing"
    ),
    Mistake("penalty_gradient", not_summed, "the sum over axis 0 is missing"),
    Mistake("penalty_gradient", exchanged, "in another order than that of the inputs"),
]
