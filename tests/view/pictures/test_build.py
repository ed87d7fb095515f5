"""What is drawn is what was recorded: each node in one box, each use of a tensor in one edge."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minigrad as mg
from minigrad import Tensor, view
from minigrad.check.strategies import expressions
from minigrad.errors import ShapeError


def lines(picture, name):
    """The lines of the box with this title or name."""
    (box,) = [b for b in picture.graph.boxes if name in (b.title, b.name)]
    return [line.text for line in box.lines]


def edges(picture):
    boxes = picture.graph.boxes
    return [
        (
            boxes[e.tail].name or boxes[e.tail].title,
            boxes[e.head].name or boxes[e.head].title,
            e.label,
        )
        for e in picture.graph.edges
    ]


@given(expressions(), st.sampled_from([None, 3, 8, 60]))
def test_the_edges_of_any_expression_are_the_recorded_ones(edges_are_recorded, expression, budget):
    with view.trace() as t:
        expression(*[Tensor(x) for x in expression.inputs])
    full = budget is None
    graph = view.draw(t, budget=budget or 60, full=full).graph
    edges_are_recorded(t, graph)
    if full:
        assert [box.id for box in graph.boxes] == [f"node-{node.id}" for node in t.nodes]
        assert all(len(edge.uses) == 1 for edge in graph.edges)
        assert not graph.inside
        assert len({edge.id for edge in graph.edges}) == len(graph.edges)
    else:
        assert len(graph.boxes) <= max(budget, 1)


@pytest.mark.parametrize("choice", [{}, {"full": True}, {"depth": 1}, {"depth": 0}, {"budget": 5}])
def test_the_edges_of_models_are_the_recorded_ones(tower, recurrent, edges_are_recorded, choice):
    for t in (tower, recurrent):
        edges_are_recorded(t, view.draw(t, **choice).graph)


def test_a_tensor_used_twice_has_two_edges():
    v = Tensor([1.0, 2.0], requires_grad=True)
    for y in (v + v, v * v):
        assert len(view.draw(y).graph.edges) == 2
        assert view.draw(y).svg.count('class="edge"') == 2


def test_slots_are_named_where_order_matters():
    a, b = Tensor([[1.0]], requires_grad=True), Tensor([[2.0]], requires_grad=True)
    p, q = a * 2, b * 3
    assert sorted(label for *_, label in edges(view.draw(p - q))) == ["", "", "x", "y"]
    assert sorted(label for *_, label in edges(view.draw(p @ q))) == ["", "", "a", "b"]
    assert {label for *_, label in edges(view.draw(p + q))} == {""}
    assert {label for *_, label in edges(view.draw(mg.maximum(p, q)))} == {""}


def test_a_slot_is_not_named_twice():
    """An edge from a box called weight to the slot weight says nothing new; nor does the one that is left."""
    x = Tensor(np.ones((2, 3)))
    weight, bias = (Tensor(np.ones(s), requires_grad=True) for s in ((4, 3), (4,)))
    assert {label for *_, label in edges(view.draw(mg.linear(x * 1.0, weight, bias)))} == {""}


def test_shape_and_dtype_are_on_every_tensor(tower):
    graph = view.draw(tower, full=True).graph
    for box, node in zip(graph.boxes, tower.nodes):
        shape = str(node.value.shape) if node.value.shape else "scalar"
        assert f"{node.value.dtype} {shape}" in [line.text for line in box.lines]


def test_numbers_and_parameters_that_are_not_the_default_are_in_the_box():
    x = Tensor(np.ones((1, 2, 6, 6)), requires_grad=True)
    w = Tensor(np.ones((2, 2, 3, 3)))
    assert "y=2.0" in lines(view.draw(x * 2.0), "mul")
    assert lines(view.draw(mg.conv2d(x, w)), "conv2d") == ["float64 (1, 2, 4, 4)"]
    assert "padding=1" in lines(view.draw(mg.conv2d(x, w, padding=1)), "conv2d")
    assert "index=[0, :, 1:3]" in lines(view.draw(x[0, :, 1:3]), "getitem")


def test_the_states_of_a_gradient_are_told_apart_in_words():
    x, unused, z = (Tensor(v, requires_grad=True) for v in ([1.0, 2.0], [3.0], [0.0, -1.0]))
    data = Tensor([5.0, 6.0])
    with view.trace() as t:
        used = x * data
        aside = unused * 2.0
        lost = mg.relu(z - 1.0)
        bad = mg.sqrt(x - x)
        (used + lost).sum().backward()
        with np.errstate(all="ignore"):
            (bad * 0.0).sum().backward()
    assert aside.shape == (1,)
    picture = view.draw(t, grads=True)
    assert "grad [1 1]" in lines(picture, "used")
    assert "gradient not computed" in lines(picture, "aside")
    assert "gradient not computed" in lines(picture, "unused")
    assert "no gradient required" in lines(picture, "data")
    assert "gradient zero" in lines(picture, "z")
    assert any("nan" in line for line in lines(picture, "x"))


def test_before_backward_no_gradient_is_computed_and_after_it_they_are(scalars):
    def f(x):
        return x * x

    with view.trace() as t:
        f(Tensor(3.0, requires_grad=True))
    assert "gradient not computed" in str(view.draw(t, grads=True))
    assert "grad" not in str(view.draw(scalars))
    assert "grad 1.0" in lines(view.draw(scalars, grads=True), "sub")


def test_an_op_that_failed_is_marked_with_the_rule_it_broke():
    a, w = Tensor(np.ones((2, 3)), requires_grad=True), Tensor(np.ones((4, 5)))
    with view.trace() as t, pytest.raises(ShapeError):
        (a * 2.0) @ w
    picture = view.draw(t)
    (box,) = [b for b in picture.graph.boxes if b.kind == "failed"]
    said = " ".join(" ".join(line.text.split()) for line in box.lines)
    assert "matmul(a, b): a has 3 columns but b has 4 rows" in said
    assert "a: (2, 3) b: (4, 5)" in said
    assert sorted(label for *_, label in edges(picture)) == ["", "a", "b"]
    assert 'class="node failed"' in picture.svg


def test_the_graph_of_a_gradient_is_drawn(edges_are_recorded):
    with view.trace() as t:
        x = Tensor([1.0, 2.0], requires_grad=True)
        (g,) = mg.grad((x**3).sum(), x, create_graph=True)
        (g * g).sum().backward()
    graph = view.draw(t).graph
    edges_are_recorded(t, graph)
    assert [c.title for c in graph.clusters] == ["computed by backward pass 1"]
    inside = {b.title for b in graph.boxes if b.cluster == 0}
    assert {"pow", "mul"} <= inside
    assert next(b for b in graph.boxes if b.name == "g").cluster == 0


def test_a_fused_op_is_drawn_as_its_definition():
    x = Tensor(np.array([[0.5, 1.0, -1.0]]), requires_grad=True)
    with view.trace() as t:
        loss = mg.cross_entropy(x * 1.0, np.array([2]))
        loss.backward()
    (op,) = [n.id for n in t.nodes if n.op == "cross_entropy"]
    assert [c.id for c in view.draw(t).graph.clusters] == []
    for which in (True, op, "cross_entropy", [op]):
        picture = view.draw(t, open=which, grads=True, values=True)
        (cluster,) = picture.graph.clusters
        assert (cluster.id, cluster.title) == (f"op-{op}", "loss  cross_entropy")
        ids = [b.id for b in picture.graph.boxes if b.cluster == 0]
        assert {f"node-{op}", f"node-{op}.2"} <= set(ids)
        assert f"grad {t.gradient(op).array[()]}" in lines(picture, "loss")
    assert "is a primitive" in view.draw(t, open="mul").graph.notes[0]


def test_what_a_box_hides_is_stated(tower):
    picture = view.draw(tower, depth=1, grads=True)
    (blocks,) = [b for b in picture.graph.boxes if b.name == "blocks"]
    text = [line.text for line in blocks.lines]
    assert text[0] == "48 operations, 648 parameters"
    assert "→ float32 (5, 6)" in text
    rms = [
        tower.gradient(int(key)).statistics.rms
        for key in blocks.nodes
        if tower.gradient_state(int(key)) == "value"
    ]
    assert f"grad rms {min(rms):.3g} … {max(rms):.3g}" in text


def test_what_stands_for_many_has_the_range_of_all():
    """Not the numbers of the first, which would be taken for those of all."""
    with view.trace() as t:
        y = Tensor(1.0, requires_grad=True)
        for _ in range(70):
            y = y * 0.5
        y.backward()
    picture = view.draw(t, values=True, grads=True)
    assert lines(picture, "mul") == [
        "y=0.5",
        "×70",
        "float32 scalar",
        f"{0.5**70:.3g} … 0.5 in all 70",
        f"grad rms {0.5**69:.3g} … 1",
    ]
