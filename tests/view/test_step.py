"""view.step: what it takes, and what it gives."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import view
from minigrad.errors import ParameterError, RenderError, TraceError


def leaf(*shape):
    return mg.Tensor(np.random.default_rng(0).normal(size=shape), requires_grad=True)


def test_a_trace():
    steps = view.step(view.trace(lambda x: x * x, 3.0))
    assert isinstance(steps, view.Steps)
    assert all(isinstance(s, view.Step) for s in steps)
    assert str(steps) == steps.transcript()
    assert repr(steps).startswith("<Steps: ")
    assert steps.checks is None


def test_a_tensor_steps_forwards_as_the_engine_recorded_it():
    x = leaf(2, 3)
    loss = (mg.tanh(x) * x).sum()
    steps = view.step(loss)
    assert [s.kind for s in steps] == ["input", "forward", "forward", "forward"]
    assert "no backward pass" in steps.notes[0]


def test_with_check():
    steps = view.step(view.trace(mg.tanh, 0.5), check=True)
    assert steps.checks.passed
    assert "[correct]" in str(steps)


def test_open():
    x = leaf(4, 3)
    with view.trace() as t:
        mg.layer_norm(x, np.ones(3), np.zeros(3)).sum().backward()
    node = next(n.id for n in t.nodes if n.op == "layer_norm")
    closed = view.step(t, open=False)
    assert len(closed) == len(view.step(t))
    lengths = {len(view.step(t, open=o)) for o in (True, node, "layer_norm", [node], [str(node)])}
    assert len(lengths) == 1
    assert lengths.pop() > len(closed)


@pytest.mark.parametrize("what", [3.0, None, np.ones(3)])
def test_what_cannot_be_stepped_through(what):
    with pytest.raises(
        ParameterError,
        match=r"step: a \w+ is no run; record one, with view.trace\(\) as t: loss = ...; loss.backward\(\)",
    ):
        view.step(what)


def test_a_tensor_whose_graph_is_gone():
    """It was shown as a result of nothing, "from numbers alone"."""
    x = leaf(2)
    loss = (x * x).sum()
    loss.backward()
    with pytest.raises(
        TraceError, match=r"has released the graph of this Tensor.*with view\.trace"
    ):
        view.step(loss)


def test_why_there_is_no_way_back():
    (note,) = view.step(view.trace(lambda x: x * x, 3)).notes
    assert note.endswith(
        "view.trace(f, 3.0), or a Tensor(..., requires_grad=True). Integers have none."
    )
    (note,) = view.step(view.trace(lambda x: x * x, [3.0, 4.0])).notes
    assert "as view.trace(f, ...) does if f gives a single number" in note


def test_an_empty_trace():
    with view.trace() as t:
        pass
    with pytest.raises(TraceError, match="nothing was computed"):
        view.step(t)


def test_a_page(tmp_path):
    steps = view.step(view.trace(lambda x: x * x, 3.0))
    page = steps.html(tmp_path / "run.html")
    assert (tmp_path / "run.html").read_text(encoding="utf-8") == page == steps.html()
    with pytest.raises(RenderError, match="cannot be written: No such file"):
        steps.html(tmp_path / "no" / "run.html")
