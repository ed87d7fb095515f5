"""Lesson 02: back through a computation, by hand.

Solved. Look here after you have tried, and after the check has said what it can.
"""

import numpy as np

from minigrad.domain import Case, Domain


def fork(x, w):
    """Two inputs, and `a` is used twice: by b, and by the result."""
    a = x * x
    b = a * w
    return b + a


def fork_backward(g, x, w):
    """The gradients of x and of w, each of the shape of g."""
    a = x * x
    a_bar = g  # from b + a
    a_bar = a_bar + w * g  # from b = a * w, where b got g
    return x * a_bar + x * a_bar, a * g


def fork_cases(draw):
    return Case((draw.array((7,), Domain(-1.5, 1.5)), draw.array((7,), Domain(-1.5, 1.5))))


def neuron(x, w, b):
    """One neuron: a weighted input and a bias, squeezed between -1 and 1."""
    a = x * w + b
    return np.tanh(a)


def neuron_backward(g, x, w, b):
    """The gradients of x, of w and of b, each of the shape of g."""
    a_bar = (1 - np.tanh(x * w + b) ** 2) * g
    return w * a_bar, x * a_bar, a_bar


def neuron_cases(draw):
    return Case(tuple(draw.array((7,), Domain(-1.5, 1.5)) for _ in range(3)))


def ladder(x):
    """How many ways lead from x to the result?"""
    a = x * x
    b = a * x
    return a * b


def ladder_backward(g, x):
    """The gradient of x, of the shape of g; found by walking back, not from the power that it is."""
    a = x * x
    b = a * x
    a_bar, b_bar = b * g, a * g
    a_bar = a_bar + x * b_bar
    return a * b_bar + x * a_bar + x * a_bar


def ladder_cases(draw):
    return Case((draw.array((7,), Domain(-2.0, 2.0)),))
