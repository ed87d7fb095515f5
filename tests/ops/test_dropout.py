"""Dropout: the mask decides for the values and for their gradients."""

import numpy as np
import pytest

from minigrad import Tensor, dropout, grad
from minigrad.errors import GradientError, ShapeError


def test_values_and_gradients_pass_where_the_mask_lets_them():
    x = Tensor(np.array([[1.0, 2.0], [3.0, 4.0]]), requires_grad=True)
    mask = np.array([[2.0, 0.0], [0.0, 2.0]])
    out = dropout(x, mask)
    assert out.data.tolist() == [[2.0, 0.0], [0.0, 8.0]]
    assert grad(out, x, np.array([[5.0, 6.0], [7.0, 8.0]]))[0].data.tolist() == [[10, 0], [0, 16]]


def test_a_mask_of_whole_channels():
    out = dropout(np.ones((2, 2, 2, 2)), np.array([[1.0, 0.0], [0.0, 2.0]]).reshape(2, 2, 1, 1))
    assert out.sum(axis=(2, 3)).tolist() == [[4.0, 0.0], [0.0, 8.0]]


def test_a_mask_that_asks_for_a_gradient_is_told_that_there_is_none():
    x, mask = Tensor(np.ones(2), requires_grad=True), Tensor(np.ones(2), requires_grad=True)
    with pytest.raises(GradientError, match="no gradient rule for its input mask"):
        dropout(x, mask).backward(np.ones(2))


def test_a_mask_never_makes_x_larger():
    with pytest.raises(ShapeError, match=r"x: \(1, 3\)   mask: \(4, 3\)"):
        dropout(np.ones((1, 3)), np.ones((4, 3)))
