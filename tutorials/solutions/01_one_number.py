"""Lesson 01: derivatives of one number.

Solved. Look here after you have tried, and after the check has said what it can.
"""

from minigrad.domain import Case, Domain


def fourth(x):
    """x times itself, four times."""
    return x**4


def fourth_derivative(x):
    """How far x^4 moves for a small move of x: one number for each x, so of the shape of x."""
    return 4 * x**3


def fourth_cases(draw):
    return Case((draw.array((7,), Domain(-2.0, 2.0)),))


def reciprocal(x):
    """1 / x, of positive numbers."""
    return 1 / x


def reciprocal_derivative(x):
    """How far 1 / x moves for a small move of x, of the shape of x."""
    return -1 / x**2


def reciprocal_cases(draw):
    return Case((draw.array((7,), Domain(0.5, 3.0)),))


def parabola(x):
    """A sum of three terms: 3 x^2 - 2 x + 5."""
    return 3 * x**2 - 2 * x + 5


def parabola_derivative(x):
    """How far the sum moves for a small move of x, of the shape of x."""
    return 6 * x - 2


def parabola_cases(draw):
    return Case((draw.array((7,), Domain(-2.0, 2.0)),))
