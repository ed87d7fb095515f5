"""What is written for the exercises of lesson 07, and is wrong."""

import numpy as np

from tests.tutorials.mistake import Mistake


def to_every_tie(g, x):
    return g[:, np.newaxis] * (x == x.max(axis=1, keepdims=True))


def to_the_smallest(g, x):
    gradient = np.zeros_like(x)
    gradient[np.arange(len(x)), x.argmin(axis=1)] = g
    return gradient


def the_last_one_wins(g, table, rows):
    gradient = np.zeros_like(table)
    gradient[rows] = g
    return gradient


def added_once(g, table, rows):
    gradient = np.zeros_like(table)
    gradient[rows] += g
    return gradient


def ones_added(g, table, rows):
    gradient = np.zeros_like(table)
    np.add.at(gradient, rows, 1.0)
    return gradient


MISTAKES = [
    Mistake("centred_backward", lambda g, x: g, "misses the way through the mean over axis 1"),
    Mistake("centred_backward", lambda g, x: g - g.mean(), "where axis=1 belongs"),
    Mistake("centred_backward", lambda g, x: g - g.mean(axis=0), "where axis=1 belongs"),
    Mistake(
        "centred_backward",
        lambda g, x: g * (1 - 1 / x.shape[1]),
        "takes each output to depend on its own input alone",
    ),
    Mistake("centred_backward", lambda g, x: 0 * g, "is 0, as if f did not depend on the input"),
    Mistake("largest_backward", to_every_tie, "gradient at a kink is a subgradient does not hold"),
    Mistake("largest_backward", to_the_smallest, "has the correct numbers in the wrong places"),
    Mistake(
        "largest_backward",
        lambda g, x: g * (x == x.max(axis=1)),
        "could not be broadcast together with shapes",
    ),
    Mistake("looked_up_backward", the_last_one_wins, "there is an = where += belongs"),
    Mistake("looked_up_backward", added_once, "there is an = where += belongs"),
    Mistake("looked_up_backward", ones_added, "ignores the gradient that arrives"),
    Mistake(
        "looked_up_backward",
        lambda g, table, rows: g[rows],
        "has shape (8, 2), and table has shape (5, 2): a gradient has the shape of its input",
    ),
]
