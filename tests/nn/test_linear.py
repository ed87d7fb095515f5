"""Linear: the product, and what it says of an input that does not fit."""

from functools import partial

import numpy as np
import pytest

from minigrad import Tensor, nn
from minigrad.errors import ShapeError
from minigrad.optim import SGD, Adam


def test_it_is_the_affine_map():
    layer = nn.Linear(3, 2, rng=np.random.default_rng(0), dtype=np.float64)
    layer.bias.data = np.array([1.0, -2.0])
    x = np.random.default_rng(1).normal(size=(4, 5, 3))
    expected = np.einsum("abi,oi->abo", x, layer.weight.data) + layer.bias.data
    np.testing.assert_allclose(layer(Tensor(x)).data, expected)


def test_without_bias():
    layer = nn.Linear(3, 2, bias=False, rng=np.random.default_rng(0))
    assert layer.bias is None
    assert list(layer.state_dict()) == ["weight"]
    assert repr(layer) == "Linear(in_features=3, out_features=2, bias=False)"
    assert not layer(Tensor(np.zeros((1, 3), np.float32))).data.any()


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ((4, 7), r"bias=True\): x has shape \(4, 7\), needed \(\.\.\., 784\)\nin Linear$"),
        ((), r"x has shape \(\), needed"),
        (
            (4, 1, 28, 28),
            r"\(4, 1, 28, 28\), needed \(\.\.\., 784\); images become rows with nn.Flatten\(\)",
        ),
    ],
)
def test_an_input_that_does_not_fit(shape, words):
    layer = nn.Linear(784, 10, rng=np.random.default_rng(0))
    with pytest.raises(ShapeError, match=r"Linear\(in_features=784, out_features=10, .*" + words):
        layer(Tensor(np.zeros(shape, np.float32)))


@pytest.mark.parametrize("optimizer", [partial(SGD, momentum=0.9), Adam])
def test_the_memory_order_that_blas_likes_survives_training_and_loading(optimizer):
    """Weight, gradient and moments run (in, out), or an update would go through them crosswise."""
    layer = nn.Linear(6, 4, rng=np.random.default_rng(0))
    update = optimizer(layer.parameters(), lr=0.1)
    for _ in range(2):
        layer.zero_grad()
        (layer(np.ones((3, 6), np.float32)) ** 2).sum().backward()
        update.step()
    layer.load_state_dict(layer.state_dict())
    update.load_state_dict(
        {
            "state": {
                i: {key: np.ascontiguousarray(v) if np.ndim(v) else v for key, v in moments.items()}
                for i, moments in update.state_dict()["state"].items()
            },
            "param_groups": update.state_dict()["param_groups"],
        }
    )
    moments = [v for v in update.state[layer.weight].values() if isinstance(v, np.ndarray)]
    assert moments
    for array in (layer.weight.data, layer.weight.grad.data, *moments):
        assert array.shape == (4, 6)
        assert array.flags.f_contiguous
        assert not array.flags.c_contiguous
