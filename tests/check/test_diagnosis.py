"""The bug is named, rightly or not at all; and the snippet that shows it runs, and shows it."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from minigrad import check

RNG = np.random.default_rng(9)
W, S, X = (RNG.standard_normal(shape) for shape in ((5, 4), (4, 4), (6, 4)))


def positive(*shape: int) -> Any:
    return RNG.uniform(0.3, 2.0, shape)


def mixed(*shape: int) -> Any:
    return positive(*shape) * RNG.choice([-1.0, 1.0], shape)


def softmax(x: Any) -> Any:
    return np.exp(x) / np.exp(x).sum(axis=-1, keepdims=True)


def sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def last_forgotten(g: Any) -> Any:
    g = g.copy()
    g[..., -1] = 0.0
    return g


def two_swapped(g: Any, x: Any) -> Any:
    order = np.argsort(x)
    g_x = np.empty_like(x)
    g_x[order] = g
    g_x[order[[3, 4]]] = g_x[order[[4, 3]]]
    return g_x


@dataclass(frozen=True)
class Bug:
    f: Callable[..., Any]
    backward: Callable[..., Any]
    inputs: tuple[Any, ...]
    named: str
    """What every name that is given must say."""


def swish(x: Any) -> Any:
    return x * sigmoid(x)


def swish_terms(x: Any) -> Any:
    """The two terms of the derivative of swish."""
    return sigmoid(x), x * sigmoid(x) * (1 - sigmoid(x))


BUGS = {
    "sign": Bug(np.tanh, lambda g, x: -g * (1 - np.tanh(x) ** 2), (mixed(3, 4),), "wrong sign"),
    "product rule, first term only": Bug(
        swish, lambda g, x: g * swish_terms(x)[0], (mixed(3, 4),), "derivative of the second factor"
    ),
    "product rule, second term only": Bug(
        swish, lambda g, x: g * swish_terms(x)[1], (mixed(3, 4),), "derivative of x itself"
    ),
    "product rule, subtracted": Bug(
        swish,
        lambda g, x: g * (swish_terms(x)[0] - swish_terms(x)[1]),
        (mixed(3, 4),),
        "has the wrong sign in one term",
    ),
    "square without 2": Bug(
        lambda x: x * x, lambda g, x: g * x, (mixed(3, 4),), "half the correct|times the input"
    ),
    "2 too many": Bug(
        lambda x: 0.5 * x * x, lambda g, x: 2 * g * x, (mixed(3, 4),), "twice the correct"
    ),
    "mean without 1/N": Bug(
        lambda x: x.mean(),
        lambda g, x: np.full_like(x, g),
        (mixed(3, 4),),
        r"number of elements of x \(12\) times too large",
    ),
    "sum divided by N": Bug(
        lambda x: x.sum(),
        lambda g, x: np.full_like(x, g / x.size),
        (mixed(3, 4),),
        r"\(12\) times too small",
    ),
    "batch mean without 1/B": Bug(
        lambda x: (x * x).sum(axis=1).mean(),
        lambda g, x: g * 2 * x,
        (mixed(5, 4),),
        r"axis 0 of x, often the batch size, \(5\) times too large",
    ),
    "variance by N - 1": Bug(
        np.var, lambda g, x: g * 2 * (x - x.mean()) / (x.size - 1), (mixed(3, 4),), "12/11"
    ),
    "gradient 0": Bug(np.sin, lambda g, x: 0 * g, (mixed(3, 4),), "is 0, as if"),
    "constant factor": Bug(
        np.sin, lambda g, x: 0.7 * g * np.cos(x), (mixed(3, 4),), "0.7 times the correct one"
    ),
    "transposed": Bug(
        lambda x: x @ S, lambda g, x: (g @ S.T).T, (mixed(4, 4),), "transpose of the correct"
    ),
    "reshaped for transposed": Bug(
        lambda x: 2 * x.T,
        lambda g, x: 2 * g.reshape(x.shape),
        (mixed(3, 4),),
        "reshaped where it should be transposed|transposed map",
    ),
    "S for S.T": Bug(lambda x: x @ S, lambda g, x: g @ S, (mixed(3, 4),), "transposed map"),
    "cumsum not reversed": Bug(
        lambda x: x.cumsum(axis=-1),
        lambda g, x: g.cumsum(axis=-1),
        (mixed(3, 4),),
        "transposed map",
    ),
    "flipped": Bug(
        lambda x: x * W[:, :1].T,
        lambda g, x: np.flip(g * W[:, :1].T, 1),
        (mixed(3, 5),),
        "backwards along axis 1",
    ),
    "rolled the wrong way": Bug(
        lambda x: np.roll(x, 1, 1),
        lambda g, x: np.roll(g, 1, 1),
        (mixed(3, 5),),
        "transposed map|rolled",
    ),
    "rolled by one": Bug(
        lambda x: 3 * x,
        lambda g, x: 3 * np.roll(g, 1, 0),
        (mixed(5, 3),),
        r"rolled by \+1|shift goes the wrong way",
    ),
    "bias: row 0 only": Bug(
        lambda b: b + W, lambda g, b: g[0], (mixed(4),), "sum over axis 0 is missing"
    ),
    "bias: mean for sum": Bug(
        lambda b: b + W,
        lambda g, b: g.mean(axis=0),
        (mixed(4),),
        "mean over axis 0 was taken where the sum belongs",
    ),
    "bias: no sum": Bug(lambda b: b + W, lambda g, b: g, (mixed(4),), "sum over axis 0 is missing"),
    "upstream ignored": Bug(
        np.exp, lambda g, x: np.exp(x), (mixed(3, 4),), "ignores the gradient that arrives"
    ),
    "upstream averaged": Bug(
        np.exp, lambda g, x: g.mean() * np.exp(x), (mixed(3, 4),), "uses the mean of the gradient"
    ),
    "upstream squared": Bug(
        np.exp, lambda g, x: g * g * np.exp(x), (mixed(3, 4),), "it is squared"
    ),
    "inner derivative missing": Bug(
        np.exp, lambda g, x: g, (mixed(3, 4),), "inner derivative is missing"
    ),
    "output for derivative": Bug(
        sigmoid, lambda g, x: g * sigmoid(x), (mixed(3, 4),), "times the output"
    ),
    "softmax without its sum": Bug(
        softmax, lambda g, x: g * softmax(x), (mixed(3, 4),), "sum over the other elements"
    ),
    "softmax, diagonal only": Bug(
        softmax, lambda g, x: g * softmax(x) * (1 - softmax(x)), (mixed(3, 4),), "off the diagonal"
    ),
    "derivative at the output": Bug(
        sigmoid,
        lambda g, x: g * sigmoid(sigmoid(x)) * (1 - sigmoid(sigmoid(x))),
        (mixed(3, 4),),
        "derivative at the output",
    ),
    "x for y in y(1 - y)": Bug(
        sigmoid, lambda g, x: g * x * (1 - x), (mixed(3, 4),), r"x \(1 - x\)"
    ),
    "negative side": Bug(
        np.abs,
        lambda g, x: g * np.ones_like(x),
        (mixed(3, 4),),
        "wrong sign where the input is negative|passed on|absolute value",
    ),
    "last forgotten": Bug(
        lambda x: 3 * x,
        lambda g, x: 3 * last_forgotten(g),
        (mixed(3, 4),),
        "is 0 at the last index of axis 1|misses the last index along axis 1",
    ),
    "sum keeps the output's shape": Bug(
        lambda x: x.sum(axis=1), lambda g, x: g, (mixed(3, 4),), "needs keepdims"
    ),
    "keepdims forgotten": Bug(
        lambda b: b + W, lambda g, b: g.sum(axis=0), (mixed(1, 4),), "correct but for its shape"
    ),
    "keepdims too many": Bug(
        lambda b: b + W,
        lambda g, b: g.sum(axis=0, keepdims=True),
        (mixed(4),),
        "correct but for its shape",
    ),
    "transposed shape": Bug(lambda w: X @ w, lambda g, w: g.T @ X, (mixed(4, 3),), "return its .T"),
    "exchanged": Bug(
        lambda x, y: x * y,
        lambda g, x, y: (g * x, g * y),
        (mixed(3, 4), mixed(3, 4)),
        "the two are exchanged|times the (in|out)put",
    ),
    "two swapped": Bug(
        np.sort, two_swapped, (RNG.permutation(30) + 0.5,), "correct numbers in the wrong places"
    ),
    "one element": Bug(
        np.tanh,
        lambda g, x: g * (1 - np.tanh(x) ** 2) * (1 + 0.01 * (np.arange(12) == 7)),
        (mixed(12),),
        r"wrong at x\[7\] only",
    ),
}


@pytest.mark.parametrize("bug", BUGS.values(), ids=BUGS)
def test_bugs_are_named_rightly(bug: Bug) -> None:
    report = check.gradient(bug.f, bug.backward, *bug.inputs, names=["x", "y"][: len(bug.inputs)])
    assert report.verdict == "wrong"
    assert report.causes, "no name at all"
    for cause in report.causes:
        assert re.search(bug.named, cause), cause


CORRECT = {
    "tanh": (np.tanh, lambda g, x: g * (1 - np.tanh(x) ** 2)),
    "matmul": (lambda x: x @ S, lambda g, x: g @ S.T),
    "mean": (lambda x: x.mean(), lambda g, x: np.full_like(x, g / x.size)),
}


@pytest.mark.parametrize("name", CORRECT)
def test_what_is_right_has_no_name(name: str) -> None:
    report = check.gradient(*CORRECT[name], mixed(3, 4))
    assert (report.verdict, report.causes, report.snippet) == ("correct", (), "")


def test_two_bugs_at_once_get_no_name() -> None:
    report = check.gradient(np.tanh, lambda g, x: -g * g + x, mixed(3, 4))
    assert (report.verdict, report.causes) == ("wrong", ())


def test_the_name_of_a_bug_in_one_of_several_inputs() -> None:
    report = check.gradient(
        lambda x, w: x @ w, lambda g, x, w: (g @ w.T, -x.T @ g), mixed(3, 4), mixed(4, 2)
    )
    assert report.causes == ("your gradient of w has the wrong sign",)


def test_a_missing_penalty() -> None:
    def loss(w: Any) -> Any:
        return np.mean((X @ w) ** 2) + 0.05 * np.sum(w * w)

    report = check.loss_gradient(loss, lambda w: X.T @ (X @ w) / 3, mixed(4))
    assert report.causes == ("your gradient lacks the term 0.1 w: the derivative of an L2 penalty",)


def test_on_positive_inputs_alone_the_domain_is_respected() -> None:
    report = check.gradient(np.log, lambda g, x: -g / x, positive(3, 4))
    assert report.causes == ("your gradient has the wrong sign",)


def test_a_large_input_is_diagnosed_by_some_of_its_elements() -> None:
    report = check.gradient(np.sin, lambda g, x: -g * np.cos(x), mixed(40, 30))
    assert report.causes == ("your gradient has the wrong sign",)
    assert report.worst is not None
    assert re.fullmatch(r"x\[\d+, \d+\]", report.worst.label)


# ---- the snippet ----


def run(snippet: str, **functions: Any) -> tuple[str, str]:
    """What the snippet prints, and what it says at its end that it prints."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(snippet, functions)
    comment = snippet.strip().splitlines()[-1].removeprefix("# ")
    return printed.getvalue().strip(), comment


