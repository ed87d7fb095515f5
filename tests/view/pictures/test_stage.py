"""Where things stand: weights in their layers, what is shared in what holds both, inputs outside."""

import numpy as np

import minigrad as mg
from minigrad import Tensor, nn, view
from minigrad.view.pictures.stage import Stage


def stands(stage, name):
    (found,) = [x for x in stage.placed if x.label == name]
    return stage.groups[found.group].path


def test_a_weight_stands_in_its_layer_and_an_input_outside(tower):
    stage = Stage(tower)
    root = tower.scopes[0].path
    assert stands(stage, "stem.weight") == f"{root}.stem"
    assert stands(stage, "blocks.3.norm.bias") == f"{root}.blocks.3.norm"
    assert stage.placed[0].node.kind == "input"
    assert stage.placed[0].group == 0


def test_an_input_that_requires_grad_stands_outside_too():
    model = nn.Sequential(nn.Linear(2, 2, rng=np.random.default_rng(0)), nn.Tanh())
    x = Tensor(np.ones((1, 2), np.float32), requires_grad=True)
    stage = Stage(view.trace(lambda x: model(x).sum(), x))
    assert stands(stage, "x") == ""
    assert stands(stage, "0.weight").endswith(".0")


def test_a_weight_of_two_layers_stands_in_what_holds_both():
    class Tied(nn.Module):
        def __init__(self, rng):
            self.one, self.two = nn.Linear(2, 2, rng=rng), nn.Linear(2, 2, rng=rng)
            self.two.weight = self.one.weight

        def forward(self, x):
            return self.two(self.one(x))

    model = Tied(np.random.default_rng(0))
    with view.trace() as t:
        model(Tensor(np.ones((1, 2), np.float32)))
    stage = Stage(t)
    assert stands(stage, "one.weight") == "model"
    assert stands(stage, "two.bias") == "model.two"


def test_a_parameter_of_the_outermost_module_stands_in_it():
    class Scale(nn.Module):
        def __init__(self):
            self.w = nn.Parameter(np.ones(2))

        def forward(self, x):
            return x * self.w

    model = Scale()
    with view.trace() as t:
        model(Tensor([1.0, 2.0]))
    assert stands(Stage(t), "w") == "model"


def test_a_module_around_one_op_makes_no_group():
    model = nn.Sequential(nn.Sequential(nn.ReLU()), nn.Tanh())
    with view.trace() as t:
        model(Tensor([1.0]))
    stage = Stage(t)
    assert {stage.groups[x.group].path for x in stage.placed if x.node.op} == {"model"}


def test_what_a_backward_pass_computed_stands_in_it():
    x = Tensor([1.0, 2.0], requires_grad=True)
    with view.trace() as t:
        (g,) = mg.grad((x**3).sum(), x, create_graph=True)
    assert g.shape == (2,)
    stage = Stage(t)
    for p in stage.placed:
        inside = stage.groups[p.group].kind == "pass"
        made = p.node.made_in is not None
        assert inside == (made or (p.node.op is None and p.label != "x"))


def test_a_definition_takes_the_place_of_its_op():
    x = Tensor(np.array([[0.5, 1.0]]), requires_grad=True)
    with view.trace() as t:
        y = mg.cross_entropy(x * 1.0, np.array([1]))
        (y * y).sum().backward()
    (op,) = [n.id for n in t.nodes if n.op == "cross_entropy"]
    stage = Stage(t, True)
    inner = [p for p in stage.placed if stage.groups[p.group].id == f"op-{op}"]
    assert inner[-1].key == str(op)
    assert inner[-1].label == "y"
    given = [p for p in inner[:-1] if not p.key.startswith(f"{op}.")]
    assert [p.node.kind for p in given] == ["constant"]  # the labels, which nothing else uses
    for place, p in enumerate(stage.placed):
        assert all(source.place < place for source in p.sources)
