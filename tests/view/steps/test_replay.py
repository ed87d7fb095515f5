"""What the steps show is what the engine did: the displayed arithmetic gives the gradients, bit for bit.

Everything here is computed from the steps: their formulas, their operands, the axes in their titles. Only
the values of the forward pass, and the gradient that a pass starts with, are taken as they are.
"""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minigrad as mg
from minigrad.check.strategies import expressions
from minigrad.op import OPS, Op
from minigrad.view import step, trace
from minigrad.view.steps import equations

dtypes = st.sampled_from([np.float32, np.float64])


def bits(x):
    x = np.asarray(x)
    return x.dtype, x.shape, np.ascontiguousarray(x).tobytes()


def replayed(steps):
    """The `grad` of each leaf by its key, computed by doing what the steps say; how many were exact."""
    arriving, parts, landed, exact = {}, {}, {}, 0
    for s in steps:
        if s.kind == "seed":
            given = s.result.value.array
            if s.uses > 1 and s.key in arriving:
                parts[s.key] = given
            else:
                arriving[s.key] = given
        elif s.kind == "contribution":
            g = s.result.value.array
            if s.formula.formula.exact:
                exact += 1
                g = s.formula.formula.evaluate(s.formula.arrays | {"g": arriving[s.key]})
            g = np.asarray(g)
            if s.result.label.endswith(", stretched"):
                parts[s.key, s.edge.slot] = g
            else:
                send(arriving, parts, s.edge.target, g.astype(s.result.value.dtype))
        elif s.kind == "unbroadcast":
            g = parts.pop((s.key, s.edge.slot))
            axes = re.match(r"summed over ax[ie]s ([\d, and]+), because", s.title)
            axes = tuple(map(int, re.findall(r"\d+", axes[1])))
            send(arriving, parts, s.edge.target, g.sum(axis=axes).reshape(s.result.value.shape))
        elif s.kind == "accumulate":
            arriving[s.key] = arriving[s.key] + parts.pop(s.key)
        elif s.kind == "land":
            before = landed.get(s.key)
            landed[s.key] = arriving[s.key] if before is None else before + arriving[s.key]
            assert bits(landed[s.key]) == bits(s.result.value.array)
    assert not parts
    return landed, exact


def send(arriving, parts, key, g):
    if key in arriving:
        parts[key] = g  # an accumulation follows
    else:
        arriving[key] = g


def run(expression, dtype):
    leaves = [mg.Tensor(x.astype(dtype), requires_grad=True) for x in expression.inputs]
    with trace() as t:
        out = expression(*leaves)
        out.backward(np.random.default_rng(0).normal(size=out.shape).astype(dtype))
    return leaves, t


@given(expressions(), dtypes)
def test_doing_what_the_steps_say_gives_the_gradients(expression, dtype):
    leaves, t = run(expression, dtype)
    landed, _ = replayed(step(t))
    grads = {bits(x.grad.data) for x in leaves if x.grad is not None}
    assert {bits(g) for g in landed.values()} == grads
    for s in step(t):
        if s.kind == "land":
            assert bits(s.result.value.array) in grads


@pytest.mark.parametrize("name", ["mul", "tanh", "matmul"])
def test_a_formula_that_is_not_the_rule_does_not_go_unnoticed(name, monkeypatch):
    x = mg.Tensor(np.random.default_rng(0).normal(size=(3, 3)), requires_grad=True)
    with trace() as t:
        (mg.tanh(x @ x) * x).sum().backward()
    replayed(step(t))
    wrong = [lambda g, out, *inputs, **_: 2.0 * g * inputs[-1]] * 2
    monkeypatch.setattr(OPS[name], "rules", tuple(wrong[: len(OPS[name].rules)]))
    monkeypatch.setattr(
        equations, "differs", lambda *_: False
    )  # or no formula would be shown at all
    with pytest.raises(AssertionError):
        replayed(step(t))


# ---- single numbers: the text itself ----

ONE = ["tanh", "sin", "exp", "sigmoid", "softplus", "neg", "abs"]
TWO = ["add", "sub", "mul", "div", "maximum"]


@st.composite
def programs(draw):
    """(op, places) lines on two numbers."""
    lines = []
    for i in range(draw(st.integers(1, 7))):
        place = st.integers(0, i + 1)
        name = draw(st.sampled_from(ONE + TWO))
        lines.append((name, [draw(place)] if name in ONE else [draw(place), draw(place)]))
    return lines


FLOAT = re.compile(r"(?<![\w.])(\d+\.\d*(?:e[+-]?\d+)?|\d+e[+-]?\d+)")
FUNCTIONS = {name: op for name, op in OPS.items() if isinstance(op, Op)} | {
    "sqrt": OPS["sqrt"],
    "sign": np.sign,
    "pi": np.pi,
}


def read(text, dtype):
    """The value of arithmetic as it is printed, each number in the precision of the run."""
    return eval(FLOAT.sub(r"A('\1')", text), {**FUNCTIONS, "A": lambda x: np.array(x, dtype)})


@given(programs(), st.floats(0.25, 1.5), st.floats(-1.5, -0.25), dtypes)
def test_the_printed_arithmetic_of_numbers_gives_the_printed_result(lines, a, b, dtype):
    leaves = [mg.Tensor(np.array(x, dtype), requires_grad=True) for x in (a, b)]
    values = list(leaves)
    with trace() as t, np.errstate(all="ignore"):
        for name, places in lines:
            values.append(OPS[name](*(values[i] for i in places)))
        values[-1].backward()
    if not all(np.isfinite(v.data) for v in values):
        return
    steps = step(t)
    told = 0
    for s in steps:
        if s.kind == "contribution" and s.formula.arithmetic and np.isfinite(s.result.value.array):
            with np.errstate(all="ignore"):
                got = read(s.formula.arithmetic, dtype)
            assert bits(np.asarray(got, dtype)) == bits(s.result.value.array), s.formula.numbers
            told += 1
        if s.kind == "accumulate" and s.sum is not None and s.uses <= 8:
            with np.errstate(all="ignore"):
                got = read(s.sum.split(" = ")[1], dtype)
            assert bits(np.asarray(got, dtype)) == bits(s.result.value.array), s.sum
    assert told or not t.events


def test_one_term_for_each_use():
    """The line that the whole is about: dL/dx = 3.0*2.0 + 1.0*4.0."""

    def f(x, y, z):
        return x * y * 3.0 + x * z

    steps = step(trace(f, 5.0, 2.0, 4.0))
    (total,) = [s for s in steps if s.kind == "accumulate"]
    assert total.sum.endswith("= 1.0*4.0 + 3.0*2.0")
    assert total.title.endswith(": 4.0 + 6.0 = 10.0")


def test_a_rule_that_was_changed_since_is_not_shown_beside_the_numbers_of_the_run(monkeypatch):
    """As after a bug was planted, traced and mended: the formula of now does not give what was sent then."""
    x = mg.Tensor([0.5, 2.0], requires_grad=True)
    with monkeypatch.context() as patch:
        patch.setattr(mg.tanh, "rules", (lambda g, out, x: g * (1 - out),))
        with trace() as t:
            mg.tanh(x).sum().backward()
    (sent,) = [s for s in step(t) if s.title == "tanh sends a gradient to x"]
    np.testing.assert_array_equal(sent.result.value.array, x.grad.data)
    assert sent.formula.formula.expression is None
    assert sent.notes == (
        "The rule is not shown as a formula: that of tanh has been changed since this run.",
    )
