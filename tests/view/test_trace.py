"""A trace holds what the engine did: its nodes are the graph, its events the gradients, bit for bit."""

import gc
import itertools
import threading
import weakref
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minigrad as mg
from minigrad.check.strategies import expressions
from minigrad.errors import GradientError, ParameterError, ShapeError, TraceError
from minigrad.view import Trace, recorder, trace
from minigrad.view.records import Accumulated, Arrived, Began, Contributed, Landed, Unbroadcast


def bits(x):
    return x.dtype, x.shape, np.ascontiguousarray(x).tobytes()


def run(expression, dtype=np.float64):
    """The expression on leaves, pulled back from a random gradient under a trace."""
    leaves = [mg.Tensor(x.astype(dtype), requires_grad=True) for x in expression.inputs]
    with trace() as t:
        out = expression(*leaves)
        v = np.random.default_rng(0).normal(size=out.shape).astype(dtype)
        out.backward(v)
    return leaves, t


@given(expressions(), st.sampled_from([np.float32, np.float64]))
def test_the_edges_are_those_of_the_program(expression, dtype):
    _, t = run(expression, dtype)
    made = [n for n in t.nodes if n.kind == "op"]
    assert [n.op for n in made] == [s.op for s in expression.steps]
    # A place in the expression is a leaf or a step; leaves have the numbers of their first use.
    count = len(expression.inputs)
    seen = {}
    for node, step in zip(made, expression.steps):
        assert len(node.slots) == len(step.places)
        for slot, place in zip(node.slots, step.places):
            assert slot.node is not None
            expected = (
                made[place - count].id if place >= count else seen.setdefault(place, slot.node)
            )
            assert slot.node == expected
    edges = Counter((i, n.id) for n in t.nodes for i in n.inputs)
    uses = Counter((n, use) for n in range(len(t.nodes)) for use, _ in t.consumers[n])
    assert edges == uses


@given(expressions(), st.sampled_from([np.float32, np.float64]))
def test_the_events_add_up_to_the_gradients_bit_for_bit(expression, dtype):
    leaves, t = run(expression, dtype)
    arriving = {}
    landed = []
    for event in t.events:
        if isinstance(event, Began):
            arriving[event.node] = event.g.array
        elif isinstance(event, Arrived):
            assert bits(arriving[event.node]) == bits(event.g.array)
        elif isinstance(event, Contributed):
            if event.to in arriving:
                arriving[event.to] = arriving[event.to] + event.g.array
            else:
                arriving[event.to] = event.g.array
        elif isinstance(event, Accumulated):
            assert bits(event.before.array + event.g.array) == bits(event.after.array)
            assert bits(arriving[event.node]) == bits(event.after.array)
        elif isinstance(event, Unbroadcast):
            summed = event.wide.array.sum(axis=event.axes).reshape(event.g.shape)
            assert bits(summed) == bits(event.g.array)
        elif isinstance(event, Landed):
            assert bits(arriving[event.node]) == bits(event.after.array)
            landed.append(bits(event.after.array))
    assert landed == [bits(x.grad.data) for x in sorted_by_landing(leaves, t)]


def sorted_by_landing(leaves, t):
    """The leaves that have a gradient, in the order in which the trace says that they got it."""
    by_value = {bits(x.data): x for x in leaves}
    order = [e.node for e in t.events if isinstance(e, Landed)]
    return [by_value[bits(t.nodes[i].value.array)] for i in order]


def test_a_use_is_an_edge_even_if_it_is_the_second():
    t = trace(lambda v: v + v, 3.0)
    assert [s.node for s in t.nodes[1].slots] == [0, 0]
    assert [e.slot for e in t.events if isinstance(e, Contributed)] == [0, 1]
    assert t.gradient(0).array == 2


def test_twenty_doublings_are_twenty_nodes():
    def doubled(y):
        for _ in range(20):
            y = y + y
        return y

    t = trace(doubled, 1.0)
    assert len(t.nodes) == 21
    assert t.gradient(0).array == 2**20


def test_a_long_chain_needs_no_stack():
    def chain(x):
        for _ in range(5000):
            x = x * 1.0
        return x

    t = trace(chain, 1.0)
    assert len(t.nodes) == 5001
    assert t.gradient(0).array == 1


def test_two_runs_give_the_same_document():
    def program(x, y):
        return (mg.tanh(x @ y) * x.sum()).mean()

    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(3, 3)), rng.normal(size=(3, 2))
    assert trace(program, x, y).json() == trace(program, x, y).json()
    assert "seconds" not in trace(program, x, y).json()
    assert "seconds_back" in trace(program, x, y).json(times=True)


# ---- what is what ----


