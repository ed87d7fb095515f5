"""The strategies: what they draw keeps its word, reaches the corners, and shrinks."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

from minigrad import OPS, Tensor, check, grad
from minigrad.check import strategies
from minigrad.check.expressions import LARGEST
from minigrad.domain import Domain

DOMAIN = Domain(-1.0, 2.0, kinks=(0.0, 1.0))


@given(strategies.arrays(DOMAIN))
def test_arrays_lie_in_their_domain_and_off_its_kinks(x):
    assert x.dtype == np.float64
    assert np.all((x > -1.01) & (x < 2.01))
    for kink in DOMAIN.kinks:
        assert np.all(np.abs(x - kink) > 1e-8)


@given(st.data())
def test_arrays_have_the_shape_that_is_asked_for(data):
    assert data.draw(strategies.arrays(shape=(2, 3))).shape == (2, 3)
    assert data.draw(strategies.arrays(shape=st.just((4,)))).shape == (4,)


@given(strategies.broadcastable_shapes(3))
def test_shapes_broadcast_against_each_other(shapes):
    assert len(shapes) == 3
    np.broadcast_shapes(*shapes)


@pytest.mark.parametrize(
    "interesting",
    [
        lambda shapes: len(shapes[0]) != len(shapes[1]),
        lambda shapes: 1 in shapes[0] and np.prod(shapes[1]) > 1,
        lambda shapes: () in shapes,
        lambda shapes: 0 in shapes[0] and 0 in shapes[1],
        lambda shapes: shapes[0] != np.broadcast_shapes(*shapes) != shapes[1],
    ],
)
def test_interesting_shapes_are_among_them(interesting):
    search = settings(max_examples=2000, derandomize=True)
    assert interesting(find(strategies.broadcastable_shapes(2), interesting, settings=search))


def test_values_come_close_to_a_kink():
    near = find(strategies.arrays(DOMAIN, (3,)), lambda x: np.abs(x).min() < 1e-5,
                settings=settings(max_examples=2000, derandomize=True))  # fmt: skip
    assert np.abs(near).min() > 1e-8


@pytest.mark.parametrize("name", ["conv2d", "concatenate", "cross_entropy", "clip"])
def test_cases_of_an_op_are_valid_calls(name):
    @given(strategies.cases(OPS[name]))
    def call(case):
        OPS[name](*case.inputs, **case.params)

    call()


def test_what_fails_is_shrunk():
    case = find(strategies.cases(OPS["add"]), lambda case: case.inputs[0].ndim > 0)
    assert [x.size for x in case.inputs] == [1, 1]


@given(strategies.expressions())
@settings(max_examples=40)
def test_expressions_are_the_same_on_arrays_and_on_tensors(expression):
    leaves = [Tensor(x, requires_grad=True) for x in expression.inputs]
    out = expression(*leaves)
    np.testing.assert_array_equal(out.data, expression(*expression.inputs))
    assert np.abs(out.data).max(initial=0.0) < LARGEST
    if out.requires_grad:
        grad(out, leaves, np.ones(out.shape), allow_unused=True)


@given(strategies.expressions())
@settings(max_examples=20)
def test_expressions_print_as_the_program_that_they_are(expression):
    names = {name: OPS[name] for name in OPS} | {"np": np}
    lines = str(expression).splitlines()
    exec("\n".join(lines), names)
    last = names[lines[-1].split(" = ")[0]]
    np.testing.assert_allclose(last, expression(*expression.inputs), rtol=1e-12)


@given(strategies.expressions())
@settings(max_examples=15)
def test_the_gradients_of_random_expressions_are_right(expression):
    inputs = [Tensor(x, requires_grad=True) for x in expression.inputs]
    report = check.gradcheck(expression, *inputs, names=[f"x{i}" for i in range(len(inputs))])
    assert report.verdict in ("correct", "undecided"), f"{expression}\n{report}"


def test_expressions_find_a_wrong_rule_and_shrink_to_it(monkeypatch):
    monkeypatch.setattr(OPS["tanh"], "rules", (lambda g, out, x: g * (1 - out),))

    def wrong(expression):
        inputs = [Tensor(x, requires_grad=True) for x in expression.inputs]
        return check.gradcheck(expression, *inputs, names=["x"] * len(inputs)).verdict == "wrong"

    search = settings(max_examples=300, derandomize=True, deadline=None)
    smallest = find(strategies.expressions(), wrong, settings=search)
    assert [step.op for step in smallest.steps] == ["tanh"]


WITHOUT_HYPOTHESIS = """
import sys
sys.modules["hypothesis"] = None
from minigrad import OPS, check
from minigrad.errors import MissingPackageError

def strategies():
    import minigrad.check.strategies

for use in (strategies, check.property()(OPS["exp"])):
    try:
        use()
    except MissingPackageError as error:
        print(error)
"""


def test_without_hypothesis_one_is_told_what_to_install():
    command = [sys.executable, "-c", WITHOUT_HYPOTHESIS]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.stdout.count("need hypothesis, which is not installed: pip install") == 2, run.stderr
