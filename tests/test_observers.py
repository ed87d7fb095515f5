"""The events that an observer receives: enough to draw a computation, and to step through it both ways."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import Tensor, grad, no_grad
from minigrad.errors import ShapeError
from minigrad.recording import (
    Accumulated,
    Applied,
    Applying,
    BackwardEnded,
    Contributed,
    Failed,
    GradAccumulated,
    Released,
    Unbroadcast,
    UpstreamComplete,
    observing,
)


def in_short(event):
    """The kind of an event, and as much of it as can be compared."""
    match event:
        case Applying(op) | Applied(op):
            details = [op.__name__]
        case Failed(op, _, _, error):
            details = [op.__name__, type(error).__name__]
        case UpstreamComplete(tensor):
            details = [tensor.node.op.__name__]
        case Unbroadcast(_, slot, before, after):
            details = [slot, before.shape, after.shape]
        case Contributed(tensor, slot, g):
            details = [tensor.node.op.__name__, slot, total(g)]
        case Accumulated(_, before, g, after):
            details = [total(before), total(g), total(after)]
        case Released(node):
            details = [node.op.__name__]
        case BackwardEnded(grads):
            details = [len(grads)]
        case GradAccumulated(_, before, g):
            details = [before, total(g)]
        case _:
            details = []
    return (type(event).__name__, *details)


def total(g):
    return float((g.data if isinstance(g, Tensor) else g).sum())


@pytest.fixture
def log():
    events = []
    with observing(lambda event: events.append(in_short(event))):
        yield events


def test_observers_see_each_step_in_its_order(log):
    x = Tensor(3.0, requires_grad=True)
    b = Tensor([1.0, 1.0])
    (x * x * b).sum().backward()
    assert log == [
        ("Applying", "mul"), ("Applied", "mul"),
        ("Applying", "mul"), ("Applied", "mul"),
        ("Applying", "sum"), ("Applied", "sum"),
        ("BackwardStarted",),
        ("UpstreamComplete", "sum"), ("Contributed", "sum", 0, 2.0), ("Released", "sum"),
        ("UpstreamComplete", "mul"), ("Unbroadcast", 0, (2,), ()), ("Contributed", "mul", 0, 2.0),
        ("Released", "mul"),
        ("UpstreamComplete", "mul"), ("Contributed", "mul", 0, 6.0),
        ("Contributed", "mul", 1, 6.0), ("Accumulated", 6.0, 6.0, 12.0), ("Released", "mul"),
        ("BackwardEnded", 1),
        ("GradAccumulated", None, 12.0),
    ]  # fmt: skip


def test_observers_see_what_fails_and_what_is_not_recorded(log):
    with pytest.raises(ShapeError):
        Tensor(np.ones(2)) + np.ones(3)
    with no_grad():
        Tensor(1.0, requires_grad=True) * 2
    assert log == [
        ("Applying", "add"), ("Failed", "add", "ShapeError"), ("Applying", "mul"), ("Applied", "mul"),
    ]  # fmt: skip


def test_the_definition_of_a_fused_op_is_seen_as_a_pass_within_the_pass(log):
    logits = Tensor(np.zeros((2, 3)), requires_grad=True)
    loss = mg.cross_entropy(logits, [0, 1])
    log.clear()
    grad(loss, logits, create_graph=True)
    names = [event[0] for event in log]
    passes = [i for i, name in enumerate(names) if name in ("BackwardStarted", "BackwardEnded")]
    assert [names[i] for i in passes] == [
        "BackwardStarted", "BackwardStarted", "BackwardEnded", "BackwardEnded"
    ]  # fmt: skip

    outer, inner, inner_end, outer_end = passes
    assert ("UpstreamComplete", "cross_entropy") in log[outer:inner]
    assert ("UpstreamComplete", "log_softmax") in log[inner:inner_end]
    assert log[inner_end + 1][:3] == ("Contributed", "cross_entropy", 0)
    assert outer_end > inner_end
