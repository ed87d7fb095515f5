"""What is correct to some digits says to how many."""

from __future__ import annotations

import re

import numpy as np
import pytest

from minigrad import check

X = np.random.default_rng(4).uniform(0.3, 2.0, (3, 4))
H = 1e-5


@pytest.mark.parametrize(
    ("backward", "digits"),
    [
        (lambda g, x: g * (np.sin(x + H) - np.sin(x - H)) / (2 * H), "1[01]"),
        (lambda g, x: g * np.cos(x.astype(np.float32)), "[6-8]"),
    ],
)
def test_the_digits_are_counted(backward, digits):
    (cause,) = check.gradient(np.sin, backward, X).causes
    assert re.search(f"is correct to {digits} digits, and not beyond", cause), cause


def test_what_is_farther_off_is_not_nearly_right():
    far = check.gradient(np.sin, lambda g, x: g * (np.cos(x) + 1e-3 * np.sin(7 * x)), X)
    assert (far.verdict, far.causes) == ("wrong", ())
