"""What those who look on are told: enough to draw a computation, and to step through it both ways."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import Tensor, grad, no_grad
from minigrad.errors import ShapeError
from minigrad.op import Observer, observers


class Log(Observer):
    def __init__(self):
        self.events = []

    def applying(self, op, inputs, params):
        self.events.append(("applying", op.__name__))

    def applied(self, op, inputs, params, out):
        self.events.append(("applied", op.__name__))

    def failed(self, op, inputs, params, error):
        self.events.append(("failed", op.__name__, type(error).__name__))

    def began(self, seeds):
        self.events.append(("began",))

    def arrived(self, tensor, g):
        self.events.append(("arrived", tensor.node.op.__name__))

    def unbroadcast(self, tensor, slot, wide, g):
        self.events.append(("unbroadcast", slot, wide.shape, g.shape))

    def contributed(self, tensor, slot, g):
        self.events.append(("contributed", tensor.node.op.__name__, slot, float(values(g).sum())))

    def accumulated(self, x, before, g, after):
        self.events.append(("accumulated", *(float(values(v).sum()) for v in (before, g, after))))

    def released(self, node):
        self.events.append(("released", node.op.__name__))

    def ended(self, grads):
        self.events.append(("ended", len(grads)))

    def landed(self, leaf, before, g):
        self.events.append(("landed", before, float(values(g).sum())))


def values(g):
    return g.data if isinstance(g, Tensor) else g


@pytest.fixture
def log():
    log = Log()
    observers.append(log)
    yield log
    observers.remove(log)


def test_observers_see_each_step_in_its_order(log):
    x = Tensor(3.0, requires_grad=True)
    b = Tensor([1.0, 1.0])
    (x * x * b).sum().backward()
    assert log.events == [
        ("applying", "mul"), ("applied", "mul"),
        ("applying", "mul"), ("applied", "mul"),
        ("applying", "sum"), ("applied", "sum"),
        ("began",),
        ("arrived", "sum"), ("contributed", "sum", 0, 2.0), ("released", "sum"),
        ("arrived", "mul"), ("unbroadcast", 0, (2,), ()), ("contributed", "mul", 0, 2.0),
        ("released", "mul"),
        ("arrived", "mul"), ("contributed", "mul", 0, 6.0), ("contributed", "mul", 1, 6.0),
        ("accumulated", 6.0, 6.0, 12.0), ("released", "mul"),
        ("ended", 1),
        ("landed", None, 12.0),
    ]  # fmt: skip


def test_observers_see_what_fails_and_what_is_not_recorded(log):
    with pytest.raises(ShapeError):
        Tensor(np.ones(2)) + np.ones(3)
    with no_grad():
        Tensor(1.0, requires_grad=True) * 2
    assert log.events == [
        ("applying", "add"), ("failed", "add", "ShapeError"), ("applying", "mul"), ("applied", "mul"),
    ]  # fmt: skip


def test_the_definition_of_a_fused_op_is_seen_as_a_pass_within_the_pass(log):
    logits = Tensor(np.zeros((2, 3)), requires_grad=True)
    loss = mg.cross_entropy(logits, [0, 1])
    del log.events[:]
    grad(loss, logits, create_graph=True)
    names = [event[0] for event in log.events]
    passes = [i for i, name in enumerate(names) if name in ("began", "ended")]
    assert [names[i] for i in passes] == ["began", "began", "ended", "ended"]
    outer, inner, inner_end, outer_end = passes
    assert ("arrived", "cross_entropy") in log.events[outer:inner]
    assert ("arrived", "log_softmax") in log.events[inner:inner_end]
    assert log.events[inner_end + 1][:3] == ("contributed", "cross_entropy", 0)
    assert outer_end > inner_end
