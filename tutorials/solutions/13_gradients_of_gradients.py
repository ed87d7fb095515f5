"""Lesson 13: the gradients of a slope, of a gradient rule, and of a penalty for slopes.

The solved file. Try the exercises first, and read the messages of `minigrad check 13`.
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
    return -2 * np.tanh(x) * tanh_slope(x)


def tanh_rule(g, x):
    """The gradient rule of tanh: g and x of one shape -> the gradient of x, of that shape."""
    return g * (1 - np.tanh(x) ** 2)


def tanh_rule_backward(u, g, x):
    """Exercise 1: the gradients of g and x. The upstream gradient u and both results have their shape."""
    return u * tanh_slope(x), u * g * tanh_slope_derivative(x)


def penalty(w, v):
    """The mean over X of the squared slope of the network tanh(x @ w) @ v: w (2, H), v (H,) -> a number.

    The slope at a point x is a vector with 2 elements: w @ (v * (1 - tanh(x @ w)**2)).
    """
    slopes = ((1 - np.tanh(X @ w) ** 2) * v) @ w.T  # (7, 2)
    return np.mean(np.sum(slopes**2, axis=1))


def penalty_gradient(w, v):
    """Exercise 2: the gradients of w and v: (2, H), (H,)."""
    h = np.tanh(X @ w)
    steep = 1 - h**2
    passed = steep * v
    g_slopes = 2 * (passed @ w.T) / len(X)
    g_passed = g_slopes @ w
    g_steep = g_passed * v
    g_product = g_steep * -2 * h * steep
    return X.T @ g_product + g_slopes.T @ passed, np.sum(g_passed * steep, axis=0)


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
    x = 0.3
    for _ in range(6):
        first, second = 4 * x**3 - 6 * x + 1, 12 * x**2 - 6
        x -= first / second
        print(f"x = {x:.6f}, f(x) = {f(x):.6f}, second derivative {12 * x**2 - 6:.3f}")
    assert abs(4 * x**3 - 6 * x + 1) < 1e-12
    assert f(x) > max(f(x - 0.01), f(x + 0.01))
    print(
        "It moves to x = 0.17, which is a local maximum of f. Newton's method looks for a point with"
    )
    print(
        "slope 0, and not for a minimum. The second derivative is negative between -0.71 and 0.71. So the"
    )
    print("parabola opens downwards there, and its extreme point is a maximum.")


if __name__ == "__main__":
    exercise_3()
