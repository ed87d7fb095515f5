"""A fused op is stepped through as its definition: batch norm's backward pass, as one derives it by hand."""

from collections import Counter

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn
from minigrad.errors import TraceError
from minigrad.view import draw, step, trace


@pytest.fixture
def t():
    rng = np.random.default_rng(0)
    x, gamma, beta, v = (
        mg.Tensor(rng.normal(size=s), requires_grad=i < 3)
        for i, s in enumerate([(4, 3), 3, 3, (4, 3)])
    )
    with trace() as found:
        out = mg.batch_norm(x, gamma, beta)
        (out * v).sum().backward()
    return found


def test_the_backward_pass_of_batch_norm(t):
    """beta and the deviation, the variance, the centred x in its three uses, then x and its mean."""
    inner = [s for s in step(t, open=["batch_norm"]) if s.inside]
    assert {s.inside for s in inner} == {("3",)}
    back = [s.result.label for s in inner if s.kind == "contribution"]
    whole = [
        label.split(" (via")[0].removesuffix(", stretched").split("/d", 1)[1] for label in back
    ]
    words = [w for w in whole if not w.startswith("t3.")]
    assert Counter(words) == {"beta": 1, "gamma": 1, "variance": 1, "centred": 3, "x": 2}
    assert words[0] == "beta"
    assert words[-1] == "x"
    assert words.index("variance") < len(words) - 1 - words[::-1].index("centred")
    centred = [s for s in inner if s.kind == "accumulate" and "centred" in s.title]
    assert centred[-1].uses == 3
    assert len(centred[-1].terms) == 3
    sources = {s.source.expression for s in inner if s.source is not None}
    assert any("centred" in text for text in sources)


def test_the_definition_gives_what_the_fast_rule_sends(t):
    """To rounding: they are two statements of one gradient. The numbers shown as sent are the fast rule's."""
    steps = step(t, open=True)
    outer = {
        s.edge.target: s
        for s in steps
        if s.kind == "contribution" and s.key == "3" and not s.inside
    }
    assert sorted(outer) == ["0", "1", "2"]
    for target, sent in outer.items():
        arriving = [
            s
            for s in steps
            if s.inside
            and s.kind in ("contribution", "accumulate", "unbroadcast")
            and (s.edge.target if s.edge else s.key) == target
        ]
        found = arriving[-1].result.value.array
        assert np.allclose(found, sent.result.value.array, rtol=1e-10, atol=1e-12)
        assert np.array_equal(sent.result.value.array, t.gradient(int(target)).array)


def test_the_keys_are_those_of_the_picture(t):
    keys = {s.key for s in step(t, open=True)}
    drawn = {key for box in draw(t, open=True, full=True).graph.boxes for key in box.nodes}
    assert keys <= drawn
    assert any("." in key for key in keys)


def test_the_steps_before_and_after_are_the_same(t):
    closed, opened = step(t), step(t, open=True)
    outside = [s.title for s in opened if not s.inside]
    assert outside == [s.title for s in closed if s.title != "out = batch_norm(x, gamma, beta)"]


def test_layers_and_losses_open_too():
    rng = np.random.default_rng(0)
    model = nn.Sequential(
        nn.Linear(3, 4, rng=rng), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 2, rng=rng)
    )
    x = mg.Tensor(rng.normal(size=(5, 3)).astype(np.float32))
    with trace() as t:
        mg.cross_entropy(model(x), np.array([0, 1, 1, 0, 1])).backward()
    steps = step(t, open=True)
    assert {t.nodes[int(s.inside[0])].op for s in steps if s.inside} == {
        "linear",
        "batch_norm",
        "cross_entropy",
    }
    assert [s.index for s in steps] == list(range(len(steps)))
    assert steps.transcript()
    only = step(t, open="linear")
    assert {t.nodes[int(s.inside[0])].op for s in only if s.inside} == {"linear"}


def test_what_cannot_be_opened(t):
    with pytest.raises(
        TraceError,
        match="open='conv2d' names no op of this trace: the fused ops here are batch_norm",
    ):
        step(t, open="conv2d")
    steps = step(t, open="mul")
    assert "mul is a primitive" in steps.notes[0]


def test_only_forwards():
    x = mg.Tensor(np.random.default_rng(0).normal(size=(4, 3)))
    with trace() as t:
        mg.batch_norm(x, np.ones(3), np.zeros(3))
    assert any(s.inside for s in step(t, open=True))
