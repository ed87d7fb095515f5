"""Who states a derivative is not told of what arrives from above."""

from __future__ import annotations

import numpy as np
import pytest

from minigrad import check
from minigrad.check.wording import PLAIN, of_a_derivative

X = np.random.default_rng(2).uniform(0.3, 2.0, 7) * np.array([1, -1, 1, 1, -1, 1, -1])


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def derivative_of_sigmoid(x):
    return sigmoid(x) * (1 - sigmoid(x))


@pytest.mark.parametrize(
    ("f", "df", "says"),
    [
        (sigmoid, sigmoid, "is the output: the output stands where the derivative belongs"),
        (np.tanh, lambda x: 1 - x**2, "is 1 - x^2: the input stands where the output belongs"),
        (sigmoid, lambda x: x * (1 - x), "is x (1 - x): the input stands where"),
        (np.sin, np.ones_like, "is 1 everywhere: the slope of f is missing"),
        (sigmoid, lambda x: 1 / derivative_of_sigmoid(x), "is 1 divided by the correct one"),
        (np.sin, lambda x: np.cos(x) + 3, "is 3 too large: the derivative of a constant is 0"),
        (np.sin, lambda x: np.cos(x) - x, "lacks a term, x"),
        (np.exp, lambda x: (np.exp(x + 1e-4) - np.exp(x - 1e-4)) / 2e-4, "is correct to "),
    ],
)
def test_a_derivative_is_named_without_what_arrives(f, df, says):
    report = check.derivative(f, df, X)
    (cause,) = report.causes
    assert cause.startswith(f"your derivative {says}")
    assert "arrives" not in cause
    assert f"the derivative of {f.__name__}: WRONG" in str(report)


def test_a_gradient_is_still_one():
    report = check.gradient(sigmoid, lambda g, x: g * sigmoid(x), X)
    assert report.causes[0].startswith(
        "your gradient is the gradient that arrives times the output"
    )


def test_every_wording_is_used():
    """Each key is part of what a diagnosis says: else this file would rot in silence."""
    from pathlib import Path

    from minigrad.check import chain_rule, powers

    source = "".join(Path(m.__file__).read_text(encoding="utf-8") for m in (chain_rule, powers))
    source = source.replace("{arrives}", "the gradient that arrives")
    for formal in PLAIN:
        assert formal in source, formal
        assert "arrives" not in of_a_derivative(formal)
