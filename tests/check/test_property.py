"""`check.property`: correct ops, layers, functions and pairs pass, and each broken promise is refused."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import numpy as np
import pytest
from hypothesis.errors import FailedHealthCheck, Unsatisfiable

from minigrad import OPS, Tensor, check, log, nn, no_grad, relu, tanh
from minigrad.check import properties
from minigrad.check.pair import Pair
from minigrad.check.property import as_function, search
from minigrad.check.recipes import recipe
from minigrad.check.report import Report
from minigrad.check.table import row
from minigrad.domain import Case, Domain, RandomDraw
from minigrad.errors import CheckError, MissingPackageError, WrongGradientError

FEW = {"max_examples": 6}


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def swish(x):
    return x * sigmoid(x)


def swish_backward(g, x):
    s = sigmoid(x)
    return g * (s + x * s * (1 - s))


def product(x, w):
    return x @ w


def product_backward(g, x, w):
    return g @ w.T, x.T @ g


def shift(x, b):
    return x + b


def shift_backward(g, x, b):
    def summed(g, shape):
        g = g.sum(axis=tuple(range(g.ndim - len(shape))))
        return g.sum(axis=tuple(i for i, n in enumerate(shape) if n == 1), keepdims=True)

    return summed(g, x.shape).reshape(x.shape), summed(g, b.shape).reshape(b.shape)


rng = np.random.default_rng(0)
CORRECT = {
    "op": lambda: check.property(**FEW)(OPS["conv2d"]),
    "function": lambda: check.property(domain=Domain(0.1, 3.0), shapes="(n, m), (m, 2)", **FEW)(
        lambda x, w: log(x) @ log(w)
    ),
    "pair": lambda: check.property(backward=swish_backward, **FEW)(swish),
    "pair of two": lambda: check.property(
        backward=product_backward, shapes="(n, m), (m, k)", **FEW
    )(product),
    "pair that broadcasts": lambda: check.property(
        backward=shift_backward, shapes="broadcast", **FEW
    )(shift),
    "fixed shapes": lambda: check.property(shapes=[(3,), (2, 3)], **FEW)(lambda x, y: x * y),
    "linear": lambda: check.property(shapes="(n, 3)", **FEW)(nn.Linear(3, 2, rng=rng)),
    "batch norm": lambda: check.property(shapes=[(5, 3)], **FEW)(nn.BatchNorm1d(3)),
    "dropout": lambda: check.property(shapes="(n, 4)", **FEW)(nn.Dropout(0.4, rng=rng)),
    "network": lambda: check.property(shapes="(n, 3)", **FEW)(
        nn.Sequential(nn.Linear(3, 2, rng=rng), nn.Tanh(), nn.Linear(2, 2, rng=rng))
    ),
    "own cases": lambda: check.property(cases=lambda draw: Case((draw.array((2, 2)),)), **FEW)(
        tanh
    ),
}


@pytest.mark.parametrize("name", CORRECT)
def test_what_is_right_passes(name):
    CORRECT[name]()()


@check.property(domain=Domain(-2.0, 2.0, kinks=(0.0,)), **FEW)
def test_as_a_decorator(x):
    """A test of a function of Tensors, in one line."""
    return relu(x) * x.exp()


def test_it_keeps_its_name_and_takes_no_fixtures():
    assert test_as_a_decorator.__name__ == "test_as_a_decorator"
    assert test_as_a_decorator.__doc__.startswith("A test of")
    assert test_as_a_decorator.__code__.co_argcount == 0


class Remembers:
    """A pair whose gradient depends on how often it was called."""

    def __init__(self):
        self.calls = 0

    def backward(self, g, x):
        self.calls += 1
        return g * (2 * x + self.calls * 1e-3)


def in_place(g, x):
    g *= 2 * x
    return g


def square(x):
    return x * x


WRONG = {
    "factor": (lambda g, x: g * x, "the slope is"),
    "tiny factor": (lambda g, x: g * 2 * x * (1 + 1e-7), "the slope is"),
    "upstream dropped": (lambda g, x: 2 * x + 0 * g, "the slope is"),
    "upstream without its sign": (lambda g, x: np.abs(g) * 2 * x, "the slope is"),
    "wrong shape": (lambda g, x: (g * 2 * x).sum(), "has the shape of its input"),
    "integers": (lambda g, x: "no gradient", "a gradient has the shape"),
    "nothing": (lambda g, x: None, "return statement"),
    "mutates": (in_place, "changes the upstream gradient|read-only|linearity|slope"),
    "single": (lambda g, x: (g * 2 * x).astype(np.float32), "the slope is|gradient"),
    "remembers": (Remembers().backward, "the slope is"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_refused(name):
    backward, words = WRONG[name]
    pair = Pair(square, backward)
    found = row(pair, recipe(pair, square, shapes="(n, 3)"), samples=6, seed=0)
    assert found.verdict == "wrong"
    assert re.search(words, found.why), found.why


def test_a_pair_may_compute_in_double_precision():
    pair = Pair(square, lambda g, x: g * 2 * x.astype(np.float64))
    assert row(pair, recipe(pair, square, shapes="(n, 3)"), samples=3, seed=0).verdict == "correct"


def test_the_failure_carries_the_report_and_the_property():
    with pytest.raises(WrongGradientError) as caught:
        check.property(backward=lambda g, x: -g * 2 * x, shapes="(n, 3)", **FEW)(square)()
    report = caught.value.report
    assert isinstance(report, Report)
    assert report.verdict == "wrong"
    assert any("sign" in cause for cause in report.causes)
    assert "broken: gradient is the slope" in caught.value.__notes__


def test_a_function_that_cannot_be_differentiated_twice_is_refused():
    def detached(x):
        y = tanh(x)
        with no_grad():
            slope = 1 - y * y
        return (x - x.detach()) * slope + y.detach()

    function = as_function(detached)
    case = Case((np.array([0.3, -1.2]),))
    properties.gradient_is_the_slope(as_function(OPS["tanh"]), case, rng)
    with pytest.raises(WrongGradientError):
        properties.second_gradient_is_the_slope_of_the_first(function, case, rng)


def test_a_search_that_can_decide_nothing_says_so():
    """A test that passes because it has looked at nothing is the worst of all."""
    alone = Pair(lambda x: np.where(x == 0.5, 1.0, np.nan), lambda g, x: g)
    with pytest.raises((FailedHealthCheck, Unsatisfiable)):
        search(alone, lambda draw: Case((np.full(3, 0.5),)), [properties.gradient_is_the_slope])


@pytest.mark.parametrize(
    ("arguments", "thing", "words"),
    [
        ({"shapes": "n, m"}, tanh, 'shapes=.n, m.: needed "broadcast"'),
        ({"domain": Domain(1.0, 1.0)}, swish, "the domain from 1.0 to 1.0 is empty"),
        ({"domain": (Domain(0, 1),), "shapes": "(n), (n)"}, shift, "1 domains for 2 inputs"),
        ({}, 3.0, "3.0 is a float; needed: an op, a layer"),
        ({}, nn.Linear, "needed: an op, a layer"),
        ({}, lambda *x: x, "names no inputs: say with shapes"),
    ],
)
def test_what_makes_no_sense_is_refused_at_once(arguments, thing, words):
    with pytest.raises(CheckError, match=words):
        check.property(**arguments)(thing)


def test_a_function_of_arrays_without_its_backward_is_told_so():
    with pytest.raises(CheckError, match=r"returned a [\s\S]*give its backward"):
        check.property(shapes="(3)", **FEW)(lambda x: x.data)()


# ---- the set ----


@pytest.mark.parametrize(
    ("thing", "backward", "missing"),
    [
        (OPS["tanh"], None, {"fused_op_is_its_definition", "broadcasting_is_expansion", "promises_are_kept"}),
        (OPS["add"], None, {"fused_op_is_its_definition", "promises_are_kept"}),
        (swish, swish_backward, {p.__name__ for p in properties.PROPERTIES} - {
            "gradient_is_the_slope", "gradient_is_linear_in_the_upstream_one", "promises_are_kept",
            "single_precision_is_double_precision_rounded", "memory_layout_does_not_matter"}),
    ],
    ids=["tanh", "add", "pair"],
)  # fmt: skip
def test_which_properties_are_asked(thing, backward, missing):
    asked = {holds.__name__ for holds in properties.of(as_function(thing, backward))}
    assert asked == {holds.__name__ for holds in properties.PROPERTIES} - missing


def test_how_close_it_came_is_between_0_and_1():
    op = OPS["softmax"]
    function = as_function(op)
    for seed in range(4):
        generator = np.random.default_rng(seed)
        case = op.cases(RandomDraw(generator))
        for holds in properties.of(function):
            assert 0 <= holds(function, case, generator) <= 1


def test_a_layer_is_left_as_it_was():
    layer = nn.Sequential(nn.BatchNorm1d(3), nn.Dropout(0.5, rng=np.random.default_rng(0)))
    state, draws = layer.state_dict(), [g.bit_generator.state for _, g in layer.named_rngs()]
    check.property(shapes=[(4, 3)], **FEW)(layer)()
    for name, value in layer.state_dict().items():
        np.testing.assert_array_equal(value, state[name])
    assert [g.bit_generator.state for _, g in layer.named_rngs()] == draws
    assert all(p.grad is None for p in layer.parameters())


def test_the_rounding_of_a_pair_is_measured():
    pair = Pair(lambda x: x - 1e6 + 1e6, lambda g, x: g * 1.0)
    value, _ = pair.rounding(Case((np.array([1e6]),)), np.array([1.0]), np.random.default_rng(0))
    assert 1e5 < value < 1e7


def test_an_input_need_not_be_valid_in_the_place_of_another():
    def refusing(x, y):
        if np.any(y.data <= 0):
            raise ValueError("y must be positive")
        return x * log(y)

    negative, positive = np.array([-1.5, 0.5]), np.array([0.5, 2.0])
    holds = properties.same_input_twice_adds_both_partials
    for f in (lambda x, y: x * log(y), refusing):
        function = as_function(f)
        with np.errstate(invalid="raise"):
            assert holds(function, Case((negative, positive)), rng) == 0.0
        assert properties.value_in_domain(function, Case((negative, negative))) is None
        assert properties.value_in_domain(function, Case((positive, positive))) is not None


def test_what_underflows_in_single_precision_is_no_error():
    """exp(-x^2 / 2) at 16 is 1e-56, and 0 in float32: no rule could do better."""
    pair = Pair(lambda x: np.exp(-x * x / 2), lambda g, x: -g * x * np.exp(-x * x / 2))
    case = Case((np.array([16.5, 0.3, 13.6]),))
    for seed in range(5):
        close = properties.single_precision_is_double_precision_rounded(
            pair, case, np.random.default_rng(seed)
        )
        assert close < 1


def test_a_test_that_is_called_by_hand_leaves_nothing_behind(tmp_path):
    script = """
