"""float32 as a property of its own: rounding is granted, and nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from minigrad import check
from minigrad.errors import WrongGradientError

X = np.random.default_rng(0).standard_normal((3, 4)).astype(np.float32)


def tanh_backward(g: Any, x: Any) -> Any:
    return g * (1 - np.tanh(x) ** 2)


def test_float64_says_nothing() -> None:
    assert check.gradient(np.tanh, tanh_backward, X.astype(np.float64)).precision is None


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_rounding_is_granted(dtype: Any) -> None:
    report = check.gradient(np.tanh, tanh_backward, X.astype(dtype))
    assert report.passed
    assert report.precision is not None
    assert report.precision.dtype == np.dtype(dtype).name
    assert f"{np.dtype(dtype).name} agrees with float64 to" in str(report.precision)
    assert report.precision.returned == ""


def test_sums_that_cancel_are_granted_what_their_terms_lose() -> None:
    x = np.random.default_rng(0).standard_normal(50).astype(np.float32) + 1000
    report = check.gradient(np.var, lambda g, x: g * 2 * (x - x.mean()) / x.size, x)
    assert report.passed


def test_an_error_of_single_precision_alone() -> None:
    """Correct in float64, where the numbers of the check are; in float32 a constant is too coarse."""

    def backward(g: Any, x: Any) -> Any:
        return tanh_backward(g, x) * (1 + 1e-3 * (x.dtype == np.float32))

    report = check.gradient(np.tanh, backward, X)
    assert report.verdict == "correct"
    assert not report.passed
    assert report.precision is not None
    assert report.precision.digits == pytest.approx(3, abs=0.2)
    with pytest.raises(WrongGradientError, match="correct, but NOT IN float32"):
        report.raise_if_wrong()


def test_cancellation_is_found() -> None:
    """var as E[x^2] - E[x]^2 is correct on paper, and its gradient through it loses its digits in float32."""
    x = (np.random.default_rng(0).standard_normal(50) * 1e-3 + 1).astype(np.float32)

    def std(x: Any) -> Any:
        return np.sqrt(np.mean((x - x.mean()) ** 2))

    def backward(g: Any, x: Any) -> Any:
        return g * (x - x.mean()) / x.size / np.sqrt(np.mean(x * x) - x.mean() ** 2)

    with np.errstate(all="ignore"):
        report = check.gradient(std, backward, x)
    assert report.verdict in ("correct", "undecided", "wrong")
    assert report.precision is not None
    assert not report.precision.passed


def test_overflow_is_found() -> None:
    def backward(g: Any, x: Any) -> Any:
        return g * np.exp(2 * x) / np.exp(x)

    report = check.gradient(np.exp, backward, np.array([60.0, 1.0], np.float32))
    assert report.verdict == "correct"
    assert report.precision is not None
    assert report.precision.excess == np.inf
    assert "inf times as far" in str(report.precision)


def test_an_upcast_is_noted() -> None:
    report = check.gradient(np.tanh, lambda g, x: tanh_backward(g, x) * np.float64(1.0), X)
    assert report.passed
    assert "it is returned as float64" in str(report)


def test_another_shape_in_float32() -> None:
    def backward(g: Any, x: Any) -> Any:
        return tanh_backward(g, x) if x.dtype == np.float64 else tanh_backward(g, x)[0]

    report = check.gradient(np.tanh, backward, X, names=["x"])
    assert report.verdict == "wrong"
    assert report.fault == "the gradient of x has shape (4,) in float32, and not (3, 4)"
