"""A traced training step shows what training computes, and leaves the model as it was."""

import numpy as np
import pytest

from minigrad import Tensor, nn
from minigrad.errors import TargetError
from minigrad.ops import cross_entropy
from minigrad.view.training import training_step


def model():
    rng = np.random.default_rng(0)
    return nn.Sequential(
        nn.Linear(3, 4, rng=rng), nn.BatchNorm1d(4), nn.Dropout(0.5, rng=rng), nn.Linear(4, 2, rng=rng)
    )  # fmt: skip


def state(net):
    grads = [None if p.grad is None else p.grad.data.tolist() for p in net.parameters()]
    rngs = [rng.bit_generator.state for _, rng in net.named_rngs()]
    return {k: v.tolist() for k, v in net.state_dict().items()}, grads, rngs


X, Y = np.random.default_rng(1).normal(size=(5, 3)).astype(np.float32), np.array([0, 1, 1, 0, 1])


def test_the_gradients_are_those_of_training_and_the_model_is_left_as_it_was():
    net, other = model(), model()
    net.parameters().__next__().grad = np.ones((4, 3))
    before = state(net)
    t = training_step(net, X, Y)
    assert state(net) == before
    cross_entropy(other(Tensor(X)), Y).backward()
    for name, p in other.named_parameters():
        node = next(n.id for n in t.nodes if n.label == name)
        assert t.gradient(node).array.tobytes() == p.grad.data.tobytes()


def test_the_names_and_lines_are_those_of_a_training_step():
    t = training_step(model(), X, Y)
    labels = [n.label for n in t.nodes]
    assert labels[0] == "x"
    assert {"logits", "labels", "loss"} <= set(labels)
    assert t.nodes[-1].source.text.strip() == "loss = cross_entropy(logits, labels)"
    assert t.scopes[0].path == "model"


def test_what_raises_is_raised_and_the_model_is_left_as_it_was():
    net = model()
    before = state(net)
    with pytest.raises(TargetError):
        training_step(net, X, Y + 5)
    assert state(net) == before
