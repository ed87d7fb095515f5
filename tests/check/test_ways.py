"""A way that was forgotten is named, and which axis it is along; and what is something else is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from minigrad import check

X = np.random.default_rng(4).standard_normal((5, 4))
ROW = np.random.default_rng(5).standard_normal((4, 3))
EPS = 1e-5


def standard(x: Any, axis: Any, eps: float = EPS) -> tuple[Any, Any]:
    centred = x - x.mean(axis=axis, keepdims=True)
    return centred, 1 / np.sqrt((centred * centred).mean(axis=axis, keepdims=True) + eps)


def normalise(x: Any, axis: Any) -> Any:
    centred, inverse = standard(x, axis)
    return centred * inverse


def normalise_backward(g: Any, x: Any, axis: Any, mean: float = 1.0, variance: float = 1.0) -> Any:
    """With the shares that the ways through the mean and the variance are given."""
    centred, inverse = standard(x, axis)
    along = (g * centred).mean(axis=axis, keepdims=True) * inverse**2
    return inverse * (g - mean * g.mean(axis=axis, keepdims=True) - variance * centred * along)


def rms_norm(x: Any) -> Any:
    return x / np.sqrt((x * x).mean(axis=1, keepdims=True))


def causes(f: Callable[..., Any], backward: Callable[..., Any], *inputs: Any) -> str:
    return " ".join(check.gradient(f, backward, *inputs).causes)


@pytest.mark.parametrize(
    ("axis", "named", "mean", "variance", "says"),
    [
        (0, "over axis 0", 0.0, 1.0, "misses the way through the mean "),
        (1, "over axis 1", 1.0, 0.0, "misses the way through the variance "),
        ((0, 1), "over axes (0, 1)", 0.0, 0.0, "takes the mean and the variance "),
        (0, "over axis 0", 0.5, 1.0, "misses the way through the mean "),
    ],
)
def test_what_a_normalisation_forgets(
    axis: Any, named: str, mean: float, variance: float, says: str
) -> None:
    f = lambda x: normalise(x, axis)
    said = causes(f, lambda g, x: normalise_backward(g, x, axis, mean, variance), X)
    assert said.startswith(f"your gradient {says}")
    assert named in said
    assert causes(f, lambda g, x: normalise_backward(g, x, axis), X) == ""


def test_a_length_that_is_taken_for_a_constant() -> None:
    said = causes(rms_norm, lambda g, x: g / np.sqrt((x * x).mean(axis=1, keepdims=True)), X)
    assert "misses the way through the length, or the mean square, over axis 1, or" in said


@pytest.mark.parametrize(
    ("times", "said"),
    [(0, "lacks the gradient that arrives as a term"), (1, ""), (2, "as a term once too often")],
)
def test_a_way_around_a_layer(times: int, said: str) -> None:
    w = np.random.default_rng(6).standard_normal((4, 4))
    found = causes(
        lambda x, w: x + np.tanh(x @ w),
        lambda g, x, w: (
            times * g + (slope := g * (1 - np.tanh(x @ w) ** 2)) @ w.T,
            x.T @ slope,
        ),
        X,
        w,
    )
    assert said in found
    assert bool(said) == bool(found)


def layer(x: Any, w: Any) -> Any:
    return np.maximum(0, x @ w)


def test_a_mask_that_is_missing() -> None:
    said = causes(layer, lambda g, x, w: (g @ w.T, x.T @ g), X, ROW)
    assert "gradient of x lets the gradient pass where the output is 0" in said
    assert "gradient of w lets the gradient pass where the output is 0" in said


@pytest.mark.parametrize(
    "backward",
    [
        lambda g, x: normalise_backward(g, x, 0, 0.0, 0.0) + 0.2 * x**3,
        lambda g, x: normalise_backward(g, x, 0) * 1.5 + 0.3 * x,
        lambda g, x: normalise_backward(g, x, 1),
        lambda g, x: normalise_backward(g, x, 0) + np.sin(x),
    ],
)
def test_what_is_something_else_is_not_called_a_way(backward: Callable[..., Any]) -> None:
    said = causes(lambda x: x * x.sum(axis=0), lambda g, x: g, X)
    assert "way through" not in said
    said = causes(lambda x: normalise(x, 0), backward, X)
    assert "way through the variance" not in said
    assert "constant" not in said


def test_of_three_elements_nothing_is_said() -> None:
    few = X[:3]
    said = causes(lambda x: normalise(x, 0), lambda g, x: g * standard(x, 0)[1], few)
    assert "axis 0" not in said


GAMMA = np.array([0.5, -1.5, 2.0, 0.75])


def scaled(x: Any, gamma: Any) -> Any:
    return gamma * normalise(x, 0)


def scaled_backward(g: Any, x: Any, gamma: Any, power: int) -> Any:
    standard = normalise(x, 0)
    return gamma**power * normalise_backward(g, x, 0), (g * standard).sum(axis=0)


@pytest.mark.parametrize(
    ("power", "said"),
    [(0, "lacks the factor gamma"), (1, ""), (2, "has the factor gamma once too often")],
)
def test_a_factor_of_another_input(power: int, said: str) -> None:
    found = causes(scaled, lambda g, x, gamma: scaled_backward(g, x, gamma, power), X, GAMMA)
    assert said in found
    assert bool(said) == bool(found)
