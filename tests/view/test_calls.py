"""The calls of modules are the scopes of a trace, and name parameters and results."""

import numpy as np

import minigrad as mg
from minigrad import nn
from minigrad.view import trace


def test_modules_are_scopes_and_name_their_parameters():
    rng = np.random.default_rng(0)
    shared = nn.Linear(3, 3, rng=rng)
    model = nn.Sequential(shared, nn.ReLU(), shared, nn.Sequential(nn.Linear(3, 1, rng=rng)))
    with trace() as t:
        loss = model(mg.Tensor(np.ones((2, 3), np.float32))).sum()
        loss.backward()
    assert [(s.path, s.type, s.parent, s.call) for s in t.scopes] == [
        ("model", "Sequential", None, 0),
        ("model.0", "Linear", 0, 0),
        ("model.1", "ReLU", 0, 0),
        ("model.0", "Linear", 0, 1),
        ("model.3", "Sequential", 0, 0),
        ("model.3.0", "Linear", 4, 0),
    ]
    assert t.scopes[1].module == t.scopes[3].module
    assert [s.parameters for s in t.scopes] == [16, 12, 0, 12, 4, 4]
    names = {n.label for n in t.nodes if n.kind == "parameter"}
    assert names == {"0.weight", "0.bias", "3.0.weight", "3.0.bias"}
    assert t.nodes[-1].label == "loss"
    assert t.nodes[-1].scope is None


def test_a_module_names_its_result_and_not_what_is_inside():
    model = nn.Sequential(nn.Linear(2, 2, rng=np.random.default_rng(0)), nn.ReLU())
    x = mg.Tensor(np.ones((1, 2), np.float32))
    with trace() as t:
        hidden = model(x)
    assert hidden.shape == (1, 2)
    assert [n.label for n in t.nodes if n.kind == "op"] == ["t3", "hidden"]
