"""Lesson 07: three gradients, and in each of them a trap: a mean, a tie, and a row that is used twice.

The gradients, written. Look here after you have tried, and `minigrad check` has said what it can.
"""

import numpy as np

from minigrad.domain import Case


def centred(x):
    """x (n, d), with the mean of each row taken away from that row."""
    return x - np.mean(x, axis=1, keepdims=True)


def centred_backward(g, x):
    """The gradient of x (n, d), from g (n, d)."""
    return g - g.mean(axis=1, keepdims=True)


def centred_cases(draw):
    return Case((draw.array((draw.side(2, 5), 4)),))


def largest(x):
    """The largest number of each row of x (n, d): n numbers."""
    return x.max(axis=1)


def largest_backward(g, x):
    """The gradient of x (n, d), from g (n,). If two are the largest, one of them may take all."""
    gradient = np.zeros_like(x)
    gradient[np.arange(len(x)), x.argmax(axis=1)] = g
    return gradient


def largest_cases(draw):
    return Case((draw.array((draw.side(3, 5), 4)),))


def looked_up(table, rows):
    """The rows of table (n, d) with these numbers, integers (m,); a row may be asked for several times."""
    return table[rows]


def looked_up_backward(g, table, rows):
    """The gradient of table (n, d), from g (m, d)."""
    gradient = np.zeros_like(table)
    np.add.at(gradient, rows, g)
    return gradient


def looked_up_cases(draw):
    return Case((draw.array((5, 2)), draw.generator().integers(0, 5, 8)))