import numpy as np
from minigrad import check
test = check.property(backward=lambda g, x: g, shapes="(n,)", max_examples=5)(lambda x: 2 * x)
try:
    test()
except AssertionError as error:
    print(error.report.causes)
"""
    environment = {k: v for k, v in os.environ.items() if k != "PYTEST_CURRENT_TEST"}
    run = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert "half the correct one" in run.stdout, run.stderr
    assert list(tmp_path.iterdir()) == []


def test_missing_hypothesis_is_an_import_error():
    assert issubclass(MissingPackageError, ImportError)


def test_a_tensor_among_the_inputs_is_no_array():
    assert as_function(OPS["add"]).slots(Case((Tensor(np.ones(2)), np.ones(2)))) == [1]


def test_the_search_climbs_to_the_largest_error_over_its_bound(monkeypatch):
    heights = {}

    def climbed(height, label):
        heights.setdefault(label, []).append(height)

    monkeypatch.setattr("hypothesis.target", climbed)
    check.property(**FEW)(OPS["softmax"])()
    assert "gradient_is_the_slope" in heights
    assert "single_precision_is_double_precision_rounded" in heights
    assert all(np.isfinite(h) and h <= 0 for found in heights.values() for h in found)


def test_the_properties_of_an_op_are_told_in_words():
    told = check.properties_of(OPS["mul"])
    assert "gradient is the slope" in told
    assert "broadcasting is expansion" in told
    assert "broadcasting is expansion" not in check.properties_of(OPS["exp"])
