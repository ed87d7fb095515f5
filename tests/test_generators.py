"""A seed stands for numpy's generator of that seed wherever random numbers are drawn."""

import numpy as np
import pytest

from minigrad import nn
from minigrad.data import ArrayDataset, random_split
from minigrad.domain import RandomDraw
from minigrad.generators import require_generator
from models.cnn import CNN
from models.lenet import LeNet5
from models.mlp import MLP


def test_a_generator_is_returned_and_a_seed_makes_one():
    rng = np.random.default_rng(0)
    assert require_generator("f", rng) is rng
    for seed in (0, 7, np.int64(7), 2**70):
        state = require_generator("f", seed).bit_generator.state
        assert state == np.random.default_rng(seed).bit_generator.state


@pytest.mark.parametrize("rng", [None, -1, 0.5, True, "0", np.random.RandomState(0), np.random])
def test_anything_else_is_refused_with_a_remedy(rng):
    with pytest.raises(TypeError) as caught:
        require_generator("Linear", rng)
    assert str(caught.value) == (
        f"Linear draws random numbers and was given rng={rng!r}: "
        "pass a seed, rng=0, or a generator, rng=np.random.default_rng(0)"
    )


@pytest.mark.parametrize(
    "make",
    [
        lambda rng: nn.Linear(4, 3, rng=rng),
        lambda rng: nn.Conv2d(2, 3, 3, rng=rng),
        lambda rng: LeNet5(batch_norm=True, dropout=0.5, rng=rng),
        lambda rng: CNN(rng=rng),
        lambda rng: MLP((4, 5, 5, 3), rng=rng),
    ],
)
def test_layers_and_models_are_those_of_the_generator(make):
    mine, theirs = make(3).state_dict(), make(np.random.default_rng(3)).state_dict()
    assert mine.keys() == theirs.keys()
    assert all(np.array_equal(mine[name], theirs[name]) for name in mine)


def test_the_layers_of_a_model_differ():
    """Each gets the model's one generator, and not the seed."""
    model = MLP((5, 5, 5, 5), rng=0)
    first, second, _ = (x.data for x in model.parameters() if x.ndim == 2)
    assert not np.array_equal(first, second)


@pytest.mark.parametrize(
    "init",
    [
        nn.init.normal,
        nn.init.uniform,
        nn.init.xavier_normal,
        nn.init.xavier_uniform,
        nn.init.kaiming_normal,
        nn.init.kaiming_uniform,
    ],
)
def test_initialisers(init):
    assert np.array_equal(init((3, 4), 5), init((3, 4), np.random.default_rng(5)))


def test_dropout_a_split_and_the_draws_of_cases():
    masks = [nn.Dropout(0.5, rng=r)(np.ones(99)) for r in (1, np.random.default_rng(1))]
    assert np.array_equal(masks[0], masks[1])
    data = ArrayDataset(np.zeros((9, 1)), np.arange(9))
    splits = [random_split(data, (0.5, 0.5), r) for r in (2, np.random.default_rng(2))]
    for mine, theirs in zip(*splits, strict=True):
        assert np.array_equal(mine.targets, theirs.targets)
    arrays = [RandomDraw(r).array((5,)) for r in (4, np.random.default_rng(4))]
    assert np.array_equal(arrays[0], arrays[1])
