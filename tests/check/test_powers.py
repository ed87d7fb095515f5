"""The first derivatives that anybody learns, with the mistakes of those who learn them."""

from __future__ import annotations

import numpy as np
import pytest

from minigrad import check

RNG = np.random.default_rng(5)
X = RNG.uniform(0.5, 2.0, 7) * RNG.choice([-1.0, 1.0], 7)


def fourth(x):
    return x**4


def parabola(x):
    return 3 * x**2 - 2 * x + 5


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def causes(f, df):
    report = check.derivative(f, df, X)
    assert report.verdict == "wrong"
    return report.causes


@pytest.mark.parametrize(
    ("f", "df", "says"),
    [
        (fourth, lambda x: 4 * x**2, "is the correct one divided by x: a power of x is 1 too low"),
        (fourth, lambda x: 4 * x, "is the correct one divided by x^2: a power of x is 2 too low"),
        (fourth, lambda x: 2 * x**4, "is 0.5 times the correct one times x: a power of x is 1 too high"),
        (fourth, lambda x: 4 * x**5, "is the correct one times x^2: a power of x is 2 too high"),
        (lambda x: 1 / x, lambda x: -1 / (2 * x), "is 0.5 times the correct one times x: "),
        (np.exp, lambda x: np.ones_like(x), "is 1 everywhere: the slope of f is missing"),
        (sigmoid, lambda x: 1 - sigmoid(x), "is the correct one divided by the output: a factor, the output "
                                            "itself, is missing"),
        (sigmoid, lambda x: -sigmoid(x) ** 2 * (1 - sigmoid(x)), "is -1 times the correct one times the"),
        (parabola, lambda x: 6 * x + 3, "is 5 too large: the "
                                        "derivative of a constant is 0, and that of 3 x is 3"),
        (parabola, lambda x: 6 * x, "is 2 too large: "),
        (parabola, lambda x: 6 * x - 4, "is 2 too small: "),
        (parabola, lambda x: 3 * x - 2, "lacks a term, 3 x"),
        (parabola, lambda x: 6 * x - 2 + x**3, "has a term too many, x^3"),
        (parabola, lambda x: 6 * x - 2 - 2 / x, "lacks a term, 2/x"),
    ],
)  # fmt: skip
def test_it_is_named(f, df, says):
    (cause,) = causes(f, df)
    assert cause.startswith(f"your derivative {says}")


@pytest.mark.parametrize("df", [lambda x: 4 * x**3 + np.sin(x), np.exp, lambda x: 4 * np.abs(x)])
def test_what_is_no_power_is_not_named_one(df):
    assert not any("power" in cause or "term" in cause for cause in causes(fourth, df))


Y = RNG.uniform(0.5, 2.0, 7)


@pytest.mark.parametrize(
    ("pull", "says"),
    [
        (lambda g, x, y: (g * y**3, g * 3 * x * y), "y is the correct one divided by y: a power of y is 1"),
        (lambda g, x, y: (g, g * 3 * x * y**2), "x is the gradient that arrives, passed on"),
        (lambda g, x, y: (g * y**2, g * 3 * x * y**2), "x lacks the factor y: on the way here"),
        (lambda g, x, y: (g * y**3, g * 3 * x**2 * y**2), "y has the factor x once too often"),
        (lambda g, x, y: (g * (y**3 - 2 * x * y), g * 3 * x * y**2), "x lacks a term, 2 x y times what"),
        (lambda g, x, y: (g * y**3, g * (3 * x * y**2 + x**2)), "y has a term too many, x^2 times what"),
    ],
)  # fmt: skip
def test_each_input_of_a_product_has_its_own_name(pull, says):
    report = check.gradient(lambda x, y: x * y**3, pull, X, Y)
    (cause,) = report.causes
    assert cause.startswith(f"your gradient of {says}")


@pytest.mark.parametrize(
    ("factor", "says"),
    [
        (
            0.25,
            "is 0.25 times the correct one, everywhere, as if 3 of 4 equal parts of a sum were missing",
        ),
        (
            0.8,
            "is 0.8 times the correct one, everywhere, as if 1 of 5 equal parts of a sum was missing",
        ),
        (0.123456, "is 0.123456 times the correct one, everywhere"),
        (1.25, "is 1.25 times the correct one, everywhere"),
    ],
)
def test_a_share_of_the_right_one(factor, says):
    (cause,) = causes(fourth, lambda x: factor * 4 * x**3)
    assert cause == f"your derivative {says}"


def test_a_mask_that_is_applied_without_its_division():
    kept = np.random.default_rng(1).uniform(size=X.shape) > 0.4
    report = check.gradient(lambda x: x * kept / 0.6, lambda g, x: g * kept, X)
    assert report.causes == (
        "your gradient is 0.6 times the correct one, everywhere, as if a division by 0.6 was forgotten",
    )


def test_a_function_of_all_elements_has_no_such_name():
    report = check.gradient(
        lambda x: x * x.sum(), lambda g, x: g * x.sum() + (g * x).sum() + 3 * g, X
    )
    assert not any("times what arrives from above" in cause for cause in report.causes)
