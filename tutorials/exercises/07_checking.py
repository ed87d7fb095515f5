"""Lesson 07: three gradients, and in each of them a trap: a mean, a tie, and a row that is used twice.

Write them, then run `minigrad check tutorials/exercises/07_checking.py`.
"""

import numpy as np

from minigrad.domain import Case


def centred(x):
    """x (n, d), with the mean of each row taken away from that row."""
    return x - np.mean(x, axis=1, keepdims=True)


def centred_backward(g, x):
    """The gradient of x (n, d), from g (n, d)."""
    raise NotImplementedError(
        "return the gradient of x: each element of a row goes into the output directly, and through the "
        "mean into all outputs of its row"
    )


def centred_cases(draw):
    return Case((draw.array((draw.side(2, 5), 4)),))


def largest(x):
    """The largest number of each row of x (n, d): n numbers."""
    return x.max(axis=1)


def largest_backward(g, x):
    """The gradient of x (n, d), from g (n,). If two are the largest, one of them may take all."""
    raise NotImplementedError(
        "return (n, d), zeros but for the place of the largest number of each row; np.argmax finds one place "
        "where several are equal"
    )


def largest_cases(draw):
    return Case((draw.array((draw.side(3, 5), 4)),))


def looked_up(table, rows):
    """The rows of table (n, d) with these numbers, integers (m,); a row may be asked for several times."""
    return table[rows]


def looked_up_backward(g, table, rows):
    """The gradient of table (n, d), from g (m, d)."""
    raise NotImplementedError(
        "return (n, d): each row of the table gets what arrives at all places where it was used; np.add.at "
        "adds up where an index is repeated"
    )


def looked_up_cases(draw):
    return Case((draw.array((5, 2)), draw.generator().integers(0, 5, 8)))
