"""Each gradient rule is checked where it was used, and the first wrong one is named."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn
from minigrad.errors import TraceError
from minigrad.op import OPS
from minigrad.view import step, trace
from minigrad.view.steps.local_check import check_step
from tests.view.steps.programs import PROGRAMS


def run(dtype=np.float64):
    rng = np.random.default_rng(0)
    x = mg.Tensor(rng.normal(size=(3, 2)).astype(dtype))
    w = mg.Tensor(rng.normal(size=(2, 3)).astype(dtype), requires_grad=True)
    with trace() as t:
        h = mg.tanh(x @ w)
        y = mg.sin(h)
        loss = (y * y).mean()
        loss.backward()
    return t


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_right_rules_are_right(dtype):
    checks = step(run(dtype)).check()
    assert checks.passed
    assert checks
    assert checks.first_wrong is None
    assert list(checks.labels.values()) == [
        "mean (loss)",
        "mul (t5)",
        "sin (y)",
        "tanh (h)",
        "matmul (t2)",
    ]
    assert "All are correct." in str(checks)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_wrong_rule_lights_up_and_no_other(dtype, monkeypatch):
    """All gradients behind tanh are wrong; the rule of matmul is correct, at what it was given."""
    monkeypatch.setattr(OPS["tanh"], "rules", (lambda g, out, x: g * (1 - x * x),))
    steps = step(run(dtype))
    checks = steps.check()
    assert [checks.labels[key] for key in checks.wrong] == ["tanh (h)"]
    assert not checks
    assert "The first wrong rule on the way back is that of tanh (h)." in str(checks)
    marks = {s.title: steps.mark(s) for s in steps if s.kind == "contribution"}
    assert marks["tanh sends a gradient to t2"] == "WRONG: the first on the way back"
    assert marks["matmul sends a gradient to w"] == "correct"
    assert "[WRONG: the first on the way back]" in steps.transcript()
    report = checks.reports[checks.first_wrong]
    assert report.shown is not None
    assert report.table()


def test_of_two_wrong_rules_the_first_on_the_way_back_is_named(monkeypatch):
    monkeypatch.setattr(OPS["tanh"], "rules", (lambda g, out, x: g * out,))
    monkeypatch.setattr(OPS["sin"], "rules", (lambda g, out, x: g * mg.sin(x),))
    checks = step(run()).check()
    assert [checks.labels[key] for key in checks.wrong] == ["sin (y)", "tanh (h)"]


def test_a_rule_that_was_wrong_in_the_run(monkeypatch):
    """It has been mended since: what was sent is in the record, and is not what it sends now."""
    with monkeypatch.context() as m:
        m.setattr(OPS["tanh"], "rules", (lambda g, out, x: g * out,))
        t = run()
    checks = step(t).check()
    assert [checks.labels[key] for key in checks.wrong] == ["tanh (h)"]
    assert "sent another gradient to t2 than its rule gives now" in str(checks)


def test_fused_ops_and_a_kink():
    checks = step(PROGRAMS["lenet"]()).check()
    assert checks.passed, str(checks)
    assert {label.split()[0] for label in checks.labels.values()} >= {
        "conv2d",
        "max_pool2d",
        "linear",
    }


def test_batch_norm_with_its_statistics():
    """The layer hands its statistics to the op: they change with x, and are not held fixed."""
    x = mg.Tensor(
        np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32), requires_grad=True
    )
    with trace() as t:
        y = nn.BatchNorm1d(3)(x)
        (y * y * x).sum().backward()
    checks = step(t).check()
    assert checks.passed, str(checks)
    assert check_step(t, next(n for n in t.nodes if n.op == "batch_norm")).verdict == "correct"


def test_relu_at_zero_is_a_kink_and_no_mistake():
    x = mg.Tensor(np.array([-1.0, 0.0, 2.0]), requires_grad=True)
    with trace() as t:
        mg.relu(x).sum().backward()
    checks = step(t).check()
    assert checks.mark("1") == "kink"
    assert checks.passed


def test_what_cannot_be_checked_says_why():
    x = mg.Tensor(np.array([0.0, 1.0]), requires_grad=True)
    with np.errstate(all="ignore"), trace() as t:
        y = mg.log(x)
        y.sum().backward()
    checks = step(t).check()
    assert checks.mark("1") == "not checked"
    assert "not checked: log is -inf" in str(checks)
    with pytest.raises(TraceError, match="leaf"):
        check_step(t, 0)
    with trace(keep=1) as small:
        mg.tanh(x).sum().backward()
    with pytest.raises(TraceError, match="were not kept"):
        check_step(small, 1)


def test_forwards_only_can_be_checked_too():
    x = mg.Tensor(np.array([0.5, 1.0]), requires_grad=True)
    with trace() as t:
        mg.exp(x)
    assert check_step(t, 1).verdict == "correct"
