"""grad(): the gradients that were asked for, by the paths that lead to them, and no others."""

import numpy as np
import pytest

from minigrad import Tensor, grad
from minigrad.errors import GraphError
from minigrad.recording import Contributed, UpstreamComplete, observing


def leaf(values, dtype=np.float64):
    return Tensor(np.array(values, dtype), requires_grad=True)


def test_grad_touches_no_grad():
    x, y = leaf(2.0), leaf(3.0)
    z = x * y
    z.retain_grad()
    gx, gy = grad(z, [x, y])
    assert (gx.item(), gy.item()) == (3, 2)
    assert x.grad is y.grad is z.grad is None


def test_grad_takes_intermediate_tensors_and_the_output_itself():
    x = leaf(2.0)
    y = x * x
    z = y * y
    gz, gy, gx = grad(z, (z, y, x))
    assert (gz.item(), gy.item(), gx.item()) == (1, 8, 32)
    y = x * x
    z = y * y + y
    assert [g.item() for g in grad(z, [y], retain_graph=True)] == [9]
    assert [g.item() for g in grad(z, iter([x, x]))] == [36, 36]


def test_grad_of_several_outputs_is_of_their_sum_weighted_by_the_seeds():
    x = leaf([1.0, 2.0])
    y, z = x * x, x * 3
    (g,) = grad([y, z, z], [x], [[1.0, 1.0], [10.0, 0.0], [0.0, 100.0]])
    assert g.data.tolist() == [2 + 30, 4 + 300]
    a = leaf(2.0)
    b = a * a
    c = b * a
    assert grad([b, c], a)[0].item() == 4 + 12  # one output depends on the other
    with pytest.raises(GraphError, match="2 outputs, but 1 grad_outputs"):
        grad([y, z], [x], [np.ones(2)])


class Visits:
    """The ops whose rules ran, and the inputs that they contributed to."""

    def __init__(self):
        self.ops = []
        self.receivers = []

    def __call__(self, event):
        match event:
            case UpstreamComplete(tensor):
                self.ops.append(tensor.node.op.__name__)
            case Contributed(tensor, slot):
                self.receivers.append(tensor.node.inputs[slot])


@pytest.fixture
def visits():
    visits = Visits()
    with observing(visits):
        yield visits


def test_grad_walks_only_the_paths_that_lead_to_what_was_asked_for(visits):
    x, w = leaf(2.0), leaf(3.0)
    far = x
    for _ in range(50):
        far = far.sin()
    near = w * 2
    loss = far * near
    grad(loss, w, retain_graph=True)
    assert visits.ops == ["mul", "mul"]
    assert len(visits.receivers) == 2
    assert visits.receivers[0] is near  # and no rule was run for `far`
    assert visits.receivers[1] is w
    del visits.ops[:]
    grad(loss, far, retain_graph=True)
    assert visits.ops == ["mul"]
    del visits.ops[:]
    loss.backward()
    assert sorted(visits.ops) == ["mul"] * 2 + ["sin"] * 50


def test_a_path_that_is_not_walked_is_not_released():
    x, w = leaf(2.0), leaf(3.0)
    y = x * x
    z = y * w
    grad(z, w)
    y.backward()
    assert x.grad.item() == 4


def test_an_input_that_plays_no_part_is_an_error_or_none():
    x, y = leaf(1.0), leaf(2.0)
    z = x * 2
    with pytest.raises(
        GraphError, match=r"do not depend on inputs\[1\]; allow_unused=True gives None"
    ):
        grad(z, [x, y], retain_graph=True)
    g, none = grad(z, [x, y], allow_unused=True)
    assert g.item() == 2
    assert none is None


def test_what_requires_no_grad_cannot_be_asked_for():
    x = leaf(1.0)
    with pytest.raises(GraphError, match=r"inputs\[0\] does not require grad"):
        grad(x * 2, Tensor(1.0))
    with pytest.raises(GraphError, match=r"outputs\[0\] does not require grad"):
        grad(Tensor(1.0), x)
