"""What is left open, what is put together, and that the picture says so."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import Tensor, view
from minigrad.errors import ParameterError
from tests.view.work import calls


def names(picture):
    return [box.name or box.title for box in picture.graph.boxes]


def kinds(picture):
    return [box.kind for box in picture.graph.boxes]


def test_depth_says_how_many_levels_are_open(tower):
    whole = view.draw(tower, depth=0)
    assert names(whole) == ["t0", "model", "t103", "t104"]
    assert kinds(whole)[1] == "module"
    once = view.draw(tower, depth=1)
    assert [b.title for b in once.graph.boxes if b.kind == "module"] == [
        "Linear",
        "Sequential",
        "Linear",
    ]
    assert view.draw(tower, depth=9).dot == view.draw(tower).dot


def test_focus_draws_one_module_and_its_neighbours(tower):
    path = next(s.path for s in tower.scopes if s.path.endswith("blocks.3.linear"))
    picture = view.draw(tower, focus=path)
    inside = [b for b in picture.graph.boxes if b.cluster is not None]
    assert sorted(b.title for b in inside) == ["bias", "linear", "weight"]
    assert sorted(b.title for b in picture.graph.boxes if b.cluster is None) == [
        "layer_norm",
        "relu",
    ]
    assert len(picture.graph.edges) == 4
    assert picture.graph.notes == [
        f"only {path} and its neighbours are drawn: {len(tower.nodes) - 5} other nodes are not"
    ]
    assert view.draw(tower, focus="blocks.3.linear").dot == picture.dot


def test_depth_is_counted_from_the_focus(tower):
    picture = view.draw(tower, focus="blocks.3", depth=0)
    assert [b.title for b in picture.graph.boxes if b.kind == "module"] == ["LayerNorm", "Linear"]


def test_collapse_takes_a_function_paths_or_classes(tower):
    def norms(scope):
        return scope.type == "LayerNorm"

    texts = {
        view.draw(tower, collapse=choice).dot
        for choice in (norms, "LayerNorm", ["LayerNorm"], {"norm"})
    }
    assert len(texts) == 1
    boxes = view.draw(tower, collapse=norms).graph.boxes
    assert [b.title for b in boxes if b.kind == "module"] == ["LayerNorm"]
    boxes = view.draw(tower, collapse="stem").graph.boxes
    assert [b.name for b in boxes if b.kind == "module"] == ["stem"]


def test_a_budget_closes_the_deepest_repeats_first(tower):
    (fold,) = view.draw(tower).graph.clusters[3:4]
    assert fold.note == "×12, separate parameters"
    sizes = [len(view.draw(tower, budget=n).graph.boxes) for n in range(1, 61)]
    assert all(size <= n for n, size in enumerate(sizes, 1))
    assert sizes == sorted(sizes)
    picture = view.draw(tower, budget=11)
    assert [b.title for b in picture.graph.boxes if b.kind == "module"] == ["Block"]
    assert "stem" in [b.name for b in view.draw(tower, budget=6).graph.boxes]
    assert any(
        "to stay within the budget" in note for note in view.draw(tower, budget=6).graph.notes
    )


def test_full_draws_everything(tower):
    picture = view.draw(tower, full=True)
    assert len(picture.graph.boxes) == len(tower.nodes)
    assert picture.graph.notes == []


def test_twenty_doublings_are_twenty_boxes(edges_are_recorded):
    with view.trace() as t:
        y = Tensor(1.0, requires_grad=True)
        for _ in range(20):
            y = y + y
    picture = view.draw(t)
    assert (len(picture.graph.boxes), len(picture.graph.edges)) == (21, 40)
    assert len(picture.svg) < 60_000
    edges_are_recorded(t, picture.graph)


def test_a_diamond():
    x = Tensor([1.0, 2.0], requires_grad=True)
    a = x * 2.0
    y = mg.sin(a) + mg.cos(a)
    graph = view.draw(y).graph
    assert sorted((e.tail, e.head) for e in graph.edges) == [(0, 1), (1, 2), (1, 3), (2, 4), (3, 4)]


def test_a_loop_of_5000_turns_is_drawn_as_one(edges_are_recorded):
    with view.trace() as t:
        x = Tensor(0.5, requires_grad=True)
        y = x
        for _ in range(5_000):
            y = mg.sin(y) * 2.0 + x
    picture = view.draw(t)
    assert [b.title for b in picture.graph.boxes] == ["x", "sin", "mul", "add"]
    assert picture.graph.clusters[0].note == "×5,000, the same parameters"
    assert "×4,999" in picture.text
    edges_are_recorded(t, picture.graph)


def without_repeats(n):
    rng = np.random.default_rng(0)
    ops = [mg.sin, mg.cos, mg.tanh, mg.relu]
    with view.trace() as t:
        y = Tensor(0.5, requires_grad=True)
        for i in rng.integers(4, size=n):
            y = ops[i](y)
    return t


def test_the_work_of_a_drawing_grows_with_the_chain():
    chains = without_repeats(1_000), without_repeats(2_000)
    short, long = (calls(lambda t: view.draw(t).text, t) for t in chains)
    assert long < 2.2 * short


@pytest.mark.parametrize("n", [5_000, pytest.param(100_000, marks=pytest.mark.slow)])
def test_a_long_chain_without_repeats_keeps_its_ends(n, edges_are_recorded):
    t = without_repeats(n)
    picture = view.draw(t)
    text = picture.text
    assert len(picture.graph.boxes) == 60
    (hidden,) = [b for b in picture.graph.boxes if b.kind == "hidden"]
    operations = sum(t.nodes[int(key)].op is not None for key in hidden.nodes)
    assert hidden.title == f"… {operations:,} operations"
    assert "boxes in the middle are one, to stay within the budget of 60)" in text
    assert picture.svg.startswith("<svg")
    edges_are_recorded(t, picture.graph)


def test_modules_in_modules_in_modules():
    class Deep(mg.nn.Module):
        def __init__(self, inner):
            self.inner = inner

        def forward(self, x):
            return mg.sin(self.inner(x) if self.inner is not None else x)

    model = None
    for _ in range(60):
        model = Deep(model)
    picture = view.draw(model, Tensor([1.0]), full=True)
    assert len(picture.graph.clusters) == 59  # the innermost is a single op
    assert picture.text.count("sin(") == 60
    assert len(view.draw(model, Tensor([1.0])).graph.boxes) <= 60


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ({"depth": -1}, "draw: depth=-1 must be 0, for one box, or more"),
        ({"budget": 0}, "draw: budget=0 boxes must be at least 1"),
        (
            {"focus": "blokcs"},
            "draw: focus='blokcs' is no module of this trace; its modules are model, model.cell",
        ),
        ({"direction": "RL"}, "draw: direction='RL' must be 'LR' or 'TB'"),
    ],
)
def test_a_choice_that_makes_no_sense_is_refused(recurrent, choice, said):
    with pytest.raises(ParameterError) as error:
        view.draw(recurrent, **choice)
    assert str(error.value).startswith(said)


def test_a_focus_without_modules(scalars):
    with pytest.raises(ParameterError, match="is no module of this trace; it has no modules"):
        view.draw(scalars, focus="features")
