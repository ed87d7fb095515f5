"""A gradient that is wrong at a few elements: they are named if they are the same whatever stands in them."""

from __future__ import annotations

import numpy as np

from minigrad import check

X = np.random.default_rng(3).standard_normal(7)
ROWS = np.linspace(0.5, 3.0, 12).reshape(6, 2)


def leaky(b):
    return np.where(ROWS + b > 0, ROWS + b, 0.1 * (ROWS + b))


def test_no_element_is_blamed_for_the_sign_of_the_number_in_it():
    b = np.array([-1.6, 2.0])  # of these two only the first makes a sum negative
    report = check.gradient(leaky, lambda g, b: (g * (ROWS + b > 0)).sum(axis=0), b)
    assert report.verdict == "wrong"
    assert not any("correct at all others" in cause for cause in report.causes)


def test_an_element_that_is_wrong_whatever_stands_in_it_is_named():
    def backward(g, x):
        gradient = g * np.cos(x)
        gradient[2] += 1
        return gradient

    (cause,) = check.gradient(np.sin, backward, X).causes
    assert cause == "your gradient is wrong at x[2] only, of 7 elements, and correct at all others"
