"""What if: the page computes what Python computes, from any inputs, forwards and backwards."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minigrad as mg
from minigrad import view
from minigrad.view.page import page, replay
from minigrad.view.page.replay import Program
from minigrad.view.steps.list import steps_of
from tests.view.page.runs import product, scalar

ARITHMETIC = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "neg": lambda x, y: -x,
    "scaled": lambda x, y: x * 0.1 + 3,
    "inverse": lambda x, y: 1 / y - x,
    "square": lambda x, y: x**2,
    "abs": lambda x, y: mg.abs(x),
    "relu": lambda x, y: mg.relu(x),
    "leaky_relu": lambda x, y: mg.leaky_relu(x, negative_slope=0.3),
    "maximum": mg.maximum,
    "minimum": mg.minimum,
    "clip": lambda x, y: mg.clip(x, min=-0.7, max=0.9),
    "sum": lambda x, y: x.sum() + y.mean(),
}
"""Of these every bit is the same."""

SMOOTH = {
    "exp": mg.exp,
    "log": mg.log,
    "log1p": mg.log1p,
    "expm1": mg.expm1,
    "sqrt": mg.sqrt,
    "sin": mg.sin,
    "cos": mg.cos,
    "tanh": mg.tanh,
    "sigmoid": mg.sigmoid,
    "softplus": mg.softplus,
    "erf": mg.erf,
    "gelu": mg.gelu,
    "elu": lambda x: mg.elu(x, alpha=0.5),
    "cube": lambda x: x**3,
    "power": lambda x: x**x,
    "root": lambda x: x**0.5,
    "exponential": lambda x: 2.0**x,
}
"""These are within a few units in the last place: no two libraries agree on all of them to the bit."""


@pytest.fixture(scope="session")
def compute(browser):
    """`compute(steps, inputs)`, by the browser: the values of the nodes, the gradients of the leaves, and the
    result of each step."""
    tab = browser.new_page()
    tab.evaluate(
        "(script) => { (0, eval)(script + '; globalThis.replay = replay'); }",
        page.read("replay.js"),
    )

    def run(steps, inputs):
        program = Program(steps.trace)
        for step in steps:
            program.add(step)
        assert program.reason == ""
        given = {str(k): str(v) for k, v in inputs.items()}  # JSON has neither nan nor inf
        found = tab.evaluate(
            """([program, given]) => {
              const inputs = Object.fromEntries(Object.entries(given).map(([k, v]) => [k, Number(v)]));
              const { values, landed, steps } = replay(JSON.parse(program).program, inputs);
              const text = (o) => Object.fromEntries(Object.entries(o).map(([k, v]) => [k, String(v)]));
              return [text(values), text(landed), text(steps.map((step) => step.result))];
            }""",
            [json.dumps(program.data()), given],
        )
        as_floats = lambda o: {int(k): float(v.replace("Infinity", "inf")) for k, v in o.items()}
        return tuple(map(as_floats, found))

    yield run
    tab.close()


def traced(f, inputs, dtype):
    with np.errstate(all="ignore"):
        return view.trace(f, *(mg.Tensor(np.array(x, dtype), requires_grad=True) for x in inputs))


def expected(trace):
    values = {n.id: n.value.array.item() for n in trace.nodes}
    grads = {e.node: e.after.array.item() for e in trace.events if e.kind == "landed"}
    return values, grads


programs = st.lists(
    st.tuples(st.sampled_from(sorted(ARITHMETIC)), st.integers(0, 99), st.integers(0, 99)),
    min_size=1,
    max_size=8,
)
numbers = st.floats(-4, 4, width=32) | st.sampled_from([0.0, 1.0, -1.0, 0.7, 3.0])
inputs = st.tuples(numbers, numbers)


@pytest.mark.browser
@given(programs, inputs, inputs, st.sampled_from(["float32", "float64"]))
def test_arithmetic_is_the_same_to_the_last_bit(compute, program, recorded, others, dtype):
    def f(x, y):
        found = [x, y]
        for name, i, j in program:
            found.append(ARITHMETIC[name](found[-1 - i % len(found)], found[-1 - j % len(found)]))
        return sum(found[2:], found[0])

    steps = steps_of(traced(f, recorded, dtype))
    for given_ in (recorded, others):
        again = expected(traced(f, given_, dtype))
        for found, wanted in zip(compute(steps, dict(enumerate(given_))), again):
            assert found.keys() == wanted.keys()
            for key in wanted:
                np.testing.assert_equal(found[key] + 0.0, wanted[key] + 0.0, f"node {key}")


@pytest.mark.browser
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", SMOOTH)
def test_smooth_functions_and_their_gradients_are_the_same_to_a_few_units(compute, name, dtype):
    f = SMOOTH[name]
    rng = np.random.default_rng(0)
    steps = steps_of(traced(f, [0.5], dtype))
    low = 1e-3 if name in ("log", "sqrt", "root", "power") else -0.9 if name == "log1p" else -4
    for x in rng.uniform(low, 4, 40).astype(dtype):
        for found, wanted in zip(compute(steps, {0: x.item()}), expected(traced(f, [x], dtype))):
            for key in wanted:
                # A gradient such as 1 - tanh² loses digits to cancellation: of what it is computed from.
                unit = np.spacing(np.array(max(abs(wanted[key]), 0.5 * (key == 0)), dtype))
                assert abs(found[key] - wanted[key]) <= 8 * unit, (x, key, found[key], wanted[key])


@pytest.mark.browser
def test_a_second_pass_adds_to_the_first(compute):
    x = mg.Tensor(np.array(1.5), requires_grad=True)

    def twice(x):
        y = x * x
        y.backward()
        z = y.detach() * x * x
        z.backward()

    with view.trace() as t:
        twice(x)
    _, landed, _ = compute(steps_of(t), {0: 1.5})
    assert landed == {0: x.grad.item()}


@pytest.mark.browser
def test_one_pass_from_two_outputs(compute):
    x = mg.Tensor(np.array(1.5), requires_grad=True)
    with view.trace() as t:
        y = x * x
        z = y * 3.0
        mg.grad([z, y], x, grad_outputs=[np.array(0.5), np.array(-2.0)])
    steps = steps_of(t)
    _, _, results = compute(steps, {0: 1.5})
    assert list(results.values()) == [step.result.value.array.item() for step in steps]


def reason(f, *inputs):
    steps = steps_of(view.trace(f, *inputs))
    program = Program(steps.trace)
    for step in steps:
        program.add(step)
    assert (program.data() is None) == bool(program.reason)
    return program.reason


def test_what_cannot_be_computed_is_said():
    assert reason(product, 1.0, 2.0) == ""
    assert (
        reason(lambda x: x.sum(), np.ones(3))
        == "What if is for single numbers, and x has the shape (3,)."
    )
    assert "one dtype" in reason(lambda x, y: x * y, np.float32(1.0), np.array(2.0))
    assert "a boolean" in reason(lambda x: mg.where(x > 0, x, -x), 2.0)
    assert reason(lambda x: mg.cumsum(x.reshape((1,)), axis=0).sum(), 2.0) == ""


def test_the_table_of_the_page_is_the_list_that_python_has():
    script = (Path(replay.__file__).parent / "replay.js").read_text(encoding="utf-8")
    table = script[script.index("return {") : script.index("\n  };")]
    for name in replay.FUNCTIONS:
        assert f"\n    {name}:" in table or f"\n    {name}," in table, name


def test_the_arithmetic_is_a_text_with_the_names_marked():
    steps = scalar()
    program = Program(steps.trace)
    texts = {step.title: program.add(step) for step in steps}
    assert texts["h = x * y"] == "⟦x⟧ * ⟦y⟧"
    assert texts["tanh sends a gradient to z"] == "⟦g⟧ * (1 - ⟦out⟧ * ⟦out⟧)"
