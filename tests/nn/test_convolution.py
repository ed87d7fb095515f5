"""Conv2d: its repr, and what it says of an input that does not fit."""

import numpy as np
import pytest

from minigrad import Tensor, nn, ops
from minigrad.errors import ParameterError, ShapeError


def rng():
    return np.random.default_rng(0)


def test_it_is_the_op_with_its_own_parameters():
    layer = nn.Conv2d(2, 3, (2, 3), stride=2, padding=(1, 0), dilation=2, rng=rng())
    x = rng().normal(size=(2, 2, 7, 8)).astype(np.float32)
    layer.bias.data = np.arange(3, dtype=np.float32)
    expected = ops.conv2d(
        x, layer.weight.data, layer.bias.data, stride=2, padding=(1, 0), dilation=2
    )
    np.testing.assert_array_equal(layer(Tensor(x)).data, expected)


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ({}, "Conv2d(1, 6, kernel_size=(5, 5), stride=(1, 1))"),
        ({"padding": 2}, "Conv2d(1, 6, kernel_size=(5, 5), stride=(1, 1), padding=(2, 2))"),
        (
            {"stride": (2, 1), "dilation": 3, "bias": False},
            "Conv2d(1, 6, kernel_size=(5, 5), stride=(2, 1), dilation=(3, 3), bias=False)",
        ),
    ],
)
def test_repr_is_pytorch_s(options, shown):
    assert repr(nn.Conv2d(1, 6, 5, rng=rng(), **options)) == shown


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        (
            (2, 3, 5, 5),
            r"Conv2d\(1, 6, .*\): x has shape \(2, 3, 5, 5\), needed \(N, 1, H, W\)\nin Conv2d$",
        ),
        (
            (2, 28, 28),
            r"needed \(N, 1, H, W\); for grey images give x\[:, None\]",
        ),
        ((2, 1, 4, 4), "a window of 5 x 5 does not fit"),
    ],
)
def test_an_input_that_does_not_fit(shape, words):
    with pytest.raises(ShapeError, match=words):
        nn.Conv2d(1, 6, 5, rng=rng())(Tensor(np.zeros(shape, np.float32)))


def test_options_that_make_no_sense():
    with pytest.raises(
        ParameterError, match="Conv2d: kernel_size=0 must be an integer of at least 1"
    ):
        nn.Conv2d(1, 6, 0, rng=rng())
    with pytest.raises(ParameterError, match="Conv2d: padding=-1"):
        nn.Conv2d(1, 6, 3, padding=-1, rng=rng())
    with pytest.raises(ParameterError, match="Conv2d: in_channels=0"):
        nn.Conv2d(0, 6, 3, rng=rng())