def test_kinds_numbers_and_what_requires_grad():
    x = mg.Tensor([1.0, 2.0])
    w = mg.Tensor([3.0, 4.0], requires_grad=True)
    mask = np.array([True, False])
    with trace() as t:
        y = mg.where(mask, x * w, 0.5)
        with mg.no_grad():
            z = y * 2
    kinds = {n.label: (n.kind, n.requires_grad, n.recorded) for n in t.nodes}
    assert kinds["x"] == ("input", False, False)
    assert kinds["w"] == ("parameter", True, False)
    assert kinds["mask"] == ("constant", False, False)
    assert kinds["y"] == ("op", True, True)
    assert kinds["z"] == ("op", False, False)
    where = next(n for n in t.nodes if n.op == "where")
    assert [(s.name, s.constant) for s in where.slots][2] == ("y", 0.5)
    assert t.gradient_state(0) == "no gradient required"
    assert t.gradient_state(1) == "not computed"
    assert z.node is None


def test_the_states_of_a_gradient():
    x = mg.Tensor([0.0, 1.0], requires_grad=True)
    y = mg.Tensor([0.0, 1.0], requires_grad=True)
    with trace() as t, np.errstate(all="ignore"):
        (mg.sqrt(x) + y * 0.0).backward(np.array([0.0, 1.0], np.float32))
    states = {n.label: t.gradient_state(n.id) for n in t.nodes}
    assert states["x"] == "nan"  # 0 / 0
    assert states["y"] == "zero"


def test_the_values_are_copies():
    w = mg.Tensor([1.0, 2.0], requires_grad=True)
    with trace() as t:
        loss = (w * w).sum()
        loss.backward()
        w.data[:] = 0.0
        w.grad.data[:] = 0.0
    assert t.nodes[0].value.array.tolist() == [1.0, 2.0]
    assert t.gradient(0).array.tolist() == [2.0, 4.0]


def test_large_arrays_become_summaries():
    x = mg.Tensor(np.arange(12.0).reshape(3, 4), requires_grad=True)
    with trace(keep=10) as t:
        (x * x).sum().backward()
    value = t.nodes[0].value
    assert value.array is None
    assert (value.statistics.min, value.statistics.max, value.statistics.zeros) == (0.0, 11.0, 1)
    assert value.patch.tolist() == x.data.tolist()
    assert t.gradient(0).statistics.max == 22.0
    with pytest.raises(TraceError, match=r"x \(12 elements\) were not kept: .*keep=None"):
        t.values(0)


def test_gradients_that_are_already_there_are_added_to():
    x = mg.Tensor([1.0], requires_grad=True)
    x.grad = [5.0]
    with trace() as t:
        (x * 3.0).backward()
    (event,) = [e for e in t.events if isinstance(e, Landed)]
    assert (event.before.array, event.g.array, event.after.array) == (5, 3, 8)
    assert [n.op for n in t.nodes] == [
        None,
        "mul",
    ]  # the addition to x.grad is no op of the program


def test_a_graph_that_was_recorded_before_is_entered():
    x = mg.Tensor([2.0], requires_grad=True)
    y = x * x
    with trace() as t:
        (y + x).backward()
    assert [n.op for n in t.nodes] == [None, "mul", "add"]
    assert t.nodes[1].inputs == (0, 0)
    assert t.gradient(0).array == 5


def test_a_graph_without_a_trace():
    x = mg.Tensor([2.0], requires_grad=True)
    loss = (x * x).sum()
    t = Trace.of(loss)
    assert [n.label for n in t.nodes] == ["x", "t1", "loss"]
    assert t.outputs == [2]
    loss.backward()
    (after,) = Trace.of(loss).nodes
    assert (after.op, after.inputs) == ("sum", ())


def test_backward_of_a_graph_recorded_outside():
    x = mg.Tensor([2.0], requires_grad=True)
    loss = (x * x).sum()
    with trace() as t:
        loss.backward()
    assert t.gradient(0).array == 4


# ---- the gradient of a gradient, and fused ops ----


def test_the_graph_of_a_gradient_says_where_it_was_made():
    x = mg.Tensor(3.0, requires_grad=True)
    with trace() as t:
        y = x * x * x
        (first,) = mg.grad(y, x, create_graph=True)
        (second,) = mg.grad(first, x)
    assert second.item() == 18
    forward = [n for n in t.nodes if n.made_in is None]
    back = [n for n in t.nodes if n.made_in == 0]
    assert {n.op for n in forward} == {None, "mul"}
    assert back
    assert {n.made_in for n in t.nodes} == {None, 0}
    assert all(t.nodes[n.rule_of].op == "mul" for n in back if n.op == "mul")
    assert t.passes[0].recorded
    assert not t.passes[1].recorded


def test_a_pass_through_a_definition_is_inside_its_op():
    rng = np.random.default_rng(0)
    x = mg.Tensor(rng.normal(size=(4, 2)), requires_grad=True)
    gamma = mg.Tensor(np.ones(2), requires_grad=True)
    with trace() as t:
        out = mg.batch_norm(x, gamma, mg.Tensor(np.zeros(2)))
        mg.grad((out**3).sum(), x, create_graph=True)
    fused = next(n.id for n in t.nodes if n.op == "batch_norm")
    assert [p.inside for p in t.passes] == [None, fused]
    assert all(p.complete for p in t.passes)


