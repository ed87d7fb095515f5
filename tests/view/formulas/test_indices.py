"""Index notation is true: element by element, with loops for its sums, it gives what the formula gives."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest

import minigrad as mg
from minigrad import OPS
from minigrad.contributions import sum_to
from minigrad.view import formulas
from minigrad.view.formulas import indices as notation
from minigrad.view.formulas.expression import Call, Constant, Name, inner_first
from minigrad.view.formulas.indices import indexed
from tests.view.formulas.everything import drawn


def number(index, letters):
    """2i+j-1, where i and j are known."""
    return sum(
        (-1 if sign == "-" else 1) * int(factor or 1) * (letters[letter] if letter else 1)
        for sign, factor, letter in re.findall(r"([+-]?)(\d*)([a-z]?)", index)
        if factor or letter
    )


def element(e, letters, ranges, values):
    """The value of an element, by the plainest loops."""
    if isinstance(e, Name):
        place = tuple(number(i, letters) for i in e.indices)
        array = np.asarray(values[e.name])
        inside = all(0 <= i < n for i, n in zip(place, array.shape, strict=True))
        return array[place] if inside else 0.0
    if isinstance(e, Constant):
        return (
            letters[e.value]
            if isinstance(e.value, str) and e.value in letters
            else (int(e.value) if isinstance(e.value, str) else e.value)
        )
    if e.name == "sum_over":
        over = e.params["letters"]
        places = itertools.product(*(range(ranges[c]) for c in over))
        inner = (element(e.args[0], letters | dict(zip(over, at)), ranges, values) for at in places)
        return sum(inner)
    if e.name == "element_of":
        whole = formulas.expression.evaluate(e.args[0], values)
        return whole[tuple(number(i, letters) for i in e.params["indices"])]
    args = (np.asarray(element(a, letters, ranges, values)) for a in e.args)
    return formulas.expression.evaluate(
        Call(e.function, tuple(Constant(a) for a in args), e.params, ()), {}
    )


def sides(found, formula, values):
    """How far each letter runs: as far as the axes that it alone stands for; in a window, the kernel's."""
    ranges = {}
    for e in inner_first(found.body):
        if isinstance(e, Name):
            for i, n in zip(e.indices, np.shape(values[e.name])):
                if re.fullmatch("[a-z]", i):
                    ranges[i] = min(n, ranges.get(i, n))
        elif isinstance(e, Call) and e.name == "element_of":
            ranges |= dict(zip(e.params["indices"], e.args[0].shape))
    ranges |= {i: n for i, n in zip(found.indices, formula.shape) if i.isalpha()}
    return ranges


@pytest.mark.parametrize("op", OPS.values(), ids=list(OPS))
def test_every_element_is_what_its_formula_in_indices_says(op):
    for at in drawn(op, range(25)):
        formula, found = at.formula, at.formula.indexed
        if found is None or np.size(at.values["out"]) > 80:
            continue
        ranges = sides(found, formula, at.values)
        if pooled(formula, found, ranges):
            continue
        value = np.asarray(formula.evaluate(at.values))
        value = sum_to(value, formula.shape) if value.shape != formula.shape else value
        for place in np.ndindex(formula.shape):
            letters = {c: i for c, i in zip(found.indices, place, strict=True) if c.isalpha()}
            with np.errstate(all="ignore"):
                got = element(found.body, letters, ranges, at.values)
            np.testing.assert_allclose(got, value[place], 1e-9, 1e-12, err_msg=formula.indices())


def pooled(formula, found, ranges):
    """Whether the sum runs over a window whose sides no single axis has: the mean of a pool."""
    letters = {
        c
        for e in inner_first(found.body)
        if isinstance(e, Call) and e.name == "sum_over"
        for c in e.params["letters"]
    }
    return bool(letters - ranges.keys()) or any(
        isinstance(e, Call) and e.name == "sliding_windows" and formula.into == "out"
        for e in inner_first(formula.expression)
        if not any(
            isinstance(n, Call) and n.name == "einsum" for n in inner_first(formula.expression)
        )
    )


X, W = np.arange(6.0).reshape(2, 3), np.ones((3, 4))


