"""Flatten: shapes, order, refusals."""

import numpy as np
import pytest

from minigrad import Tensor, nn
from minigrad.errors import ShapeError


@pytest.mark.parametrize(
    ("start_dim", "shape", "expected"),
    [
        (1, (2, 3, 4, 5), (2, 60)),
        (0, (2, 3), (6,)),
        (2, (2, 3, 4, 5), (2, 3, 20)),
        (-1, (2, 3), (2, 3)),
        (1, (0, 3, 4), (0, 12)),
    ],
)
def test_shapes(start_dim, shape, expected):
    x = np.arange(np.prod(shape), dtype=np.float64).reshape(shape)
    out = nn.Flatten(start_dim)(Tensor(x))
    np.testing.assert_array_equal(out.data, x.reshape(expected))
    assert repr(nn.Flatten(start_dim)) == f"Flatten(start_dim={start_dim})"


def test_an_input_without_that_axis():
    with pytest.raises(
        ShapeError, match=r"Flatten\(start_dim=1\): x has shape \(3,\), and no axis 1"
    ):
        nn.Flatten()(Tensor(np.zeros(3)))
