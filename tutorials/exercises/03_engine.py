"""Lesson 03: the rules of a division, of the sigmoid and of a power.

Write the three rules, then run `minigrad check tutorials/exercises/03_engine.py`. As in the lesson `g` is
what arrives at the result, and the inputs are given once more; they are arrays here, and the same formula
holds for every number in them. If you like, add the last two to the engine of the lesson.
"""

import numpy as np

from minigrad.domain import Case, Domain


def divide(x, y):
    """x / y"""
    return x / y


def divide_backward(g, x, y):
    """What is handed on to x and to y, each of the shape of g."""
    raise NotImplementedError(
        "return two gradients: x / y is x times 1 / y, and you know the slope of 1 / y from lesson 01"
    )


def divide_cases(draw):
    return Case((draw.array((7,), Domain(-2.0, 2.0)), draw.array((7,), Domain(0.5, 2.0))))


def sigmoid(x):
    """1 / (1 + exp(-x)): anything is squeezed between 0 and 1."""
    return 1 / (1 + np.exp(-x))


def sigmoid_backward(g, x):
    """What is handed on to x, of the shape of g."""
    raise NotImplementedError(
        "return one gradient: go back through 1 / (1 + exp(-x)) step by step; with y = sigmoid(x) the result "
        "is short"
    )


def sigmoid_cases(draw):
    return Case((draw.array((7,), Domain(-3.0, 3.0)),))


def power(x, y):
    """x to the power of y, for positive x."""
    return x**y


def power_backward(g, x, y):
    """What is handed on to x and to y, each of the shape of g."""
    raise NotImplementedError(
        "return two gradients: for x as in x^4; for y write x^y as exp(y log(x)), and go back through that"
    )


def power_cases(draw):
    return Case((draw.array((7,), Domain(0.5, 2.0)), draw.array((7,), Domain(-2.0, 3.0))))