def of(op, slot, *arrays, **params):
    if slot is None:
        return formulas.forward(op, arrays, params)
    return formulas.contribution(op, slot, arrays, params)


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        (of(mg.matmul, None, X, W), "out[i, j] = Σ_k a[i, k] * b[k, j]"),
        (of(mg.matmul, 0, X, W), "dL/da[i, j] = Σ_k g[i, k] * b[j, k]"),
        (of(mg.matmul, 1, X, W), "dL/db[i, j] = Σ_k a[k, i] * g[k, j]"),
        (of(mg.linear, 2, X, W.T, W[0]), "dL/dbias[i] = Σ_j g[j, i]"),
        (of(mg.add, 1, X, X[0]), "dL/dy[i] = Σ_j g[j, i]"),
        (of(mg.mul, 1, X, X[:, :1]), "dL/dy[i, 0] = Σ_j g[i, j] * x[i, j]"),
        (of(mg.sum, 0, X, axis=0), "dL/dx[i, j] = g[j]"),
        (of(mg.mean, 0, X, axis=1), "dL/dx[i, j] = g[i] / 3"),
        (of(mg.mean, None, X, axis=1), "out[i] = (Σ_j x[i, j]) / 3"),
        (of(mg.transpose, 0, X), "dL/dx[i, j] = g[j, i]"),
        (of(mg.softmax, 0, X), "dL/dx[i, j] = out[i, j] * (g[i, j] - Σ_k g[i, k] * out[i, k])"),
        (of(mg.max, 0, X, axis=1), "dL/dx[i, j] = g[i] * first_max(x, axis=1)[i, j]"),
        (of(mg.cross_entropy, 0, X, np.array([0, 1])),
         "dL/dlogits[i, j] = g / 2 * (softmax(logits, axis=1)[i, j] - (target[i] == j))"),
        (of(mg.conv2d, None, np.ones((2, 3, 5, 5)), np.ones((4, 3, 2, 2)), None, stride=2),
         "out[n, f, h, w] = Σ_c,i,j x[n, c, 2h+i, 2w+j] * weight[f, c, i, j]"),
        (of(mg.conv2d, 1, np.ones((2, 3, 5, 5)), np.ones((4, 3, 2, 2)), None, padding=1),
         "dL/dweight[f, c, i, j] = Σ_n,h,w g[n, f, h, w] * x[n, c, h+i-1, w+j-1], where x is 0 outside"),
        (of(mg.getitem, None, X, index=(slice(None, None, -1), 2)), "out[i] = x[1-i, 2]"),
        (of(mg.tanh, 0, X), None),
        (of(mg.mul, 0, X, 2.0), None),
        (of(mg.mse_loss, 0, X, X), None),
        (of(mg.reshape, None, X, shape=(6,)), None),
        (of(mg.layer_norm, 0, X, X[0], X[0]), None),
        (of(mg.prod, 0, X), None),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_in_indices_as_on_a_blackboard(formula, text):
    assert formula.indices() == text


def test_a_wrong_letter_would_be_found(monkeypatch):
    """The comparison with loops has teeth: here W is not transposed."""
    right = notation.aligned
    monkeypatch.setattr(notation, "aligned", lambda i, shape, wide: right(i[::-1], shape, wide))
    square = np.arange(9.0).reshape(3, 3)
    formula = formulas.contribution(mg.matmul, 0, [square, square], {})
    found = indexed(formula.expression, formula.shape)
    values = {"g": square + 1, "a": square, "b": square}
    got = element(
        found.body, dict.fromkeys(found.indices, 1) | {"i": 0}, {"k": 3, "i": 3, "j": 3}, values
    )
    assert not np.isclose(got, formula.evaluate(values)[0, 1])


def test_names_and_left_hand_sides_are_the_users():
    names = {"g": "dY", "b": "W", "into": "dX"}
    formula = formulas.contribution(mg.matmul, 0, [X, W], {})
    assert formula.indices(names) == "dX[i, j] = Σ_k dY[i, k] * W[j, k]"
    names = {"g": "dL/dy"}
    assert formula.indices(names) == "dL/da[i, j] = Σ_k (dL/dy)[i, k] * b[j, k]"
    names = {"into": "dL/da (via h)"}
    assert formula.indices(names) == "dL/da[i, j] (via h) = Σ_k g[i, k] * b[j, k]"
