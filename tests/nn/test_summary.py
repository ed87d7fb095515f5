"""The summary: rows, counts, text, and that it leaves the model as it was."""

import numpy as np
import pytest

from minigrad import Tensor, nn
from minigrad.errors import ParameterError, ShapeError
from minigrad.nn.summary import Row
from minigrad.recording import observers


def rng():
    return np.random.default_rng(0)


def test_the_table():
    model = nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2, rng=rng()),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(96, 10, rng=rng()),
    )
    table = nn.summary(model, (1, 4, 4))
    assert table.rows == (
        Row("0", "Conv2d", ("N", 6, 4, 4), 156),
        Row("1", "ReLU", ("N", 6, 4, 4), 0),
        Row("2", "Flatten", ("N", 96), 0),
        Row("3", "Linear", ("N", 10), 970),
    )
    assert (table.parameters, table.trainable) == (1126, 1126)
    assert str(table) == "\n".join(
        [
            "name  layer    output shape  parameters",
            "---------------------------------------",
            "0     Conv2d   (N, 6, 4, 4)         156",
            "1     ReLU     (N, 6, 4, 4)           0",
            "2     Flatten  (N, 96)                0",
            "3     Linear   (N, 10)              970",
            "---------------------------------------",
            "Sequential: 1,126 parameters, 1,126 of them trainable",
        ]
    )


class Odd(nn.Module):
    """A shared layer, a parameter of its own, a frozen one, a layer that is not used, another output."""

    def __init__(self):
        self.twice = nn.Linear(3, 3, rng=rng())
        self.scale = nn.Parameter(np.ones(3, np.float32))
        self.twice.bias.requires_grad = False
        self.unused = nn.Linear(2, 2, rng=rng())

    def forward(self, x):
        return {"out": self.twice(self.twice(x)) * self.scale}


def test_odd_models():
    table = nn.summary(Odd(), (3,))
    assert table.rows == (
        Row("twice", "Linear", ("N", 3), 12),
        Row("twice", "Linear", ("N", 3), 0),
        Row("", "Odd", None, 3),
        Row("unused", "Linear", None, 6),
    )
    assert (table.parameters, table.trainable) == (21, 18)
    assert "unused  Linear  -" in str(table)


def test_the_model_is_left_as_it_was():
    model = nn.Sequential(nn.BatchNorm1d(3), nn.Dropout(0.5, rng=rng()), nn.Linear(3, 1, rng=rng()))
    model[0].eval()
    before = model.state_dict()
    drawn = model[1].rng.bit_generator.state
    nn.summary(model, (3,))
    assert [layer.training for layer in model] == [False, True, True]
    assert model.training
    assert model[1].rng.bit_generator.state == drawn
    for name, value in model.state_dict().items():
        np.testing.assert_array_equal(value, before[name])
    assert all(p.grad is None for p in model.parameters())


def test_an_error_in_the_model_leaves_it_as_it_was_too():
    model = nn.Sequential(nn.Linear(3, 1, rng=rng()))
    with pytest.raises(ShapeError, match=r"x has shape \(1, 4\)"):
        nn.summary(model, (4,))
    assert model.training
    assert model[0].training
    assert observers == []


def test_models_of_either_precision_and_without_parameters():
    assert nn.summary(nn.Linear(3, 1, rng=rng(), dtype=np.float64), (3,)).parameters == 4
    table = nn.summary(nn.ReLU(), (3,))
    assert table.rows == (Row("", "ReLU", ("N", 3), 0),)
    assert isinstance(nn.ReLU()(Tensor([1.0])), Tensor)


def test_the_shape_is_one_without_the_batch():
    with pytest.raises(
        ParameterError, match=r"input_shape=\(None, 3\) must be a tuple of sizes without"
    ):
        nn.summary(nn.ReLU(), (None, 3))
