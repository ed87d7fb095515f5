"""The gradient check of a model: what it says, what it finds, and that it leaves no trace."""

import numpy as np
import pytest

from minigrad import OPS, nn, ops
from minigrad.check import models as check


def network(rng: np.random.Generator) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 3, 3, rng=rng),
        nn.BatchNorm2d(3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Dropout(0.5, rng=rng),
        nn.Linear(12, 4, rng=rng),
    )


@pytest.fixture
def examples() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    return rng.normal(size=(5, 1, 6, 6)).astype(np.float32), rng.integers(0, 4, 5)


def test_every_parameter_has_its_row(examples):
    made = network(np.random.default_rng(0)).eval()
    report = check.model(made, *examples)
    assert report.passed
    assert [row.name for row in report.rows] == [name for name, _ in made.named_parameters()]
    assert all(row.sweep.resolution < 1e-6 for row in report.rows if "weight" in row.name)
    assert "5 examples: 6 of 6 right" in str(report)
    assert "(3, 1, 3, 3)" in str(report)


def test_nothing_is_changed(examples):
    made = network(np.random.default_rng(0)).eval()
    ops.cross_entropy(made(examples[0]), examples[1]).backward()
    tensors = [*made.parameters(), *made.buffers()]
    before = [(x.data, x.data.copy(), x.grad) for x in tensors]
    state = [rng.bit_generator.state for _, rng in made.named_rngs()]
    check.model(made, *examples)
    for x, (array, values, grad) in zip(tensors, before):
        assert x.data is array
        assert x.grad is grad
        assert np.array_equal(array, values)
    assert state == [rng.bit_generator.state for _, rng in made.named_rngs()]
    assert not made.training


@pytest.mark.parametrize("factor", [1 + 1e-5, -1.0, 0.0])
def test_a_wrong_rule_is_named_by_the_parameters_it_spoils(examples, factor, monkeypatch):
    linear = OPS["linear"]
    rules = linear.rules
    wrong = (rules[0], lambda *args, **params: rules[1](*args, **params) * factor, rules[2])
    monkeypatch.setattr(linear, "rules", wrong)
    report = check.model(network(np.random.default_rng(0)).eval(), *examples)
    assert not report.passed
    assert {row.name for row in report.rows if row.sweep.verdict == "wrong"} == {"6.weight"}
    assert "WRONG: 6.weight" in str(report)


def test_a_failing_forward_pass_leaves_single_precision(examples):
    made = network(np.random.default_rng(0)).eval()
    with pytest.raises(ValueError, match="target"):
        check.model(made, examples[0], np.array([9, 9, 9, 9, 9]))
    assert {x.dtype for x in made.parameters()} == {np.dtype(np.float32)}