def numbers(text: str) -> list[float]:
    return [float(n) for n in re.findall(r"-?\d+\.?\d*(?:e[-+]\d+)?", re.sub(r"\[.*?\]", "", text))]


@pytest.mark.parametrize(
    "name",
    [name for name, bug in BUGS.items() if "shape" not in name and "sum" not in bug.named[:3]],
)
def test_the_snippet_shows_the_bug(name: str) -> None:
    bug = BUGS[name]

    def f(*x: Any) -> Any:
        return bug.f(*x)

    def backward(g: Any, *x: Any) -> Any:
        return bug.backward(g, *x)

    report = check.gradient(f, backward, *bug.inputs)
    if not report.snippet:
        assert report.fault, "only a wrong shape needs no numbers"
        return
    printed, comment = run(report.snippet, f=f, backward=backward)
    claimed, slope = numbers(printed)[-2:]
    assert abs(claimed - slope) > 1e-6 * (abs(claimed) + abs(slope))
    assert [claimed, slope] == pytest.approx(numbers(comment)[-2:], rel=1e-3, abs=1e-6)
    assert max(map(len, report.snippet.splitlines())) <= 90


def test_the_snippet_is_small_and_exact() -> None:
    # far enough from each other that no two of them become one when they are rounded
    x, w, b = (
        np.linspace(-1.9, 1.7, n).reshape(shape)
        for n, shape in ((35, (7, 5)), (15, (5, 3)), (3, 3))
    )
    report = check.gradient(
        lambda x, w, b: x @ w + b,
        lambda g, x, w, b: (g @ w.T, x.T @ g, g.mean(axis=0)),
        x,
        w,
        b,
        names=["x", "w", "b"],
    )
    values: dict[str, Any] = {}
    exec(
        "\n".join(
            line for line in report.snippet.splitlines() if "np." in line and "=" in line[:4]
        ),
        {"np": np},
        values,
    )
    assert {name: v.shape for name, v in values.items()} == {
        "x": (2, 1),
        "w": (1, 1),
        "b": (1,),
        "g": (2, 1),
    }
    for value in values.values():
        assert np.array_equal(value * 2.0**12, np.round(value * 2.0**12)), (
            "dyadic: exact when printed"
        )
    assert "from numpy" not in report.snippet
    assert "# f and backward: as you gave them" in report.snippet


