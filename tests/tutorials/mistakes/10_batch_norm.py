"""What is written for the exercises of lesson 10, and is wrong."""

import numpy as np

from tests.tutorials.mistake import Mistake

EPS = 1e-5
RUNNING_MEAN = np.array([0.5, -1.0, 2.0])
RUNNING_VAR = np.array([1.0, 0.25, 4.0])


def parts(x, axis):
    """What is left of x, and 1 / its deviation."""
    centred = x - x.mean(axis=axis, keepdims=True)
    return centred, 1 / np.sqrt(x.var(axis=axis, keepdims=True) + EPS)


def others(g, standard):
    return (g * standard).sum(axis=0), g.sum(axis=0)


# ---- in training ----


def straight_on(g, x, gamma, beta):
    centred, inverse = parts(x, 0)
    return (gamma * inverse * g, *others(g, centred * inverse))


def without_the_mean(g, x, gamma, beta):
    centred, inverse = parts(x, 0)
    standard = centred * inverse
    g_x = gamma * inverse * (g - standard * (g * standard).mean(axis=0))
    return (g_x, *others(g, standard))


def without_the_variance(g, x, gamma, beta):
    centred, inverse = parts(x, 0)
    return (gamma * inverse * (g - g.mean(axis=0)), *others(g, centred * inverse))


def half_the_slope_of_the_square(g, x, gamma, beta):
    centred, inverse = parts(x, 0)
    standard = centred * inverse
    g_x = gamma * inverse * (g - g.mean(axis=0) - standard * (g * standard).mean(axis=0) / 2)
    return (g_x, *others(g, standard))


def gamma_forgotten(g, x, gamma, beta):
    centred, inverse = parts(x, 0)
    standard = centred * inverse
    g_x = inverse * (g - g.mean(axis=0) - standard * (g * standard).mean(axis=0))
    return (g_x, *others(g, standard))


def means_for_gamma_and_beta(g, x, gamma, beta):
    centred, inverse = parts(x, 0)
    standard = centred * inverse
    g_x = gamma * inverse * (g - g.mean(axis=0) - standard * (g * standard).mean(axis=0))
    return g_x, (g * standard).mean(axis=0), g.mean(axis=0)


# ---- in evaluation ----


def as_in_training(g, x, gamma, beta):
    inverse = 1 / np.sqrt(RUNNING_VAR + EPS)
    standard = (x - RUNNING_MEAN) * inverse
    g_x = gamma * inverse * (g - g.mean(axis=0) - standard * (g * standard).mean(axis=0))
    return (g_x, *others(g, standard))


def copies_of_beta(g, x, gamma, beta):
    inverse = 1 / np.sqrt(RUNNING_VAR + EPS)
    return g * gamma * inverse, (g * (x - RUNNING_MEAN) * inverse).sum(axis=0), g


def means(g, x, gamma, beta):
    inverse = 1 / np.sqrt(RUNNING_VAR + EPS)
    standard = (x - RUNNING_MEAN) * inverse
    return g * gamma * inverse, (g * standard).mean(axis=0), g.mean(axis=0)


# ---- over the rows ----


def rows_straight_on(g, x, gamma, beta):
    centred, inverse = parts(x, 1)
    return (g * gamma * inverse, *others(g, centred * inverse))


def rows_without_the_mean(g, x, gamma, beta):
    centred, inverse = parts(x, 1)
    standard = centred * inverse
    along = (g * gamma * standard).mean(axis=1, keepdims=True)
    return (inverse * (g * gamma - standard * along), *others(g, standard))


def rows_without_the_variance(g, x, gamma, beta):
    centred, inverse = parts(x, 1)
    g_x = inverse * (g * gamma - (g * gamma).mean(axis=1, keepdims=True))
    return (g_x, *others(g, centred * inverse))


def summed_over_the_row(g, x, gamma, beta):
    centred, inverse = parts(x, 1)
    standard, g_standard = centred * inverse, g * gamma
    along = (g_standard * standard).mean(axis=1, keepdims=True)
    g_x = inverse * (g_standard - g_standard.mean(axis=1, keepdims=True) - standard * along)
    return g_x, (g * standard).sum(axis=1), g.sum(axis=1)


MISTAKES = [
    Mistake(
        "batch_norm_backward",
        straight_on,
        "takes the mean and the variance over axis 0 for constants",
    ),
    Mistake("batch_norm_backward", without_the_mean, "misses the way through the mean over axis 0"),
    Mistake(
        "batch_norm_backward",
        without_the_variance,
        "misses the way through the variance over axis 0",
    ),
    Mistake(
        "batch_norm_backward",
        half_the_slope_of_the_square,
        "misses the way through the variance over axis 0",
    ),
    Mistake("batch_norm_backward", gamma_forgotten, "lacks the factor gamma"),
    Mistake(
        "batch_norm_backward",
        means_for_gamma_and_beta,
        "the mean over axis 0 was taken where the sum belongs",
    ),
    Mistake(
        "evaluated_backward", as_in_training, "each output depends on its own input alone, so there"
    ),
    Mistake("evaluated_backward", copies_of_beta, "the sum over axis 0 is missing"),
    Mistake("evaluated_backward", means, "the mean over axis 0 was taken where the sum belongs"),
    Mistake(
        "layer_norm_backward",
        rows_straight_on,
        "takes the mean and the variance over axis 1 for constants",
    ),
    Mistake(
        "layer_norm_backward", rows_without_the_mean, "misses the way through the mean over axis 1"
    ),
    Mistake(
        "layer_norm_backward",
        rows_without_the_variance,
        "misses the way through the variance over axis 1",
    ),
    Mistake("layer_norm_backward", summed_over_the_row, "the gradient of gamma has shape (4,)"),
]
