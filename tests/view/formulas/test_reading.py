"""A rule that is read evaluates to the bits that the rule gives; what cannot be read says why."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given

import minigrad as mg
from minigrad import OPS, Op, Tensor, fused, op
from minigrad.check import strategies
from minigrad.domain import elementwise
from minigrad.recording import Applied, Applying, observers, observing
from minigrad.view import formulas
from minigrad.view.formulas.expression import Constant, evaluate, inner_first
from minigrad.view.formulas.reading import read
from minigrad.view.snapshot import Snapshot
from tests.view.formulas.everything import formulas_of

PRIMITIVES = [each for each in OPS.values() if each.definition is None]
FUSED = [each for each in OPS.values() if each.definition is not None]
X = np.array([[0.5, -1.5, 2.0]])


def ids(ops):
    return [each.__name__ for each in ops]


def same_bits(a, b):
    a, b = np.asarray(a), np.asarray(b)
    return a.dtype == b.dtype and a.shape == b.shape and np.array_equal(a, b, equal_nan=True)


@pytest.mark.parametrize("op", PRIMITIVES, ids=ids(PRIMITIVES))
def test_what_is_read_of_a_primitive_gives_the_bits_that_the_rule_gives(op):
    @given(case=strategies.cases(op), seed=strategies.seeds)
    def holds(case, seed):
        for at in formulas_of(op, case, seed, np.float32 if seed % 2 else np.float64):
            assert at.formula.exact, at.formula.reason
            assert same_bits(at.formula.evaluate(at.values), at.rule()), at.formula.equation()
            assert not any(
                isinstance(e, Constant) and e.shape for e in inner_first(at.formula.expression)
            ), "every array in a formula is accounted for"

    holds()


@pytest.mark.parametrize("op", FUSED, ids=ids(FUSED))
def test_what_is_stated_beside_a_fast_rule_is_what_the_rule_does(op):
    @given(case=strategies.cases(op), seed=strategies.seeds)
    def holds(case, seed):
        for at in formulas_of(op, case, seed):
            assert at.formula.expression is not None or at.formula.words, "a formula, or words"
            if at.formula.expression is not None:
                got, fast = at.formula.evaluate(at.values), at.rule()
                assert got.shape == fast.shape
                scale = max(1.0, float(np.max(np.abs(fast), initial=0.0)))
                np.testing.assert_allclose(got, fast, rtol=1e-6, atol=1e-9 * scale)

    holds()


def test_a_stated_formula_that_is_wrong_does_not_pass(monkeypatch):
    """So the comparison above has teeth: the formula of the other matrix, and one without its scale."""
    x, w = np.ones((2, 3)), np.arange(12.0).reshape(4, 3)
    at = formulas_of(mg.linear, mg.domain.Case((x, w, None)))[1]
    assert np.allclose(at.formula.evaluate(at.values), at.rule())
    wrong = (lambda g, out, x, weight, bias: 2 * (g @ weight), *mg.linear.formulas[1:])
    monkeypatch.setattr(mg.linear, "formulas", wrong)
    at = formulas_of(mg.linear, mg.domain.Case((x, w, None)))[1]
    assert not np.allclose(at.formula.evaluate(at.values), at.rule())


def test_a_rule_that_is_changed_changes_what_is_read(monkeypatch):
    def tanh():
        return formulas.contribution(mg.tanh, 0, [X], {}).text()

    assert tanh() == "g * (1 - out * out)"
    monkeypatch.setattr(mg.tanh, "rules", (lambda g, out, x: g * (1 - out),))
    assert tanh() == "g * (1 - out)"


# ---- what is not read ----


@pytest.fixture
def own_ops():
    before = dict(OPS)
    yield
    OPS.clear()
    OPS.update(before)


def own(rule, definition=None, formulas=(), **kw) -> Op:
    decorate = op if definition is None else lambda **given: fused(definition, **given)

    @decorate(cases=elementwise(), rejects=[])
    def mine(x):
        """x * x"""
        return x * x if definition is None else (x * x, None)

    mine.vjp(rule, formulas=formulas, **kw)
    return mine


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (lambda g, out, x: 2 * g * np.exp(np.log(x)), "plain arrays only"),
        (lambda g, out, x: np.where(x.numpy() > 0, g.numpy(), 0), "outside of ops"),
        (lambda g, out, x: np.multiply(g, x), "plain arrays only"),
        (None, "no gradient for x"),
    ],
)
def test_a_rule_of_numpy_alone_is_not_read_and_says_so(own_ops, rule, words):
    formula = formulas.contribution(own(rule), 0, [X], {})
    assert formula.expression is None
    assert formula.evaluate({"g": X, "x": X}) is None
    assert words in formula.reason
    assert words in formula.text()
    assert not formula.exact


def test_a_formula_that_fills_a_page_is_none(own_ops):
    def long(g, out, x):
        for _ in range(2000):
            g = g * x
        return g

    def doubling(g, out, x):
        for _ in range(200):
            g = g + g
        return g

    for rule in (long, doubling):
        assert "too long" in formulas.contribution(own(rule), 0, [X], {}).reason


def test_numpy_on_the_data_is_followed_where_it_goes_element_by_element(own_ops):
    formula = formulas.contribution(own(lambda g, out, x: g * np.sign(x.data) * 2), 0, [X], {})
    assert formula.text() == "g * sign(x) * 2"
    formula = formulas.contribution(own(lambda g, out, x: g * ((x > 0) & ~(x > 1))), 0, [X], {})
    assert formula.text() == "g * ((x > 0) & ~(x > 1))"


def test_an_array_from_elsewhere_is_shown_as_one_and_still_evaluates(own_ops):
    mask = np.array([[1.0, 0.0, 1.0]])
    formula = formulas.contribution(own(lambda g, out, x: g * mask), 0, [X], {})
    assert formula.text() == "g * array(1, 3)"
    assert np.array_equal(formula.evaluate({"g": X}), X * mask)


def test_a_fast_rule_without_a_formula_is_not_read_even_if_it_could_be(own_ops):
    """It is given what its forward pass saved, and not `out`: what was read would be another rule."""
    mine = own(lambda g, saved, x: g * 2 * x, definition=lambda x: x * x)
    formula = formulas.contribution(mine, 0, [X], {})
    assert formula.expression is None
    assert "not stated" in formula.reason


def test_a_primitive_of_numpy_may_state_its_formula(own_ops):
    def rule(g, out, x):
        return np.multiply(g, 2 * x)

    stated = own(rule, formulas=[lambda g, out, x: g * 2 * x])
    formula = formulas.contribution(stated, 0, [X], {})
    assert formula.text() == "g * 2 * x"
    assert not formula.exact
    assert formulas.contribution(own(rule, formulas=["g, twice"]), 0, [X], {}).text() == "g, twice"


def test_formulas_are_one_for_each_input(own_ops):
    with pytest.raises(TypeError, match="needs 1 formulas, one for each input"):
        own(lambda g, out, x: g, formulas=["a", "b"])


# ---- nobody notices ----


def test_reading_is_no_part_of_a_trace_and_records_nothing():
    events = []
    with observing(events.append):
        reading = read(mg.tanh.rules[0], {"g": X, "out": X, "x": X}, {})
        assert events == []
        assert observers == [events.append]
        mg.tanh(Tensor(X))
        assert [type(event) for event in events] == [Applying, Applied]
    assert reading.expression is not None


def test_what_other_threads_compute_meanwhile_is_left_alone():
    made = []

    def rule(g, out, x):
        thread = threading.Thread(target=lambda: made.append(mg.exp(Tensor(X))))
        thread.start()
        thread.join()
        return g * x

    assert read(rule, {"g": X, "out": X, "x": X}, {}).expression is not None
    assert type(made[0]) is Tensor
    assert made[0].node is None


def test_a_rule_that_raises_leaves_nothing_behind():
    def rule(g, out, x):
        raise ValueError("no\nmore")

    assert read(rule, {"g": X, "out": X, "x": X}, {}).reason.endswith("(ValueError: no)")
    assert observers == []


def test_a_rule_is_read_at_a_snapshot_and_at_one_whose_values_were_not_kept():
    whole, summary = Snapshot(X), Snapshot(X, keep=1)
    for x in (whole, summary):
        formula = formulas.contribution(mg.linear, 0, [x, np.ones((2, 3)), None], {})
        assert formula.shapes() == "dL/dx = g @ weight : (1, 3) = (1, 2) @ (2, 3)"
    logits = Snapshot(np.zeros((4, 5)), keep=1)
    labels = Snapshot(np.array([0, 1, 2, 3]), keep=1)
    formula = formulas.contribution(mg.cross_entropy, 0, [logits, labels], {})
    assert "softmax(logits, axis=1) - one_hot(target, classes=5)" in formula.text()


def test_evaluating_a_deep_expression_needs_no_recursion():
    def rule(g, out, x):
        for _ in range(60):
            g = g * x
        return g

    expression = read(rule, {"g": X, "out": X, "x": X}, {}).expression
    assert expression is not None
    assert np.array_equal(evaluate(expression, {"g": X, "x": X}), rule(X, X, X))
