"""Activation layers are the ops, with their options."""

import numpy as np
import pytest

from minigrad import Tensor, nn, ops


@pytest.mark.parametrize(
    ("layer", "op", "options", "shown"),
    [
        (nn.ReLU(), ops.relu, {}, "ReLU()"),
        (
            nn.LeakyReLU(),
            ops.leaky_relu,
            {"negative_slope": 0.01},
            "LeakyReLU(negative_slope=0.01)",
        ),
        (
            nn.LeakyReLU(0.3),
            ops.leaky_relu,
            {"negative_slope": 0.3},
            "LeakyReLU(negative_slope=0.3)",
        ),
        (nn.Tanh(), ops.tanh, {}, "Tanh()"),
        (nn.Sigmoid(), ops.sigmoid, {}, "Sigmoid()"),
        (nn.GELU(), ops.gelu, {}, "GELU()"),
        (nn.Softmax(), ops.softmax, {"axis": -1}, "Softmax(axis=-1)"),
        (nn.Softmax(0), ops.softmax, {"axis": 0}, "Softmax(axis=0)"),
    ],
)
def test_it_is_the_op(layer, op, options, shown):
    x = np.random.default_rng(0).normal(size=(3, 4))
    np.testing.assert_array_equal(layer(Tensor(x)).data, op(x, **options))
    assert repr(layer) == shown
    assert list(layer.parameters()) == []