def test_the_snippet_imports_what_can_be_imported() -> None:
    report = check.gradient(np.sinh, lambda g, x: g * np.sinh(x), mixed(3))
    assert "from numpy import sinh" in report.snippet
    assert "# backward: as you gave it" in report.snippet


def test_the_snippet_of_a_loss_and_of_a_derivative() -> None:
    def loss(w: Any) -> Any:
        return np.sum(w**4)

    def grad(w: Any) -> Any:
        return w**3

    printed, _ = run(check.loss_gradient(loss, grad, mixed(3)).snippet, loss=loss, grad=grad)
    claimed, slope = numbers(printed)[-2:]
    assert slope == pytest.approx(4 * claimed, rel=1e-4)

    def df(x: Any) -> Any:
        return np.sin(x)

    printed, _ = run(check.derivative(np.sin, df, mixed(3)).snippet, df=df)
    assert "the gradient of x[0]" in printed or "the gradient of x[" in printed


def test_the_snippet_at_a_kink_prints_both_slopes() -> None:
    def backward(g: Any, x: Any) -> Any:
        return g * np.where(x == 0, 7.0, np.sign(x))

    report = check.gradient(np.abs, backward, np.array([0.0, 1.0]))
    printed, comment = run(report.snippet, backward=backward)
    assert report.verdict == "wrong"
    assert report.kink is not None
    assert numbers(printed) == pytest.approx(numbers(comment), rel=1e-4)
    claimed, one, other = numbers(printed)[-3:]
    assert claimed == 7 * abs(one) * np.sign(claimed)
    assert one == -other
