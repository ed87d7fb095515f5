"""Lesson 13: the gradients of a slope, of a gradient rule, and of a penalty for slopes.

Exercises 1 and 2: write the three functions. Replace each `raise`, then run

    minigrad check 13

Exercise 3 is at the end of the file. `python 13_gradients_of_gradients.py` runs it.
"""

import numpy as np

from minigrad.domain import Case

X = np.random.default_rng(0).normal(size=(7, 2))
"""Seven points at which the slopes of a network are computed."""


def tanh_slope(x):
    """The derivative of tanh, element by element: x -> the shape of x."""
    return 1 - np.tanh(x) ** 2


def tanh_slope_derivative(x):
    """Exercise 1: the derivative of tanh_slope, the second one of tanh: x -> the shape of x."""
    raise NotImplementedError(
        "tanh_slope is 1 minus the square of tanh; the derivative of tanh is tanh_slope"
    )


def tanh_rule(g, x):
    """The gradient rule of tanh: g and x of one shape -> the gradient of x, of that shape."""
    return g * (1 - np.tanh(x) ** 2)


def tanh_rule_backward(u, g, x):
    """Exercise 1: the gradients of g and x. The upstream gradient u and both results have their shape."""
    raise NotImplementedError(
        "the rule is the product of g and a function of x; multiply u by the derivative with respect to "
        "each of them; return (gg, gx)"
    )


def penalty(w, v):
    """The mean over X of the squared slope of the network tanh(x @ w) @ v: w (2, H), v (H,) -> a number.

    The slope at a point x is a vector with 2 elements: w @ (v * (1 - tanh(x @ w)**2)).
    """
    slopes = ((1 - np.tanh(X @ w) ** 2) * v) @ w.T  # (7, 2)
    return np.mean(np.sum(slopes**2, axis=1))


def penalty_gradient(w, v):
    """Exercise 2: the gradients of w and v: (2, H), (H,)."""
    raise NotImplementedError(
        "go backwards through penalty line by line; w is used twice, in X @ w and in the product with w.T: "
        "add both contributions; return (gw, gv)"
    )


# The inputs for the check. Do not change these functions.


def tanh_rule_cases(draw):
    shape = (draw.integer(2, 4), 3)
    return Case(tuple(draw.generator().uniform(-2, 2, shape) for _ in range(2)))


def penalty_cases(draw):
    hidden = draw.integer(3, 5)
    return Case((draw.generator().normal(size=(2, hidden)), draw.generator().normal(size=hidden)))


# ---- exercise 3 ----


def f(x):
    """The function of the lesson. Its derivatives are 4 x^3 - 6 x + 1 and 12 x^2 - 6."""
    return x**4 - 3 * x**2 + x


def exercise_3():
    """Start Newton's method for f at 0.3.

    To which point does it move, and why? What is the second derivative there?
    """
    print(
        "exercise 3 is not written yet: repeat x -= first / second from x = 0.3, and print x, f(x), second"
    )


if __name__ == "__main__":
    exercise_3()
