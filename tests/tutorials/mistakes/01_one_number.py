"""What is written for the exercises of lesson 01, and is wrong."""

from tests.tutorials.mistake import Mistake

MISTAKES = [
    Mistake("fourth_derivative", lambda x: 4 * x**2, "a power of x is 1 too low"),
    Mistake("fourth_derivative", lambda x: 4 * x, "a power of x is 2 too low"),
    Mistake("fourth_derivative", lambda x: x**3, "is 0.25 times the correct one"),
    Mistake("fourth_derivative", lambda x: 4 * x**4, "multiplied with the input once too often"),
    Mistake("fourth_derivative", lambda x: 4 * x[0] ** 3, "x has shape (7,)"),
    Mistake("reciprocal_derivative", lambda x: 1 / x**2, "has the wrong sign"),
    Mistake("reciprocal_derivative", lambda x: -1 / x, "multiplied with the input once too often"),
    Mistake(
        "reciprocal_derivative", lambda x: -2 / x**3, "is 2 times the correct one divided by x"
    ),
    Mistake("parabola_derivative", lambda x: 6 * x - 2 + 5, "the derivative of a constant is 0"),
    Mistake("parabola_derivative", lambda x: 6 * x, "is 2 too large: the derivative of a constant"),
    Mistake(
        "parabola_derivative", lambda x: 6 * x + 2, "is 4 too large: the derivative of a constant"
    ),
    Mistake("parabola_derivative", lambda x: 3 * x - 2, "your derivative lacks a term, 3 x"),
]
