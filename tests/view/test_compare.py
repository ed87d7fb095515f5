"""view.compare: two runs side by side, what differs, and where first."""

import numpy as np
import pytest
from hypothesis import given

import minigrad as mg
from minigrad import nn, view
from minigrad.check.strategies import expressions
from minigrad.errors import ParameterError, ShapeError
from minigrad.op import OPS

X = np.random.default_rng(0).normal(size=(2, 3))
W = np.random.default_rng(1).normal(size=(3, 4))


def run(scale=1.0, doubled=False):
    x = mg.Tensor(X)
    w = mg.Tensor(W * scale, requires_grad=True)
    b = mg.Tensor(np.zeros(4), requires_grad=True)
    with view.trace() as t:
        h = mg.tanh(x @ w + b)
        if doubled:
            h = h * 2.0
        y = mg.sin(h)
        loss = (y * y).mean()
        loss.backward()
    return t


def test_equal_runs():
    c = view.compare(run(), run())
    assert c.equal
    assert c.differences == [] == c.only_a == c.only_b
    assert c.first_forward is None
    assert c.first_backward is None
    assert c.culprit is None
    assert c.highlighted == (frozenset(), frozenset())
    assert str(c) == "The two runs are equal: 9 nodes, values and gradients."


@given(expressions())
def test_a_run_is_equal_to_itself(expression):
    def traced():
        leaves = [mg.Tensor(x, requires_grad=True) for x in expression.inputs]
        with view.trace() as t:
            expression(*leaves).sum().backward()
        return t

    assert view.compare(traced(), traced()).equal


def test_a_wrong_rule_is_named(monkeypatch):
    """No value differs; the gradients behind tanh do, and it is tanh that is to blame."""
    correct = run()
    monkeypatch.setattr(OPS["tanh"], "rules", (lambda g, out, x: g * (1 - out),))
    c = view.compare(correct, run())
    assert c.first_forward is None
    assert (c.first_backward.op, c.first_backward.label) == ("add", "t4")
    node, slot = c.culprit
    assert (c.b.nodes[node].op, slot) == ("tanh", 0)
    assert {d.label for d in c.differences} == {"w", "t2", "b", "t4"}
    assert all(d.value is None for d in c.differences)
    text = str(c)
    assert text.startswith(
        "The gradient rule of tanh (h) is not the same: from the same inputs and the same gradient it sends "
        "something else to t4."
    )
    assert "4 of 9 nodes differ (a | b):" in text
    d = next(d for d in c.differences if d.label == "b")
    i = np.abs(d.gradient[0].array - d.gradient[1].array).argmax()
    assert f"[{i}] {d.gradient[0].array[i]:.6g} | {d.gradient[1].array[i]:.6g}" in text


def test_another_weight_differs_first_where_it_comes_in():
    c = view.compare(run(), run(1.1))
    assert (c.first_forward.op, c.first_forward.label) == ("parameter", "w")
    assert c.first_backward.label == "y"
    assert c.culprit is None
    assert len(c.differences) == 8
    assert str(c).startswith("They differ first, forwards, at parameter (w): value [")


def test_what_was_put_in_shifts_nothing():
    c = view.compare(run(), run(doubled=True))
    assert c.only_a == []
    assert [c.b.nodes[n].op for n in c.only_b] == ["mul"]
    assert {(c.a.nodes[i].op, c.b.nodes[j].op) for i, j in c.pairs.items()} == {
        (op, op) for op in (None, "matmul", "add", "tanh", "sin", "mul", "mean")
    }
    assert str(c).startswith("Only b has mul (h₂). They differ first, forwards, at sin (y): value ")
    assert "only in b: mul (h₂)" in str(c)
    back = view.compare(run(doubled=True), run())
    assert [back.a.nodes[n].op for n in back.only_a] == ["mul"]


def test_modules_are_aligned_call_by_call():
    rng = np.random.default_rng(0)
    layers = [nn.Linear(3, 3, rng=rng) for _ in range(3)]
    x = mg.Tensor(X.astype(np.float32))

    def traced(model):
        with view.trace() as t:
            out = model(x)
            out.sum().backward()
        return t

    a = traced(nn.Sequential(layers[0], nn.Tanh(), layers[1], nn.Tanh()))
    b = traced(nn.Sequential(layers[0], nn.Tanh(), layers[2], nn.Tanh()))
    c = view.compare(a, b)
    assert c.only_a == [] == c.only_b
    assert c.first_forward.label == "2.weight"
    assert {d.label for d in c.differences if d.value is not None} >= {"2.weight"}
    untouched = {a.nodes[i].label for i in c.pairs} - {d.label for d in c.differences}
    assert "x" in untouched


def test_what_a_call_of_a_module_adds_shifts_nothing_in_the_next_call():
    class Twice(nn.Module):
        def forward(self, x, again):
            y = mg.tanh(x)
            if again:
                y = mg.tanh(y)
            return y

    def traced(again):
        layer = Twice()
        return view.trace(lambda x: layer(layer(x, again=again), again=False), 0.5)

    c = view.compare(traced(False), traced(True))
    first, added, second = (n.id for n in c.b.nodes if n.op == "tanh")
    assert c.only_b == [added]
    assert list(c.pairs.values())[-2:] == [first, second]


def test_tolerance():
    assert not view.compare(run(), run(1 + 1e-9)).equal
    assert view.compare(run(), run(1 + 1e-9), tolerance=1e-6).equal
    assert not view.compare(run(), run(1 + 1e-3), tolerance=1e-6).equal


def test_summaries_are_compared_where_arrays_were_not_kept():
    def traced(x):
        leaf = mg.Tensor(x, requires_grad=True)
        with view.trace(keep=3) as t:
            mg.tanh(leaf).sum().backward()
        return t

    assert view.compare(traced(X), traced(X)).equal
    c = view.compare(traced(X), traced(X * 1.01))
    assert c.first_forward.label == "leaf"
    assert "rms" in str(c)


def test_a_run_that_failed():
    def traced(columns):
        x, w = mg.Tensor(X), mg.Tensor(np.ones((columns, 2)), requires_grad=True)
        with view.trace() as t:
            x @ w
        return t

    with pytest.raises(ShapeError):
        traced(4)
    x, w = mg.Tensor(X), mg.Tensor(np.ones((4, 2)), requires_grad=True)
    with pytest.raises(ShapeError), view.trace() as failed:
        x @ w
    c = view.compare(traced(3), failed)
    assert "failed in b: ShapeError" in str(c)


def test_the_picture_marks_what_differs():
    c = view.compare(run(), run(1.1))
    boxes = {box.title: [line.text for line in box.lines] for box in c.draw("b").graph.boxes}
    assert any("≠ value and gradient" in text for text in boxes["matmul"])
    assert not any("≠" in text for text in boxes["x"])
    assert c.draw("a", values=True).svg.startswith(("<svg", "<?xml"))
    only = view.compare(run(), run(doubled=True)).draw().text
    assert "≠ only in b" in only


def test_what_cannot_be_compared():
    with pytest.raises(ParameterError, match="compare: a Tensor is no trace"):
        view.compare(mg.Tensor(X), run())
    with pytest.raises(ParameterError, match="tolerance=-1 must be at least 0"):
        view.compare(run(), run(), tolerance=-1)
    with pytest.raises(ParameterError, match="which='c' must be 'a' or 'b'"):
        view.compare(run(), run()).draw("c")
    with pytest.raises(TypeError, match=r"Ask for comparison\.equal"):
        bool(view.compare(run(), run()))
