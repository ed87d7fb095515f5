"""Rows that f keeps apart, and a gradient that mixes them."""

from __future__ import annotations

import numpy as np
import pytest

from minigrad import check

X = np.random.default_rng(3).standard_normal((3, 4, 2))


def unit(x, axis):
    return x / np.sqrt((x * x).sum(axis=axis, keepdims=True))


def unit_backward(g, x, axis, wrong):
    y = unit(x, axis)
    return (g - y * (g * y).sum(axis=wrong, keepdims=True)) / np.sqrt(
        (x * x).sum(axis=axis, keepdims=True)
    )


@pytest.mark.parametrize(
    ("x", "axis", "wrong", "says"),
    [
        (X[0], 1, None, "mixes the indices of axis 0, which f keeps apart: "),
        (X[0], 1, 0, "mixes the indices of axis 0"),
        (X[0], 0, None, "mixes the indices of axis 1"),
        (X, (1, 2), None, "over everything, where axis=(1, 2) belongs"),
        (X, 2, None, "mixes the indices of axis 0"),
        (X, 2, (1, 2), "mixes the indices of axis 1"),
    ],
)
def test_the_axis_that_is_mixed_is_named(x, axis, wrong, says):
    report = check.gradient(
        lambda x: unit(x, axis), lambda g, x: unit_backward(g, x, axis, wrong), x
    )
    assert says in " ".join(report.causes)


def test_an_axis_that_what_arrives_lacks():
    x = np.random.default_rng(3).standard_normal((4, 4))
    report = check.gradient(lambda x: (x**2).sum(axis=1), lambda g, x: 2 * g * x, x)
    assert "what arrives lacks an axis that the input has" in " ".join(report.causes)


def test_what_f_mixes_as_well_is_no_bug():
    """The whole is normalised, and a wrong gradient of it is not said to mix what f keeps apart."""
    report = check.gradient(
        lambda x: unit(x, None), lambda g, x: 2 * unit_backward(g, x, None, None) - x**3, X[0]
    )
    assert report.verdict == "wrong"
    assert not any("mixes" in cause for cause in report.causes)


def test_a_gradient_that_keeps_rows_apart_is_not_said_to_mix_them():
    report = check.gradient(
        lambda x: unit(x, 1), lambda g, x: unit_backward(g, x, 1, 1) + x**3, X[0]
    )
    assert report.verdict == "wrong"
    assert not any("mixes" in cause for cause in report.causes)
