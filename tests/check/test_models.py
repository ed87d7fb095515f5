"""The gradient check of a model: what it says, what it finds, and that it leaves no trace."""

import numpy as np
import pytest

from minigrad import OPS, check, nn, ops, optim
from minigrad.errors import CheckError


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
    assert report.verdict == "correct"
    assert report.names == tuple(name for name, _ in made.named_parameters())
    assert all(report.of(k) > ("correct", 8.0) for k in range(len(report.names)))
    assert "in training and in evaluation mode" in report.notes
    assert "0.weight              (3, 1, 3, 3)        correct" in str(report)


def test_a_bias_before_batch_norm_does_not_blur_the_resolution(examples):
    """Its gradient is 0, or what rounding leaves of it."""
    report = check.model(network(np.random.default_rng(0)), *examples)
    assert report.verdict == "correct"
    assert report.digits > 6
    assert report.resolution < 1e-6


@pytest.mark.parametrize("left_over", [0.0, 1e-18, -3e-17])
def test_a_gradient_that_is_0_but_for_rounding_does_not_blur_the_resolution(left_over):
    """As a bias before a batch norm: the mean takes it away, and rounding may leave something."""
    w, bias = np.array([0.3, -1.2, 0.7]), np.array([0.5])

    def centred(w, bias):
        return np.sin(w) + (bias - bias.mean())

    report = check.gradient(
        centred, lambda g, w, bias: (g * np.cos(w), np.full(1, left_over)), w, bias
    )
    assert report.verdict == "correct"
    assert report.digits > 10
    assert report.resolution < 1e-10


def confident(scale: float) -> tuple[nn.Module, np.ndarray, np.ndarray]:
    """A layer that gives the label of each example a logit of about `scale`, and the others one of 0."""
    layer = nn.Linear(3, 3, rng=np.random.default_rng(0))
    layer.weight.data = (scale * np.eye(3) + 0.1 * layer.weight.data).astype(np.float32)
    return layer, np.eye(3) + 0.01, np.arange(3)


@pytest.mark.parametrize("scale", [22.0, 26.0, 30.0, 34.0, 37.0, 45.0, 80.0, 400.0])
def test_a_loss_too_flat_to_be_measured_is_undecided(scale):
    """Its logits are rounded to stairs of 3.6e-15 and more, and its slopes are lost in them."""
    report = check.model(*confident(scale))
    assert report.verdict == "undecided"
    assert "f is too flat here to be measured" in report.notes[0]
    assert "at examples with a larger loss" in report.notes[0]


@pytest.mark.parametrize("scale", [0.0, 3.0, 9.0, 12.0])
def test_a_confident_network_is_correct_as_long_as_its_loss_moves(scale):
    report = check.model(*confident(scale))
    assert report.verdict == "correct"
    assert report.format_summary("parameters").startswith("correct, 2 of 2 parameters, ")


@pytest.mark.parametrize("scale", [3.0, 9.0, 12.0])
def test_a_confident_network_hides_no_wrong_gradient(scale, monkeypatch):
    linear = OPS["linear"]
    rules = linear.rules
    factor = 1.01
    spoiled = (*rules[:2], lambda *args, **params: rules[2](*args, **params) * factor)
    monkeypatch.setattr(linear, "rules", spoiled)
    assert check.model(*confident(scale)).verdict == "wrong"


def test_a_trained_network_is_correct_next_to_its_kinks():
    """Thousands of ReLUs and windows switch near by; no step that is small enough reaches one."""
    rng = np.random.default_rng(3)
    made, labels = network(rng), np.arange(8) % 4
    x = rng.normal(size=(8, 1, 6, 6)).astype(np.float32)
    x[np.arange(8), 0, labels, :] += 2
    optimizer = optim.SGD(made.parameters(), lr=0.1, momentum=0.9)
    for _ in range(60):
        optimizer.zero_grad()
        ops.cross_entropy(made.train()(x), labels).backward()
        optimizer.step()
    losses = ops.cross_entropy(made.eval()(x), labels, reduction="none").data
    largest = np.argsort(losses)[-2:]
    report = check.model(made, x[largest], labels[largest])
    assert report.verdict == "correct", str(report)


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


@pytest.mark.parametrize("factor", [1 + 1e-5, -1.0])
def test_a_wrong_rule_is_named_by_the_parameters_it_spoils(examples, factor, monkeypatch):
    linear = OPS["linear"]
    rules = linear.rules
    wrong = (rules[0], lambda *args, **params: rules[1](*args, **params) * factor, rules[2])
    monkeypatch.setattr(linear, "rules", wrong)
    report = check.model(network(np.random.default_rng(0)).eval(), *examples)
    assert report.verdict == "wrong"
    wrong = [name for k, name in enumerate(report.names) if report.of(k)[0] == "wrong"]
    assert wrong == ["6.weight"]
    assert report.worst.label.startswith("6.weight[")
    named = {-1.0: "has the wrong sign", 0.0: "is 0, as if f did not depend on the input"}
    if factor in named:
        assert report.causes == (f"your gradient of 6.weight {named[factor]}",)


def test_a_failing_forward_pass_leaves_single_precision(examples):
    made = network(np.random.default_rng(0)).eval()
    with pytest.raises(ValueError, match="target"):
        check.model(made, examples[0], np.array([9, 9, 9, 9, 9]))
    assert {x.dtype for x in made.parameters()} == {np.dtype(np.float32)}


def test_a_layer_in_both_modes():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(5, 4)).astype(np.float32)
    for layer in (
        nn.Linear(4, 3, rng=rng),
        nn.BatchNorm1d(4),
        nn.LayerNorm(4),
        nn.Dropout(rng=rng),
    ):
        report = check.module(layer, x)
        assert report.verdict == "correct", str(report)
        assert report.names == ("x", *(name for name, _ in layer.named_parameters()))
        twice = isinstance(layer, nn.BatchNorm1d | nn.Dropout)
        assert ("in training and in evaluation mode" in report.notes) == twice


def test_the_mode_that_is_wrong_is_named(monkeypatch):
    statistics = OPS["batch_norm"]
    rule = statistics.rules[0]
    spoiled = (lambda *args, **params: [g * s for g, s in zip(rule(*args, **params), (1, 2, 1))],)
    monkeypatch.setattr(statistics, "rules", spoiled)
    report = check.module(nn.BatchNorm1d(4), np.random.default_rng(0).normal(size=(5, 4)))
    assert report.verdict == "wrong"
    assert report.notes[0] == "this is train mode; in eval mode all is correct"
    assert any("of weight is twice the correct one" in cause for cause in report.causes)


def test_a_layer_without_anything_to_differentiate():
    with pytest.raises(CheckError, match="Flatten has no parameters that require a gradient"):
        check.module(nn.Flatten(), np.zeros((2, 3), int))


def test_labels_are_constants():
    logits = np.random.default_rng(0).normal(size=(5, 3))
    report = check.module(nn.CrossEntropyLoss(), logits, np.array([0, 2, 1, 1, 0]))
    assert (report.verdict, report.names) == ("correct", ("logits",))
