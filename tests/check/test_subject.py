"""What a check is given and what is wrong with it: an error or a verdict that says exactly that."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from minigrad import Tensor, check
from minigrad.errors import CheckError

X = np.random.default_rng(3).standard_normal((2, 3))


def tanh_backward(g: Any, x: Any) -> Any:
    return g * (1 - np.tanh(x) ** 2)


def nan_at(index: tuple[int, int]) -> Any:
    x = X.copy()
    x[index] = np.nan
    return x


# ---- inputs ----


@pytest.mark.parametrize(
    ("x", "words"),
    [
        (nan_at((1, 2)), r"x\[1, 2\] is nan: a gradient is checked at finite inputs"),
        (np.array([1.0, np.inf]), r"x\[1\] is inf"),
        (
            np.array([1, 2]),
            r"x holds int64, and there is no derivative .* give floats \(1\.0 for 1\)",
        ),
        (3, "x holds int64"),
        (np.array([True]), "x holds bool"),
        (X + 1j, "x holds complex128; needed: an array of real floats: check its real and"),
        (np.array(["a"]), "x holds <U1; needed: an array of real floats"),
        ([[1.0], [1.0, 2.0]], "x is no array"),
        (Tensor(X), r"x is a Tensor: check\.gradcheck\(f, x\) takes Tensors"),
    ],
)
def test_inputs_that_cannot_be_checked(x: Any, words: str) -> None:
    with pytest.raises(CheckError, match=words):
        check.gradient(np.tanh, tanh_backward, x)


def test_no_inputs_no_function_and_names_that_do_not_fit() -> None:
    with pytest.raises(CheckError, match="nothing to differentiate with respect to"):
        check.gradient(np.tanh, tanh_backward)
    with pytest.raises(CheckError, match="f must be a function, and is ndarray"):
        check.gradient(X, tanh_backward, X)  # type: ignore[arg-type]
    with pytest.raises(CheckError, match="its gradient must be a function, and is ndarray"):
        check.gradient(np.tanh, X, X)  # type: ignore[arg-type]
    with pytest.raises(
        CheckError, match=r"names=\['a', 'b'\] for 1 inputs: give one name for each"
    ):
        check.gradient(np.tanh, tanh_backward, X, names=["a", "b"])


def test_lists_and_numbers_are_arrays() -> None:
    assert check.gradient(np.tanh, tanh_backward, [0.5, 1.5]).verdict == "correct"
    assert check.gradient(np.tanh, tanh_backward, 0.5).verdict == "correct"


# ---- a function that is none ----


def in_place(x: Any) -> Any:
    x *= 2.0
    return x


DICE = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("f", "words"),
    [
        (lambda x: x + DICE.normal(size=x.shape), "f is random, or remembers: two calls"),
        (in_place, r"in_place changes its argument x in place: .* x = x\.copy\(\)"),
        (lambda x: None, "f returned a NoneType: a return statement is missing"),
        (lambda x: (x, x), "f returned a tuple; needed: one array of floats"),
        (lambda x: x.argmax(axis=1), "f returned int64 values, which have no derivative"),
        (lambda x: x > 0, "f returned bool values"),
        (lambda x: x + 1j, "f returned complex128 values"),
        (lambda x: np.log(np.abs(x) * 0), r"f is -inf at its element \[0, 0\]: there is no slope"),
        (lambda x: np.sqrt(-np.abs(x)), r"f is -?nan at its element \[0, 0\]"),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:invalid value", "ignore:divide by zero")
def test_functions_that_have_no_slope(f: Callable[..., Any], words: str) -> None:
    with pytest.raises(CheckError, match=words):
        check.gradient(f, lambda g, x: g, X)


def test_a_function_that_raises_at_the_inputs() -> None:
    def f(x: Any) -> Any:
        raise ZeroDivisionError("of its own")

    with pytest.raises(ZeroDivisionError, match="of its own") as caught:
        check.gradient(f, lambda g, x: g, X)
    assert caught.value.__notes__ == [
        "raised by f at the very inputs where its gradient was to be checked"
    ]


def test_a_loss_is_one_number() -> None:
    with pytest.raises(CheckError, match=r"f returned shape \(2, 3\), and a loss is one number"):
        check.loss_gradient(lambda x: x, lambda x: x, X)
    assert check.loss_gradient(lambda x: np.sum(x, keepdims=True), np.ones_like, X).passed


# ---- functions that are odd and all correct ----


def guarded_log(x: Any) -> Any:
    if np.any(x <= 0):
        raise ValueError("log of a negative number")
    return np.log(x)


def test_it_may_raise_beyond_the_edge_of_its_domain() -> None:
    report = check.gradient(guarded_log, lambda g, x: g / x, np.array([1e-3, 2.0]))
    assert report.verdict == "correct"
    assert report.discarded > 0
    assert any(
        re.search(r"raised at \d+ of the points .*\(ValueError: log of a negative number\)", note)
        for note in report.notes
    )
    assert (
        check.gradient(guarded_log, lambda g, x: -g / x, np.array([1e-3, 2.0])).verdict == "wrong"
    )


def test_it_may_hand_out_a_buffer_or_a_view() -> None:
    buffer = np.empty((2, 3))

    def tanh(x: Any) -> Any:
        return np.tanh(x, out=buffer)

    assert check.gradient(tanh, tanh_backward, X).verdict == "correct"
    assert check.gradient(lambda x: x.T, lambda g, x: g.T, X).verdict == "correct"
    assert check.gradient(lambda x: x, lambda g, x: g, X).verdict == "correct"


def test_the_backward_pass_may_use_what_the_forward_pass_kept() -> None:
    kept = {}

    def forward(x: Any) -> Any:
        kept["y"] = np.tanh(x)
        return kept["y"]

    report = check.gradient(forward, lambda g, x: g * (1 - kept["y"] ** 2), X)
    assert report.verdict == "correct"


def test_an_input_that_f_does_not_depend_on() -> None:
    correct = check.gradient(lambda x, y: 2 * x, lambda g, x, y: (2 * g, 0 * y), X, X)
    assert correct.verdict == "correct"
    assert "f does not depend on y here, and its gradient is 0" in correct.notes
    wrong = check.gradient(lambda x, y: 2 * x, lambda g, x, y: (2 * g, y), X, X)
    assert wrong.verdict == "wrong"
    assert wrong.worst is not None
    assert wrong.worst.label.startswith("y[")


def test_a_constant_function() -> None:
    report = check.gradient(lambda x: np.ones(2), lambda g, x: 0 * x, X)
    assert (report.verdict, report.passed) == ("correct", True)
    assert "0 everywhere" in str(report)


@pytest.mark.parametrize("shape", [(), (1,), (0,), (2, 0), (1, 1, 1)])
def test_any_shape(shape: tuple[int, ...]) -> None:
    x = np.full(shape, 0.75)
    report = check.gradient(np.tanh, tanh_backward, x)
    assert report.verdict == "correct"
    if x.size == 0:
        assert "the inputs have no elements: nothing was there to be wrong" in report.notes
    else:
        assert check.gradient(np.tanh, lambda g, x: -tanh_backward(g, x), x).verdict == "wrong"
    assert str(report)
    assert report._repr_html_()


def test_an_output_without_elements() -> None:
    assert check.gradient(lambda x: x[:0], lambda g, x: np.zeros_like(x), X).verdict == "correct"
    assert check.gradient(lambda x: x[:0], lambda g, x: x, X).verdict == "wrong"


def test_what_is_given_is_left_alone() -> None:
    x = X.copy()
    x.flags.writeable = False
    assert check.gradient(np.tanh, tanh_backward, x).verdict == "correct"
    assert np.array_equal(x, X)


# ---- gradients that are wrong before their numbers are looked at ----


def spoils_g(g: Any, x: Any) -> Any:
    g *= 1 - np.tanh(x) ** 2
    return g


def spoils_x(g: Any, x: Any) -> Any:
    x *= 0.0
    return g


@pytest.mark.parametrize(
    ("backward", "words"),
    [
        (lambda g, x: None, "backward returned None: a return statement is missing"),
        (lambda g, x: (g, g), "returned 2 gradients, and tanh has 1 input (x); a single gradient is"),
        (lambda g, x: [1.0, 2.0], "returned 2 gradients, and tanh has 1 input"),
        (lambda g, x: {"y": g}, "returned gradients named y; needed: x"),
        (lambda g, x: (None,), "the gradient of x is None; where f does not depend on it, it is 0"),
        (lambda g, x: g[0], "has shape (3,), and x has shape (2, 3): a gradient has the shape"),
        (lambda g, x: g + 0j, "the gradient of x is of dtype complex128; needed: floats"),
        (lambda g, x: np.where(x == X[0, 1], np.nan, g), "the gradient of x[0, 1] is nan, and f is"),
        (spoils_g, "spoils_g changes the upstream gradient in place"),
        (spoils_x, "spoils_x changes x in place, which belongs to its caller"),
        (lambda g, x: g * DICE.random(), "backward is random, or remembers"),
    ],
)  # fmt: skip
def test_faults(backward: Callable[..., Any], words: str) -> None:
    report = check.gradient(np.tanh, backward, X, names=["x"])
    assert report.verdict == "wrong"
    assert not report.passed
    assert words in report.fault
    assert words.split()[0] in str(report)
    assert report._repr_html_()
    assert report.plot() is not None
    assert "no sweep was made" in report.table()


def test_one_gradient_for_each_of_several_inputs() -> None:
    def f(x: Any, y: Any) -> Any:
        return x * y

    one = check.gradient(f, lambda g, x, y: g * y, X, X)
    assert one.fault == (
        "backward returned one ndarray, and f has 2 inputs: needed: a tuple of 2 gradients, those of x, y"
    )
    named = check.gradient(f, lambda g, x, y: {"y": g * x, "x": g * y}, X, X)
    assert named.verdict == "correct"


def test_a_gradient_of_integers_is_noted() -> None:
    report = check.loss_gradient(np.sum, lambda x: np.ones(x.shape, int), X)
    assert report.verdict == "correct"
    assert "the gradient of a is of dtype int64, and fractions are lost in it" in report.notes


def test_a_gradient_that_raises_is_not_swallowed() -> None:
    with pytest.raises(ZeroDivisionError):
        check.gradient(np.tanh, lambda g, x: 1 / 0, X)


def test_gradients_in_another_order_are_said_to_be() -> None:
    def f(x: Any, b: Any) -> Any:
        return x * b

    report = check.gradient(f, lambda g, x, b: ((g * x).sum(axis=0), g * b), X, X[0])
    said = " ".join(str(report).split())
    assert (
        "backward returned the gradients in another order than that of the inputs: needed: " in said
    )
    assert "that of x (2, 3), that of b (3,); got: (3,), (2, 3)" in said


def test_two_transposed_gradients_are_not_in_another_order() -> None:
    report = check.gradient(
        lambda x, w: x @ w, lambda g, x, w: ((g @ w.T).T, (x.T @ g).T), X, X.T.copy()
    )
    assert "another order" not in str(report)
    assert "transposed" in str(report)
