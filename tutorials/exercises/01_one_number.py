"""Lesson 01: derivatives of one number.

Exercise 1: write the three derivatives. Replace each `raise`, then run

    minigrad check 1

Exercises 2 and 3 are at the end of the file. `python 01_one_number.py` runs them.

The check calls each function with an array. Write the formula as for one number: numpy applies it to every
number of the array. The functions whose names end with `_cases` choose the numbers for the check. Do not
change them.

The answers: `minigrad tutorials 1 --solution`. Next: lesson 02, `minigrad tutorials 2`.
"""

import numpy as np

from minigrad.domain import Case, Domain


def fourth(x):
    """x^4: x times x times x times x."""
    return x**4


def fourth_derivative(x):
    """The slope of x^4 at each x, in the shape of x."""
    raise NotImplementedError(
        "return the derivative as a formula: the derivative of x^2 is 2 x, that of x^3 is 3 x^2"
    )


def fourth_cases(draw):
    return Case((draw.array((7,), Domain(-2.0, 2.0)),))


def reciprocal(x):
    """1 / x, of positive numbers."""
    return 1 / x


def reciprocal_derivative(x):
    """The slope of 1 / x at each x, in the shape of x."""
    raise NotImplementedError(
        "return the derivative as a formula: 1 / x is x to the power of -1; does 1 / x grow when x grows?"
    )


def reciprocal_cases(draw):
    return Case((draw.array((7,), Domain(0.5, 3.0)),))


def parabola(x):
    """A sum of three terms: 3 x^2 - 2 x + 5."""
    return 3 * x**2 - 2 * x + 5


def parabola_derivative(x):
    """The slope of the sum at each x, in the shape of x."""
    raise NotImplementedError(
        "return the derivative as a formula: add the slopes of the three terms, each with its sign"
    )


def parabola_cases(draw):
    return Case((draw.array((7,), Domain(-2.0, 2.0)),))


# ---- exercises 2 and 3 ----

STEPS = 2.0 ** -np.arange(1, 50)


def cube(x):
    return x * x * x


def forward_difference(f, x, step):
    return (f(x + step) - f(x)) / step


def central_difference(f, x, step):
    return (f(x + step) - f(x - step)) / (2 * step)


def errors_of(difference, x):
    """The error of a difference for the slope of the cube at x, for each step."""
    return np.abs(difference(cube, x, STEPS) - 3 * x**2)


def exercise_2():
    """Draw the V curve of `forward_difference` for the cube at 1.1.

    Find the slope of its right arm, and the step at which the arms meet.
    """
    print("exercise 2 is not written yet: draw errors_of(forward_difference, 1.1) against STEPS")


def exercise_3():
    """Where do the arms of `central_difference` meet for the cube at x = 1000?

    Predict first: which of the two arms moves, and in which direction?
    """
    print("exercise 3 is not written yet: compare errors_of(central_difference, 1000.0) with 1.1")


if __name__ == "__main__":
    exercise_2()
    exercise_3()
