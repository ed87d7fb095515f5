"""Lesson 01: derivatives of one number.

Write the three derivatives, in the place of each `raise`, then run

    minigrad check tutorials/exercises/01_one_number.py

Each function is called with an array, and works on every number in it alike: write it as for one number. The
functions whose names end with `_cases` say on which numbers the others are tried: leave them as they are.
"""

from minigrad.domain import Case, Domain


def fourth(x):
    """x times itself, four times."""
    return x**4


def fourth_derivative(x):
    """How far x^4 moves for a small move of x: one number for each x, so of the shape of x."""
    raise NotImplementedError(
        "return the derivative, as a formula: for a square it was 2 x, for a cube 3 x^2"
    )


def fourth_cases(draw):
    return Case((draw.array((7,), Domain(-2.0, 2.0)),))


def reciprocal(x):
    """1 / x, of positive numbers."""
    return 1 / x


def reciprocal_derivative(x):
    """How far 1 / x moves for a small move of x, of the shape of x."""
    raise NotImplementedError(
        "return the derivative: 1 / x is x to the power of -1; which way does it move when x grows?"
    )


def reciprocal_cases(draw):
    return Case((draw.array((7,), Domain(0.5, 3.0)),))


def parabola(x):
    """A sum of three terms: 3 x^2 - 2 x + 5."""
    return 3 * x**2 - 2 * x + 5


def parabola_derivative(x):
    """How far the sum moves for a small move of x, of the shape of x."""
    raise NotImplementedError(
        "return the derivative: add up how far each of the three terms moves, with its sign"
    )


def parabola_cases(draw):
    return Case((draw.array((7,), Domain(-2.0, 2.0)),))
