"""The engine's gradients against differences: first and second order, and what it never recorded."""

from __future__ import annotations

import contextlib
import io
import re
from typing import Any

import numpy as np
import pytest

from minigrad import OPS, Tensor, check, grad, ops
from minigrad.errors import CheckError

RNG = np.random.default_rng(0)
X, W = Tensor(RNG.standard_normal((2, 3))), Tensor(RNG.standard_normal((3, 2)))


def layer(x: Any, w: Any) -> Any:
    return ops.tanh(x @ w)


def test_first_and_second_order() -> None:
    first = check.gradcheck(layer, X, W)
    second = check.gradgradcheck(layer, X, W)
    assert (first.verdict, first.names) == ("correct", ("x", "w"))
    assert (second.verdict, second.names) == ("correct", ("x", "w", "g"))
    assert "the gradient of the gradient of layer" in str(second)


def test_second_order_of_a_linear_function_is_0_but_for_g() -> None:
    report = check.gradgradcheck(lambda x: 3 * x, X)
    assert report.verdict == "correct"
    assert "f does not depend on x here, and its gradient is 0" not in report.notes or report.passed


def test_a_function_may_differentiate_within() -> None:
    """A price on the slope of a layer: its gradient is that of a gradient."""

    def price(w: Any) -> Any:
        x = Tensor(X.data, requires_grad=True)
        (slope,) = grad(layer(x, w).sum(), x, create_graph=True)
        return (slope**2).mean()

    assert check.gradcheck(price, W).verdict == "correct"


def test_a_wrong_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    tanh = OPS["tanh"]
    monkeypatch.setattr(tanh, "rules", (lambda g, out, x: g * (1 - out),))
    report = check.gradcheck(layer, X, W)
    assert report.verdict == "wrong"
    assert {report.of(0)[0], report.of(1)[0]} == {"wrong"}


def test_a_rule_whose_own_derivative_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """Correct values of the first gradient, computed past the graph: only the second order can see it."""
    tanh = OPS["tanh"]

    def rule(g: Any, out: Any, x: Any) -> Any:
        y = out.data if isinstance(out, Tensor) else out
        return g * (1 - y * y)

    monkeypatch.setattr(tanh, "rules", (rule,))
    assert check.gradcheck(layer, X, W).verdict == "correct"
    assert check.gradgradcheck(layer, X, W).verdict == "wrong"


def test_what_is_cut_off_is_0_and_said_to_be() -> None:
    report = check.gradcheck(lambda x: ops.tanh(x.detach()), X)
    assert report.verdict == "wrong"
    assert report.causes == ("your gradient is 0, as if f did not depend on the input",)
    assert any("no graph leads from the inputs to the output" in note for note in report.notes)


def test_only_what_requires_a_gradient_is_asked_for() -> None:
    x = Tensor(X.data, requires_grad=True)
    report = check.gradcheck(layer, x, W)
    assert report.names == ("x",)
    labels = np.array([0, 2])
    assert check.gradcheck(lambda x, y: ops.cross_entropy(x, y), X, labels).names == ("x",)


def test_the_tensors_are_left_alone() -> None:
    x = Tensor(X.data.astype(np.float32), requires_grad=True)
    x.grad = np.ones((2, 3), np.float32)
    data = x.data.copy()
    report = check.gradcheck(layer, x, Tensor(W.data.astype(np.float32)))
    assert report.passed
    assert report.precision is not None
    assert x.dtype == np.float32
    assert np.array_equal(x.data, data)
    assert np.array_equal(x.grad.data, np.ones((2, 3)))


def test_bad_input() -> None:
    with pytest.raises(
        CheckError, match=r"gradcheck needs a Tensor of floats.*check\.gradient\(f, b"
    ):
        check.gradcheck(np.tanh, X.data)
    with pytest.raises(CheckError, match="f must be a function of Tensors, and is Tensor"):
        check.gradcheck(X, X)  # type: ignore[arg-type]
    with pytest.raises(CheckError, match="f returned a ndarray; needed: a Tensor"):
        check.gradcheck(lambda x: x.data, X)


def test_the_snippet_runs() -> None:
    def g(x: Any) -> Any:  # called as the upstream gradient is in other snippets
        return Tensor(x.data**2) * x

    report = check.gradcheck(g, X)
    assert "g is" not in report.causes[0]
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(report.snippet, {"g": g})
    claimed, slope = (
        float(n) for n in re.findall(r"-?\d+\.\d+(?:e-\d+)?", printed.getvalue())[-2:]
    )
    assert slope == pytest.approx(3 * claimed, rel=1e-6)
