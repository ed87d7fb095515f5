"""Checking gradients written by hand: correct ones pass, hard as they may be, and wrong ones do not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from minigrad import check
from minigrad.errors import WrongGradientError
from tests.check.test_oracle import SMOOTH, point

LAYER = np.random.default_rng(5)
X, W, B = (LAYER.standard_normal(shape) for shape in ((3, 4), (4, 2), (2,)))


def sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def linear(x: Any, w: Any, b: Any) -> Any:
    return x @ w + b


def linear_backward(g: Any, x: Any, w: Any, b: Any) -> Any:
    return g @ w.T, x.T @ g, g.sum(axis=0)


# ---- the three ways to ask ----


def test_a_function_and_its_backward() -> None:
    report = check.gradient(linear, linear_backward, X, W, B)
    assert report.verdict == "correct"
    assert report.passed
    assert report.names == ("x", "w", "b")
    assert report.digits > 11
    assert report.resolution < 1e-11
    assert report.raise_if_wrong() is report


def test_a_loss_and_its_gradient() -> None:
    def loss(w: Any) -> Any:
        return np.mean((X @ w) ** 2)

    correct = check.loss_gradient(loss, lambda w: 2 * X.T @ X @ w / 6, W)
    wrong = check.loss_gradient(loss, lambda w: 2 * X.T @ X @ w / 3, W)
    assert (correct.verdict, wrong.verdict) == ("correct", "wrong")


def test_an_elementwise_derivative() -> None:
    assert (
        check.derivative(sigmoid, lambda x: sigmoid(x) * (1 - sigmoid(x)), X).verdict == "correct"
    )
    assert check.derivative(sigmoid, lambda x: sigmoid(x), X).verdict == "wrong"


def test_wrong_is_an_assertion_error_that_shows_the_report() -> None:
    report = check.gradient(linear, lambda g, x, w, b: (g @ w.T, x.T @ g, g.mean(axis=0)), X, W, B)
    with pytest.raises(WrongGradientError, match=r"WRONG[\s\S]*b\[\d\]") as caught:
        report.raise_if_wrong()
    assert isinstance(caught.value, AssertionError)
    assert report.worst is not None
    assert report.worst.label in ("b[0]", "b[1]")
    assert report.worst.claimed == pytest.approx(report.worst.numeric / 3)


# ---- what must be accepted, and what refused ----


def accepted_and_refused(points: int) -> tuple[int, list[float], int]:
    """Of 35 functions at so many points: how many correct gradients pass, with what resolution, and how many
    that are wrong by a factor of 1 + 1e-8 do not."""
    rng = np.random.default_rng(7)
    accepted, resolutions, refused = 0, [], 0
    for f, vjp, domain in SMOOTH.values():
        for seed in range(points):
            x = point(*domain, rng)
            correct = check.gradient(f, vjp, x, seed=seed)
            wrong = check.gradient(f, lambda g, x, vjp=vjp: vjp(g, x) * (1 + 1e-8), x, seed=seed)
            accepted += correct.verdict == "correct"
            resolutions.append(correct.resolution)
            refused += wrong.verdict == "wrong"
    return accepted, resolutions, refused


def test_right_gradients_are_accepted() -> None:
    accepted, resolutions, refused = accepted_and_refused(points=1)
    assert accepted == 35
    assert np.median(resolutions) < 1e-11
    assert refused >= 0.96 * 35


@pytest.mark.slow
def test_three_thousand_five_hundred_correct_gradients_are_accepted() -> None:
    accepted, resolutions, refused = accepted_and_refused(points=100)
    assert accepted == 3500
    assert np.median(resolutions) < 1e-11
    assert refused >= 0.96 * 3500


RNG = np.random.default_rng(3)
S, ROWS = RNG.standard_normal((4, 4)), RNG.standard_normal((5, 4))


def softmax(x: Any) -> Any:
    return np.exp(x) / np.exp(x).sum(axis=-1, keepdims=True)


def layer_norm(x: Any) -> Any:
    return (x - x.mean(axis=-1, keepdims=True)) / np.sqrt(x.var(axis=-1, keepdims=True) + 1e-5)


def without_variance(g: Any, x: Any) -> Any:
    return (g - g.mean(axis=-1, keepdims=True)) / np.sqrt(x.var(axis=-1, keepdims=True) + 1e-5)


def two_of_400(g: Any, x: Any) -> Any:
    order = np.argsort(x)
    g_x = np.empty_like(x)
    g_x[order] = g
    g_x[order[[10, 11]]] = g_x[order[[11, 10]]]
    return g_x


SCALES = np.array([1.0, 1.0, 1e-6])

BUGS = {
    "sign of a gradient of size 1e-6": (lambda x: SCALES * x, lambda g, x: g * SCALES * [1, 1, -1], (3,)),
    "upstream dropped": (np.exp, lambda g, x: np.exp(x), (3, 4)),
    "upstream averaged": (np.exp, lambda g, x: g.mean() * np.exp(x), (3, 4)),
    "bias keeps row 0": (lambda b: b + ROWS, lambda g, b: g[0], (4,)),
    "bias takes the mean": (lambda b: b + ROWS, lambda g, b: g.mean(axis=0), (4,)),
    "S not transposed": (lambda x: x @ S, lambda g, x: g @ S, (3, 4)),
    "variance by N - 1": (np.var, lambda g, x: g * 2 * (x - x.mean()) / (x.size - 1), (3, 4)),
    "softmax without its sum": (softmax, lambda g, x: g * softmax(x), (3, 4)),
    "layer norm without the variance": (layer_norm, without_variance, (3, 4)),
    "2 of 400 swapped": (np.sort, two_of_400, (400,)),
    "1 of 400 off by 1 %": (np.tanh, lambda g, x: g / np.cosh(x) ** 2 * (1 + 0.01 * (np.arange(400) == 123)),
                            (400,)),
}  # fmt: skip


@pytest.mark.parametrize("name", BUGS)
def test_the_shapes_that_bugs_have(name: str) -> None:
    f, backward, shape = BUGS[name]
    report = check.gradient(f, backward, np.random.default_rng(1).uniform(0.3, 2.0, shape))
    assert report.verdict == "wrong"
    if "1 of 400" in name:
        assert report.worst is not None
        assert report.worst.label == "x[123]"


def test_a_gradient_of_7_at_the_kink_of_the_absolute_value() -> None:
    x = np.array([0.0, 1.0, -2.0])
    report = check.gradient(np.abs, lambda g, x: g * np.where(x == 0, 7, np.sign(x)), x)
    assert report.verdict == "wrong"
    assert report.kink is not None


def jumped(report: check.Report) -> list[str]:
    return [note for note in report.notes if note.startswith("f jumps")]


@pytest.mark.parametrize("slope", [0.0, 3.0])
@pytest.mark.parametrize("claimed", [0.0, 3.0])
def test_a_jump_is_named(slope: float, claimed: float) -> None:
    report = check.gradient(
        lambda x: np.floor(x) + slope * x, lambda g, x: g * claimed, np.array([1.5, 2.0, 0.3])
    )
    assert not report.passed
    assert len(jumped(report)) == 1
    assert jumped(report)[0].startswith("f jumps at x[1]: it moves as far in a step of 1e-13 as")


def test_all_jumps_are_counted() -> None:
    report = check.gradient(np.floor, lambda g, x: g * 0, np.ones(3))
    assert report.verdict == "undecided"
    assert jumped(report)[0].startswith("f jumps at x[0] and at 2 other elements: ")


@pytest.mark.parametrize(
    "f",
    [
        np.cbrt,
        np.abs,
        np.tanh,
        lambda x: np.sign(x) * np.abs(x) ** 0.1,
        lambda x: np.sign(x) / np.log(np.where(x == 0, 1e-300, np.abs(x)) / 9),
        lambda x: np.tanh(1e12 * x),
        lambda x: np.tanh(x + 20),
        lambda x: np.floor(x + 0.5),
        lambda x: np.sqrt(x),
    ],
)
@pytest.mark.parametrize("claimed", [0.0, 1.0])
def test_what_is_continuous_does_not_jump(f: Any, claimed: float) -> None:
    report = check.gradient(f, lambda g, x: g * claimed, np.array([0.0, 0.7]))
    assert not jumped(report)


def relu(x: Any) -> Any:
    return np.maximum(x, 0.0)


INSIDE = "kink"
HARD = {
    "relu at 0": (relu, lambda g, x: g * (x > 0), [0.0, 1.0, -1.0], INSIDE),
    "|x| at 0": (np.abs, lambda g, x: g * np.sign(x), [0.0, 1.0, -1.0], INSIDE),
    "relu at 1e-7": (relu, lambda g, x: g * (x > 0), [1e-7, 1.0], "correct"),
    "relu at 1e-4": (relu, lambda g, x: g * (x > 0), [1e-4, 1.0], "correct"),
    "x^2 at 1e6": (np.square, lambda g, x: 2 * g * x, [1e6], "correct"),
    "exp at 30": (np.exp, lambda g, x: g * np.exp(x), [30.0], "correct"),
    "log at 1e-5": (np.log, lambda g, x: g / x, [1e-5, 1.0], "correct"),
    "sqrt at 1e-8": (np.sqrt, lambda g, x: g / (2 * np.sqrt(x)), [1e-8, 1.0], "correct"),
    "sin 100 x": (lambda x: np.sin(100 * x), lambda g, x: 100 * g * np.cos(100 * x), [0.7, 1.3], "correct"),
    "1e8 + sin x": (lambda x: 1e8 + np.sin(x), lambda g, x: g * np.cos(x), [0.3, 1.0], "correct"),
}  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", HARD)
def test_hard_cases_raise_no_alarm(name: str, seed: int) -> None:
    f, backward, x, verdict = HARD[name]
    report = check.gradient(f, backward, np.array(x), seed=seed)
    assert report.verdict == verdict
    assert report.passed


# ---- large inputs ----


def test_one_element_among_thousands_is_found_by_halving() -> None:
    x = np.random.default_rng(0).standard_normal((60, 50))

    def backward(g: Any, x: Any) -> Any:
        g = g * (1 - np.tanh(x) ** 2)
        g[41, 7] *= 1.001
        return g

    report = check.gradient(np.tanh, backward, x)
    assert report.verdict == "wrong"
    assert report.worst is not None
    assert report.worst.label == "x[41, 7]"
    assert len(report.trials) == 5
    assert report.causes == () or "x[41, 7]" in report.causes[0]


def test_the_probability_of_a_miss_is_stated() -> None:
    x = np.random.default_rng(0).standard_normal((60, 50))
    report = check.gradient(np.tanh, lambda g, x: g * (1 - np.tanh(x) ** 2), x)
    assert report.escape == pytest.approx(0.8e-3**4)
    assert "An error 1000 times as large is missed with probability 4e-13" in " ".join(
        str(report).split()
    )
    small = check.gradient(np.tanh, lambda g, x: g * (1 - np.tanh(x) ** 2), x[0])
    assert small.escape == 0.0
    assert len(small.by_element) == 50


def test_of_several_large_inputs_each_is_judged_by_itself() -> None:
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal((20, 15)), rng.standard_normal((15, 12))
    report = check.gradient(
        lambda x, w: np.tanh(x @ w),
        lambda g, x, w: ((g / np.cosh(x @ w) ** 2) @ w.T, x.T @ (g / np.cosh(x @ w) ** 2) * 1.5),
        x,
        w,
    )
    assert report.of(0)[0] == "correct"
    assert report.of(1)[0] == "wrong"
    assert report.worst is not None
    assert report.worst.label.startswith("w[")
    assert report.causes == ("your gradient of w is 1.5 times the correct one, everywhere",)


def test_the_same_seed_gives_the_same_report() -> None:
    reports = [check.gradient(linear, linear_backward, X, W, B, seed=s) for s in (1, 1, 2)]
    assert str(reports[0]) == str(reports[1]) != str(reports[2])
