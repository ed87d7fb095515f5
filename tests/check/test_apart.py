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


def softmax(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


@pytest.mark.parametrize(
    ("f", "backward", "says"),
    [
        (
            softmax,
            lambda g, x: softmax(x) * (g - (g * softmax(x)).sum()),
            "mixes the indices of axis 0, which f keeps apart: a sum, a mean or a maximum is taken over "
            "everything, where axis=1 belongs",
        ),
        (
            softmax,
            lambda g, x: g,
            "is the gradient that arrives, passed on as it is: what f does to it",
        ),
        (
            lambda x: x - x.mean(axis=1, keepdims=True),
            lambda g, x: g,
            "misses the way through the mean over axis 1",
        ),
    ],
)
def test_rows_that_are_mixed_and_ways_that_are_missing(f, backward, says):
    causes = check.gradient(f, backward, np.concatenate([X[0], X[1]], axis=1)).causes
    assert causes[0].startswith(f"your gradient {says}"), causes


def test_a_sum_where_each_output_depends_on_its_own_input_alone():
    report = check.gradient(lambda x: 3 * x, lambda g, x: 3 * (g - g.mean(axis=0)), X[0])
    assert report.causes[0] == (
        "your gradient mixes the indices of axis 0, which f keeps apart: each output depends on its own "
        "input alone, so there is nothing to sum or to average"
    )


def test_a_factor_that_is_missing_before_a_sum():
    report = check.gradient(
        lambda x, rate: x * np.exp(rate),
        lambda g, x, rate: (g * np.exp(rate), (g * np.exp(rate)).sum(axis=0)),
        X[0],
        X[1, 0],
    )
    (cause,) = report.causes
    assert "of rate lacks the factor x, before the sum over what was stretched" in cause
