"""What is written for the exercises of lesson 09, and is wrong."""

import numpy as np

from tests.tutorials.mistake import Mistake


def through_the_layer_only(g, x, w):
    g_sums = g * (x @ w.T > 0)
    return g_sums @ w, g_sums.T @ x


def around_the_layer_only(g, x, w):
    g_sums = g * (x @ w.T > 0)
    return g, g_sums.T @ x


def around_it_twice(g, x, w):
    g_sums = g * (x @ w.T > 0)
    return 2 * g + g_sums @ w, g_sums.T @ x


def weights_transposed(g, x, w):
    g_sums = g * (x @ w.T > 0)
    return g + g_sums @ w, x.T @ g_sums


def length_as_a_constant(g, x):
    return g / np.sqrt((x * x).mean(axis=1, keepdims=True))


def sum_for_a_mean(g, x):
    length = np.sqrt((x * x).mean(axis=1, keepdims=True))
    standard = x / length
    return (g - standard * (g * standard).sum(axis=1, keepdims=True)) / length


def sign_of_the_way_back(g, x):
    length = np.sqrt((x * x).mean(axis=1, keepdims=True))
    standard = x / length
    return (g + standard * (g * standard).mean(axis=1, keepdims=True)) / length


def over_the_batch(g, x):
    length = np.sqrt((x * x).mean(axis=1, keepdims=True))
    standard = x / length
    return (g - standard * (g * standard).mean(axis=0)) / length


def twice_the_square(g, x):
    length = np.sqrt((x * x).mean(axis=1, keepdims=True))
    standard = x / length
    return (g - 2 * standard * (g * standard).mean(axis=1, keepdims=True)) / length


def own_number_only(g, x):
    length = np.sqrt((x * x).mean(axis=1, keepdims=True))
    standard = x / length
    return g * (1 - standard**2 / x.shape[1]) / length


MISTAKES = [
    Mistake(
        "residual_backward", through_the_layer_only, "the way straight to the output is missing"
    ),
    Mistake("residual_backward", around_the_layer_only, "passed on as it is"),
    Mistake("residual_backward", around_it_twice, "as a term once too often"),
    Mistake("residual_backward", weights_transposed, "is the transpose of the correct one"),
    Mistake(
        "rms_norm_backward",
        length_as_a_constant,
        "misses the way through the length, or the mean square, over axis 1",
    ),
    Mistake(
        "rms_norm_backward",
        sum_for_a_mean,
        "through the length, or the mean square, over axis 1, or gives it a wrong weight",
    ),
    Mistake("rms_norm_backward", sign_of_the_way_back, "or gives it a wrong weight"),
    Mistake(
        "rms_norm_backward", over_the_batch, "mixes the indices of axis 0, which f keeps apart"
    ),
    Mistake("rms_norm_backward", twice_the_square, "or gives it a wrong weight"),
    Mistake(
        "rms_norm_backward", own_number_only, "takes each output to depend on its own input alone"
    ),
]
