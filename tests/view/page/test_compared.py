"""Two runs on one page: which nodes differ, and at which step it begins."""

import numpy as np

import minigrad as mg
from minigrad import view
from minigrad.view.page.compared import compared
from minigrad.view.steps.list import steps_of


def begins(a, b):
    found = view.compare(a, b)
    steps = steps_of(b)
    shown = compared(steps, found)
    return shown["nodes"], None if shown["first"] is None else steps[shown["first"]]


def test_another_rule_begins_where_it_sends_the_other_gradient(monkeypatch):
    def run():
        rng = np.random.default_rng(0)
        x, w = (mg.Tensor(rng.standard_normal((3, 3)), requires_grad=True) for _ in range(2))
        with view.trace() as t:
            mg.tanh(x @ w).sum().backward()
        return t

    a = run()
    first, second = mg.matmul.rules
    wrong = lambda g, out, a, b: second(g, out, a, b) * 2
    monkeypatch.setattr(mg.matmul, "rules", (first, wrong))
    nodes, step = begins(a, run())
    assert step.title == "matmul sends a gradient to w"
    (words,) = [n["words"] for n in nodes.values()]
    assert words.startswith("parameter (w), the other run | this one: gradient ")


def test_another_input_begins_where_it_is_given():
    f = lambda x, y: (x * y).tanh()
    nodes, step = begins(view.trace(f, 1.0, 2.0), view.trace(f, 1.0, 3.0))
    assert step.title == "y = 3.0"
    assert "value 2.0 | 3.0" in nodes["1"]["words"]


def test_an_op_that_the_other_run_does_not_have_is_where_it_begins():
    a = view.trace(lambda x: x.tanh() * 2, 1.0)
    b = view.trace(lambda x: x.relu().tanh() * 2, 1.0)
    nodes, step = begins(a, b)
    assert step.title.endswith("relu(x)")
    assert nodes[step.key]["words"] == f"The other run has no {step.result.label}."


def test_another_gradient_to_start_with_begins_on_the_way_back():
    def run(g):
        x = mg.Tensor([1.0, 2.0], requires_grad=True)
        with view.trace() as t:
            (x * x).backward(mg.Tensor(g))
        return t

    nodes, step = begins(run([1.0, 1.0]), run([1.0, 5.0]))
    assert (step.phase, step.kind) == ("backward", "seed")
    assert set(nodes) == {"0", "1"}


def test_equal_runs_differ_nowhere():
    f = lambda x: x.tanh()
    assert begins(view.trace(f, 1.0), view.trace(f, 1.0)) == ({}, None)
