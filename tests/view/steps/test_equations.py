"""The formula beside the numbers: read once for all uses of a kind, and only where it gives those numbers."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import view
from minigrad.view.steps import equations


@pytest.fixture
def readings(monkeypatch):
    """How often a rule was read."""
    found = []
    read = equations.formulas.contribution

    def counted(*args):
        found.append(args[0].__name__)
        return read(*args)

    monkeypatch.setattr(equations.formulas, "contribution", counted)
    return found


def contributions(t):
    return [s for s in view.step(t) if s.kind == "contribution"]


def test_a_rule_is_read_once_for_all_its_uses_of_a_kind(readings):
    t = view.trace(lambda x: mg.tanh(mg.tanh(mg.tanh(x))), 0.5)
    assert len({s.formula.text for s in contributions(t)}) == 3  # each with its own names
    assert readings == ["tanh"]


def test_a_rule_that_asks_for_its_numbers_is_read_again_where_its_formula_is_another(
    monkeypatch, readings
):
    def rule(g, out, x):
        return g * out if float(np.asarray(x)) > 0 else g * x

    monkeypatch.setattr(mg.OPS["exp"], "rules", (rule,))
    above, below, also_above = (mg.Tensor(v, requires_grad=True) for v in (0.5, -0.5, 0.25))
    with view.trace() as t:
        loss = mg.exp(above) + mg.exp(below) + mg.exp(also_above)
        loss.backward()
    sent = {
        t.nodes[int(s.edge.target)].label: s.formula
        for s in contributions(t)
        if t.nodes[s.node].op == "exp"
    }
    assert {name: formula.evaluate() for name, formula in sent.items()} == {
        "above": above.grad.item(),
        "below": below.grad.item(),
        "also_above": also_above.grad.item(),
    }
    assert [name for name, formula in sent.items() if f"* {name}" in formula.text] == ["below"]
    assert readings.count("exp") == 3  # another formula than the last one each time
