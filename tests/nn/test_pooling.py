"""Pooling layers: their reprs, defaults and refusals; what they compute is tested with the ops."""

import numpy as np
import pytest

from minigrad import Tensor, nn, ops
from minigrad.errors import ParameterError


@pytest.mark.parametrize("name", ["MaxPool2d", "AvgPool2d"])
def test_the_stride_is_the_kernel_size_unless_given(name):
    kind = getattr(nn, name)
    op = {"MaxPool2d": ops.max_pool2d, "AvgPool2d": ops.avg_pool2d}[name]
    x = np.random.default_rng(0).normal(size=(2, 3, 7, 6))
    assert repr(kind(2)) == f"{name}(kernel_size=2, stride=2, padding=0)"
    assert kind(2)(Tensor(x)).shape == (2, 3, 3, 3)
    assert kind(3, stride=1, padding=1)(Tensor(x)).shape == (2, 3, 7, 6)
    expected = op(x, kernel_size=(3, 2), stride=1, padding=1)
    np.testing.assert_array_equal(kind((3, 2), stride=1, padding=1)(Tensor(x)).data, expected)


@pytest.mark.parametrize("name", ["MaxPool2d", "AvgPool2d"])
def test_refusals_come_when_the_layer_is_made(name):
    kind = getattr(nn, name)
    with pytest.raises(ParameterError, match=f"{name}: kernel_size=0"):
        kind(0)
    with pytest.raises(
        ParameterError, match=f"{name}: padding=2 is more than half of kernel_size=3"
    ):
        kind(3, padding=2)
