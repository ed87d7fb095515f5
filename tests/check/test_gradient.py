"""Checking gradients written by hand: right ones pass, wrong ones do not, and bad input is told so."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from minigrad import check
from minigrad.errors import CheckError, WrongGradientError

RNG = np.random.default_rng(5)
X, W, B = RNG.standard_normal((3, 4)), RNG.standard_normal((4, 2)), RNG.standard_normal(2)


def sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def linear(x: Any, w: Any, b: Any) -> Any:
    return x @ w + b


def linear_backward(g: Any, x: Any, w: Any, b: Any) -> Any:
    return g @ w.T, x.T @ g, g.sum(axis=0)


# ---- the three ways to ask ----


def test_a_function_and_its_backward() -> None:
    report = check.gradient(linear, linear_backward, X, W, B)
    assert report.verdict == "right"
    assert report.passed
    assert report.names == ("x", "w", "b")
    assert report.digits > 11
    assert report.resolution < 1e-11
    assert report.raise_if_wrong() is report


def test_a_loss_and_its_gradient() -> None:
    def loss(w: Any) -> Any:
        return np.mean((X @ w) ** 2)

    right = check.loss_gradient(loss, lambda w: 2 * X.T @ X @ w / 6, W)
    wrong = check.loss_gradient(loss, lambda w: 2 * X.T @ X @ w / 3, W)
    assert (right.verdict, wrong.verdict) == ("right", "wrong")


def test_an_elementwise_derivative() -> None:
    assert check.derivative(sigmoid, lambda x: sigmoid(x) * (1 - sigmoid(x)), X).verdict == "right"
    assert check.derivative(sigmoid, lambda x: sigmoid(x), X).verdict == "wrong"


def test_wrong_is_an_assertion_error_that_shows_the_report() -> None:
    report = check.gradient(linear, lambda g, x, w, b: (g @ w.T, x.T @ g, g.mean(axis=0)), X, W, B)
    with pytest.raises(WrongGradientError, match=r"WRONG[\s\S]*b\[\d\]") as caught:
        report.raise_if_wrong()
    assert isinstance(caught.value, AssertionError)
    assert report.worst is not None
    assert report.worst.label in ("b[0]", "b[1]")
    assert report.worst.claimed == pytest.approx(report.worst.numeric / 3)