def test_a_fused_op_is_opened():
    rng = np.random.default_rng(0)
    x = mg.Tensor(rng.normal(size=(5, 3)), requires_grad=True)
    gamma = mg.Tensor(rng.normal(size=3), requires_grad=True)
    beta = mg.Tensor(rng.normal(size=3), requires_grad=True)
    with trace() as t:
        out = mg.batch_norm(x, gamma, beta)
        out.backward(rng.normal(size=out.shape))
    inside = t.opened(next(n.id for n in t.nodes if n.op == "batch_norm"))
    labels = [n.label for n in inside.nodes]
    assert labels[:3] == ["x", "gamma", "beta"]
    assert {"axes", "centred", "variance"} & set(labels) == {"centred", "variance"}
    assert all(n.source.function == "batch_norm_definition" for n in inside.nodes[3:])
    for label, leaf in zip(("x", "gamma", "beta"), (x, gamma, beta)):
        np.testing.assert_allclose(inside.gradient(labels.index(label)).array, leaf.grad.data)
    with pytest.raises(TraceError, match="pow is a primitive: it has no definition"):
        inside.opened(next(n.id for n in inside.nodes if n.op == "pow"))


def test_what_was_not_kept_cannot_be_opened():
    x = mg.Tensor(np.ones((50, 3)), requires_grad=True)
    with trace(keep=10) as t:
        mg.linear(x, mg.Tensor(np.ones((2, 3))), None)
    with pytest.raises(TraceError, match=r"the values of x \(150 elements\) were not kept"):
        t.opened(len(t.nodes) - 1)


# ---- what goes wrong ----


def test_an_op_that_raises_is_marked_and_the_rest_is_kept():
    x, w = mg.Tensor(np.ones((2, 3))), mg.Tensor(np.ones((4, 5)), requires_grad=True)
    with pytest.raises(ShapeError), trace() as t:  # noqa: PT012
        h = x * 2
        h @ w
    failed = t.nodes[-1]
    assert [n.label for n in t.nodes] == ["x", "h", "w", "t3"]
    assert failed.value is None
    assert "has 3 columns but b has 4 rows" in failed.error
    assert t.exception == failed.error


def test_a_rule_that_raises_leaves_its_pass_open():
    @mg.op(cases=lambda draw: None, rejects=[])
    def broken(x):
        return x * 2

    @broken.vjp
    def rule(g, out, x):
        raise ZeroDivisionError("planted")

    x = mg.Tensor([1.0], requires_grad=True)
    try:
        with trace() as t:
            y = broken(x * 3)
            with pytest.raises(GradientError):
                y.sum().backward()
            again = x * x
            again.backward()
    finally:
        del mg.OPS["broken"]
    assert [p.complete for p in t.passes] == [False, True]
    assert t.passes[1].inside is None
    assert t.nodes[-1].made_in is None
    last = [e for e in t.events if e.pass_ == 0][-1]
    assert (last.kind, t.nodes[last.node].op) == ("arrived", "broken")


def test_another_thread_is_not_recorded():
    x = mg.Tensor([1.0], requires_grad=True)
    with trace() as t:
        y = x * 2
        other = threading.Thread(target=lambda: (x * x).backward())
        other.start()
        other.join()
        y.backward()
    assert [n.op for n in t.nodes] == [None, "mul"]
    assert len(t.passes) == 1


def test_tensors_are_let_go_of_when_the_trace_is_closed():
    def program():
        x = mg.Tensor([1.0], requires_grad=True)
        with trace() as t:
            y = mg.exp(x)
        return t, weakref.ref(y)

    t, held = program()
    gc.collect()
    assert held() is None
    assert len(t.nodes) == 2


def test_a_trace_inside_a_trace():
    x = mg.Tensor([1.0], requires_grad=True)
    with trace() as outside:
        y = x * 2
        with trace() as inside:
            y = y + 1
        y.backward()
    assert [n.op for n in outside.nodes] == [None, "mul", "add"]
    assert [n.op for n in inside.nodes] == [None, "mul", "add"]
    assert not inside.events
    assert outside.gradient(0).array == 2


def test_bytes_times_and_operations(monkeypatch):
    monkeypatch.setattr(recorder, "perf_counter", map(float, itertools.count()).__next__)
    rng = np.random.default_rng(0)
    x = mg.Tensor(rng.normal(size=(4, 3)), requires_grad=True)
    w = mg.Tensor(rng.normal(size=(3, 5)), requires_grad=True)
    with trace() as t:
        h = x @ w
        view = h.reshape(20)
        mg.relu(view).sum().backward()
    by_op = {n.op: n for n in t.nodes}
    assert by_op["matmul"].held == 4 * 5 * 8
    assert by_op["reshape"].held == 0  # a view holds nothing of its own
    assert t.flops(by_op["matmul"].id) == 2 * 4 * 3 * 5
    assert t.flops(by_op["reshape"].id) == 0
    assert t.flops(by_op["sum"].id) == 20
    assert all(n.seconds >= 0 for n in t.nodes if n.kind == "op")
    assert all(n.seconds_back >= 0 for n in t.nodes if n.kind == "op")


def test_what_is_no_function_cannot_be_traced():
    x = mg.Tensor(2.0, requires_grad=True)
    with pytest.raises(
        ParameterError, match=r"a Tensor has been computed already; give a function"
    ):
        trace(x * x)
