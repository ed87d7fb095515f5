"""What is printed is Python: read back, it gives the numbers that the expression gives."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad import OPS
from minigrad.ops.axes import first_max, first_min
from minigrad.ops.losses import one_hot
from minigrad.view import formulas
from minigrad.view.formulas import text as writing
from minigrad.view.formulas.text import Text
from tests.view.formulas.everything import At, drawn

X, W = np.arange(6.0).reshape(2, 3), np.ones((3, 4))
WORDS: dict[str, Any] = {
    **OPS,
    "first_max": first_max,
    "first_min": first_min,
    "one_hot": lambda target, classes: one_hot(target, classes=classes, dtype=np.float64),
    "sign": np.sign,
    "float64": np.float64,
    "inf": np.inf,
    "pi": np.pi,
}


class To:
    """`x stretched to (2, 3)` as `x | To((2, 3))`, for | binds as loosely as the phrase."""

    __array_ufunc__ = None

    def __init__(self, shape: tuple[int, ...]):
        self.shape = shape

    def __ror__(self, x: Any) -> Any:
        return np.broadcast_to(x, self.shape)


class Into:
    """`g added into zeros(2, 3)[0]` as `g | Into(2, 3)[0]`."""

    __array_ufunc__ = None

    def __init__(self, *shape: int):
        self.shape, self.index = shape, None

    def __getitem__(self, index: Any) -> Into:
        self.index = index
        return self

    def __ror__(self, x: Any) -> Any:
        return mg.scatter(x, index=self.index, shape=self.shape)


def read_back(text: str, values: dict[str, Any]) -> Any:
    """The value of a text by Python's own reading of it: names of the ops, and numpy's operators."""
    body, _, clauses = text.partition(", where ")
    scope = {**WORDS, "To": To, "Into": Into, **{k: v for k, v in values.items() if v is not None}}
    for clause in re.split(r", (?=\w+ = )", clauses) if clauses else []:
        name, _, said = clause.partition(" = ")
        scope[name] = evaluated(said, scope)
    return evaluated(body, scope)


def evaluated(text: str, scope: dict[str, Any]) -> Any:
    text = re.sub(r" stretched to (\([\d, ]*\))", r" | To(\1)", text)
    text = text.replace(" added into zeros(", " | Into(")
    with np.errstate(all="ignore"):
        return eval(text, {"__builtins__": {}}, scope)


def readable(at: At) -> bool:
    """All but index arrays too large to be written out."""
    return at.formula.expression is not None and not re.search(r"(int64|bool)\(", at.formula.text())


def agree(at: At) -> bool:
    read, value = read_back(at.formula.text(), at.values), at.formula.evaluate(at.values)
    return np.shape(read) == np.shape(value) and np.allclose(read, value, 1e-12, 0, equal_nan=True)


@pytest.mark.parametrize("op", OPS.values(), ids=list(OPS))
def test_what_is_printed_is_python_for_what_is_computed(op):
    found = [at for at in drawn(op, range(16)) if readable(at)]
    assert found
    for at in found:
        assert agree(at), at.formula.text()


@pytest.mark.parametrize("op", ["sigmoid", "softmax", "gelu", "mse_loss", "div", "clip", "maximum"])
def test_dropped_parentheses_would_be_found(op, monkeypatch):
    monkeypatch.setattr(Text, "fenced", lambda self, piece, level: piece)
    found = [at for at in drawn(OPS[op], range(16)) if at.values["out"].size > 1]
    wrong = 0
    for at in found:
        try:
            wrong += not agree(at)
        except (TypeError, ValueError):
            wrong += 1
    if op == "div":  # -g * out / y needs none
        assert not wrong
    else:
        assert wrong


def contribution(op, slot, *arrays, **params):
    return formulas.contribution(op, slot, arrays, params)


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        (contribution(mg.matmul, 0, X, W), "g @ b.T"),
        (contribution(mg.matmul, 1, X, W), "a.T @ g"),
        (contribution(mg.matmul, 1, X[None], W), "a.mT @ g"),
        (contribution(mg.tanh, 0, X), "g * (1 - out * out)"),
        (contribution(mg.mul, 0, X, 2), "g * 2"),
        (contribution(mg.pow, 0, X, 3), "g * (3 * x**2)"),
        (contribution(mg.pow, 0, X, -1), "g * (-1 * x**(-2))"),
        (contribution(mg.relu, 0, X), "g * (out > 0)"),
        (contribution(mg.sum, 0, X), "g stretched to (2, 3)"),
        (contribution(mg.sum, 0, X, axis=1), "g[:, None] stretched to (2, 3)"),
        (contribution(mg.mean, 0, X, axis=0), "(g / 2) stretched to (2, 3)"),
        (contribution(mg.max, 0, X, axis=1), "g[:, None] * first_max(x, axis=1)"),
        (contribution(mg.reshape, 0, X, shape=(6,)), "g.reshape(2, 3)"),
        (contribution(mg.stack, 1, X, X), "g[1]"),
        (contribution(mg.concatenate, 1, X, X), "g[2:4]"),
        (contribution(mg.pad, 0, X, pad_width=((1, 0), (0, 2))), "g[1:3, 0:3]"),
        (contribution(mg.getitem, 0, X, index=(0, slice(1, None))),
         "g added into zeros(2, 3)[0, 1:]"),
        (contribution(mg.var, 0, X), "g * (x - mean(x, keepdims=True)) * (1 / 3)"),
        (contribution(mg.erf, 0, X), "g * (2 / sqrt(pi)) * exp(-x * x)"),
        (contribution(mg.linear, 1, X, W.T, None), "g.T @ x"),
        (contribution(mg.prod, 0, X), "g times the product of all the other elements"),
        (contribution(mg.cross_entropy, 0, X, np.array([0, 2])),
         "g / 2 * (softmax(logits, axis=1) - one_hot(target, classes=3))"),
        (contribution(mg.layer_norm, 1, X, X[0], X[0]),
         "sum(g * (centred * inverse), axis=0), where centred = x - mean(x, axis=-1, keepdims=True), "
         "inverse = (mean(centred * centred, axis=-1, keepdims=True) + 1e-05)**(-0.5)"),
        (formulas.forward(mg.linear, [X, W.T, W[0]], {}), "x @ weight.T + bias"),
        (formulas.forward(mg.exp, [X], {}), "exp(x)"),
        (formulas.forward(mg.sum, [X], {"axis": (0,)}), "sum(x, axis=0)"),
        (formulas.forward(mg.stack, [X, X], {}), "stack([x0, x1])"),
        (formulas.forward(mg.pow, [X, 2], {}), "x**2"),
        (formulas.forward(mg.where, [X > 0, X, 0.0], {}), "where(condition, x, 0.0)"),
        (formulas.forward(mg.reshape, [X], {"shape": (2, 3)}), "reshape(x, shape=(2, 3))"),
        (formulas.forward(mg.astype, [X], {"dtype": "float32"}), "x.astype('float32')"),
        (formulas.forward(mg.cross_entropy, [X, np.array([0, 2])], {}),
         "nll_loss(log_softmax(logits, axis=1), target)"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_formulas_as_a_teacher_would_type_them(formula, text):
    assert formula.text() == text


def test_names_are_the_users_and_a_derivative_is_not_torn_apart():
    names = {"g": "dL/dh", "a": "x", "b": "W1", "into": "dL/dx"}
    assert contribution(mg.matmul, 0, X, W).equation(names) == "dL/dx = dL/dh @ W1.T"
    names = {"g": "dL/dh", "a": "x", "into": "dL/dW1"}
    assert contribution(mg.matmul, 1, X, W).equation(names) == "dL/dW1 = x.T @ (dL/dh)"
    assert contribution(mg.sqrt, 0, X).text({"g": "dL/dh", "out": "h"}) == "dL/dh / (2 * h)"


def test_an_equation_says_that_broadcasting_is_undone():
    assert contribution(mg.mul, 1, X, X[0]).equation() == "dL/dy = g * x, summed to (3,)"
    assert contribution(mg.mul, 0, X, X[0]).equation() == "dL/dx = g * y"


def test_a_word_of_the_rules_gives_way_to_the_same_word_of_the_users():
    x = np.random.default_rng(0).normal(size=(4, 3))
    formula = contribution(mg.std, 0, x, axis=0)
    assert ", where scale = " in formula.text()
    mixed = formula.text({"x": "scale"})
    assert "where scale" not in mixed
    assert mixed.count("scale") == formula.text().count("x - mean(x") * 2


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        (contribution(mg.matmul, 0, X, W), "dX = dY @ W.T : (2, 3) = (2, 4) @ (4, 3)"),
        (contribution(mg.matmul, 1, X, W), "dX = a.T @ dY : (3, 4) = (3, 2) @ (2, 4)"),
        (contribution(mg.add, 1, X, X[0]), "dX = dY : (2, 3) = (2, 3), summed to (3,)"),
        (contribution(mg.sum, 0, X), "dX = dY stretched to (2, 3) : (2, 3) = () stretched to (2, 3)"),
        (contribution(mg.prod, 0, X), "dX: dY times the product of all the other elements : (2, 3)"),
    ],
)  # fmt: skip
def test_shapes_stand_below_the_names(formula, text):
    assert formula.shapes({"g": "dY", "b": "W", "into": "dX"}) == text.replace("dX: dY", "dX: g")


def test_numbers_of_single_elements():
    x, y, g = (np.array(v, np.float32) for v in (3, -0.1, 2))
    out = np.tanh(x)
    values = {"g": g, "x": x, "y": y, "out": out}
    assert contribution(mg.mul, 0, x, y).numbers(values) == "2.0*(-0.1)"
    assert contribution(mg.sub, 1, x, y).numbers(values) == "-2.0"
    assert contribution(mg.tanh, 0, x).numbers(values) == f"2.0*(1 - {out[()]!s}*{out[()]!s})"
    assert contribution(mg.pow, 0, y, 3).numbers({**values, "x": y}) == "2.0*(3*(-0.1)**2)"
    row = np.array([[3.0]])
    assert (
        contribution(mg.matmul, 0, row, row).numbers({"g": row, "a": row, "b": row}) == "3.0 @ 3.0"
    )
    assert contribution(mg.sum, 0, row).numbers({"g": np.array(2.0), "x": row}) == "2.0"
    assert contribution(mg.tanh, 0, X).numbers({"g": X, "x": X, "out": X}) is None
    assert contribution(mg.sum, 0, X).numbers({"g": g, "x": X}) is None


@pytest.mark.parametrize("op", ["mul", "div", "tanh", "sigmoid", "pow", "sub", "logsumexp", "gelu"])
def test_the_arithmetic_shown_gives_the_gradient_back(op):
    """8.3: evaluated by Python's own arithmetic, the displayed numbers are the gradient."""
    found = 0
    for at in drawn(OPS[op], range(400)):
        if at.slot is None or any(np.size(v) != 1 for v in at.values.values() if v is not None):
            continue
        text = at.formula.numbers(at.values)
        value = np.asarray(at.formula.evaluate(at.values)).item()
        assert np.isclose(read_back(text, {"nan": np.nan}), value, 1e-12, equal_nan=True), text
        found += 1
    assert found >= 5


def test_the_levels_are_pythons():
    assert writing.SUM < writing.PRODUCT < writing.SIGN < writing.POWER < writing.ATOM
