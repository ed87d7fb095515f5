"""Sequential: order, indexing, refusals."""

import numpy as np
import pytest

from minigrad import Tensor, nn
from minigrad.errors import IndexingError


def layers():
    rng = np.random.default_rng(0)
    return [nn.Linear(2, 3, rng=rng), nn.ReLU(), nn.Linear(3, 1, rng=rng)]


def test_each_is_applied_to_what_the_one_before_returned():
    parts = layers()
    x = Tensor(np.random.default_rng(1).normal(size=(4, 2)).astype(np.float32))
    expected = parts[2](parts[1](parts[0](x)))
    np.testing.assert_array_equal(nn.Sequential(*parts)(x).data, expected.data)
    assert nn.Sequential()(x) is x


def test_a_layer_may_occur_twice():
    double = nn.Linear(1, 1, bias=False, rng=np.random.default_rng(0))
    double.weight.data = np.array([[3.0]], np.float32)
    assert nn.Sequential(double, double)(Tensor([[2.0]])).item() == 18.0


def test_it_is_a_sequence():
    parts = layers()
    model = nn.Sequential(*parts)
    assert len(model) == 3
    assert list(model) == parts
    assert model[-1] is parts[2]
    assert list(model[1:]) == parts[1:]
    assert isinstance(model[:2], nn.Sequential)
    with pytest.raises(IndexingError, match="layer 3 of a Sequential of 3 layers"):
        model[3]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (lambda x: x, "layer 1 is a function, not a Module"),
        (nn.ReLU, r"layer 1 is the class ReLU: make a layer of it, ReLU\(\.\.\.\)"),
        ([nn.ReLU()], r"layer 1 is a list: give the layers one by one, Sequential\(\*layers\)"),
    ],
)
def test_what_is_no_layer(given, words):
    with pytest.raises(TypeError, match=words):
        nn.Sequential(nn.ReLU(), given)
