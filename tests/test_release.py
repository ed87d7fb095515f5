"""What the engine holds on to, and for how long: told by weak references, with the collector off."""

import contextlib
import gc
import weakref

import numpy as np
import pytest

import minigrad as mg
from minigrad import OPS, Tensor, grad, op
from minigrad.domain import elementwise


@pytest.fixture(autouse=True)
def no_collector():
    """What lives only in a cycle of references would stay for ever."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def leaf(*shape):
    return Tensor(np.ones(shape), requires_grad=True)


def network(x, w):
    hidden = (x @ w).tanh()
    logits = hidden @ w
    return mg.cross_entropy(logits, [0, 1]), [hidden, logits]


def test_a_graph_that_is_dropped_is_freed_at_once():
    loss, inside = network(leaf(2, 3), leaf(3, 3))
    refs = [weakref.ref(t) for t in inside] + [weakref.ref(t.data) for t in inside]
    refs.append(weakref.ref(loss.node))
    del loss, inside
    assert [r() for r in refs] == [None] * 5


def test_after_backward_only_the_leaves_are_left():
    x, w = leaf(2, 3), leaf(3, 3)
    loss, inside = network(x, w)
    refs = [weakref.ref(t) for t in inside] + [weakref.ref(t.data) for t in inside]
    refs += [weakref.ref(t.node) for t in inside]
    del inside
    loss.backward()
    assert [r() for r in refs] == [None] * 6
    assert loss.node.released
    assert loss.node.inputs is loss.node.saved is None
    assert w.grad is not None


def test_a_node_that_has_done_its_work_keeps_no_array_though_its_result_is_kept():
    x = leaf(3)
    y = x * 2
    doubled = weakref.ref(y.data)
    z = y.exp()
    z.sum().backward()
    del y
    assert doubled() is None
    assert z.data is not None


def test_a_retained_graph_is_held_as_long_as_its_result():
    x = leaf(3)
    y = x * 2
    doubled = weakref.ref(y.data)
    z = (y * y).sum()
    del y
    z.backward(retain_graph=True)
    assert doubled() is not None
    z.backward()
    assert doubled() is None


@pytest.mark.parametrize("way", ["backward", "grad"])
def test_arrays_are_freed_as_the_wave_passes(way):
    """When the gradient reaches the first op, all that the later ones computed is gone."""
    before = dict(OPS)
    alive = []
    try:

        @op(cases=elementwise(), rejects=[])
        def watch(x):
            """x, and looks around when the gradient comes back"""
            return x * 1

        @watch.vjp
        def look(g, out, x):
            alive.append(sum(r() is not None for r in refs))
            return g * 1

        x = leaf(3)
        y = watch(x)
        refs = []
        for _ in range(10):
            y = y.sin()
            refs.append(weakref.ref(y.data))
        y = y.sum()
        if way == "backward":
            y.backward()
        else:
            grad(y, x)
    finally:
        OPS.clear()
        OPS.update(before)
    assert alive == [0]


def test_training_holds_no_array_of_the_step_before():
    rng = np.random.default_rng(0)
    w = Tensor(rng.normal(size=(3, 3)), requires_grad=True)
    previous = []
    for _ in range(4):
        x = Tensor(rng.normal(size=(2, 3)))
        loss, inside = network(x, w)
        w.grad = None
        loss.backward()
        w.data = w.data - 0.1 * w.grad.data
        assert [r() for r in previous] == [None] * len(previous)
        held = [x, loss, *inside, w.grad]
        previous = [weakref.ref(t) for t in held] + [weakref.ref(t.data) for t in held[:-1]]
        del x, loss, inside, held


def test_a_failed_pass_leaves_no_cycle():
    x = leaf(3)
    y = (x * 2).reshape(3, 1)
    inside = weakref.ref(y)
    with contextlib.suppress(mg.errors.ShapeError):
        y.backward(np.ones(2))
    del y
    assert inside() is None


def test_second_derivatives_by_grad_leave_no_cycle():
    x = leaf(3)
    y = (x**3).sum()
    (g,) = grad(y, x, create_graph=True)
    (h,) = grad(g.sum(), x)
    refs = [weakref.ref(t) for t in (y, g, h)]
    del y, g, h
    assert [r() for r in refs] == [None] * 3
