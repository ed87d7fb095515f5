"""Lesson 01: derivatives of one number.

The solved file. Try the exercises first, and read the messages of `minigrad check 1`.
"""

import matplotlib.pyplot as plt
import numpy as np

from minigrad.domain import Case, Domain


def fourth(x):
    """x^4: x times x times x times x."""
    return x**4


def fourth_derivative(x):
    """The slope of x^4 at each x, in the shape of x."""
    return 4 * x**3


def fourth_cases(draw):
    return Case((draw.array((7,), Domain(-2.0, 2.0)),))


def reciprocal(x):
    """1 / x, of positive numbers."""
    return 1 / x


def reciprocal_derivative(x):
    """The slope of 1 / x at each x, in the shape of x."""
    return -1 / x**2


def reciprocal_cases(draw):
    return Case((draw.array((7,), Domain(0.5, 3.0)),))


def parabola(x):
    """A sum of three terms: 3 x^2 - 2 x + 5."""
    return 3 * x**2 - 2 * x + 5


def parabola_derivative(x):
    """The slope of the sum at each x, in the shape of x."""
    return 6 * x - 2


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
    errors = errors_of(forward_difference, 1.1)
    _, ax = plt.subplots()
    ax.loglog(STEPS, errors, "o")
    ax.set(title="The V curve of a forward difference", xlabel="step", ylabel="error")
    plt.show()
    arm = slice(6, 20)  # steps from 1e-2 to 1e-6
    slope = np.polyfit(np.log(STEPS[arm]), np.log(errors[arm]), 1)[0]
    assert abs(slope - 1) < 0.01
    assert 1e-10 < STEPS[np.argmin(errors)] < 1e-6
    print(f"The slope of the right arm is {slope:.1f}: the error is proportional to the step, not")
    print("to its square. Truncation is larger than for the central difference, so the arms meet")
    print("at a smaller step: near 1e-8. The best forward difference has about 8 correct digits,")
    print("not 10.")


def exercise_3():
    """Where do the arms of `central_difference` meet for the cube at x = 1000?

    Predict first: which of the two arms moves, and in which direction?
    """
    at_one, at_thousand = errors_of(central_difference, 1.1), errors_of(central_difference, 1000.0)
    assert abs(at_thousand[0] / at_one[0] - 1) < 0.01  # the right arm is step² for both
    assert 1e-4 < STEPS[np.argmin(at_thousand)] < 1e-1
    print("The right arm does not move: the error of truncation is step² for every x. The left")
    print("arm moves up. The cube is 1e9, so its rounding error is about 1e-7, and round-off is")
    print("1e-7 / step. The arms meet where step² is equal to 1e-7 / step: near 0.005.")


if __name__ == "__main__":
    exercise_2()
    exercise_3()
