"""Losses as modules are the ops, with their reduction."""

import numpy as np
import pytest

from minigrad import Tensor, nn, ops
from minigrad.errors import ParameterError


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_they_are_the_ops(reduction):
    rng = np.random.default_rng(0)
    x, labels, target = rng.normal(size=(4, 3)), rng.integers(0, 3, 4), rng.normal(size=(4, 3))
    np.testing.assert_array_equal(
        nn.CrossEntropyLoss(reduction)(Tensor(x), labels).data,
        ops.cross_entropy(x, labels, reduction=reduction),
    )
    np.testing.assert_array_equal(
        nn.MSELoss(reduction=reduction)(Tensor(x), target).data,
        ops.mse_loss(x, target, reduction=reduction),
    )


@pytest.mark.parametrize("kind", [nn.CrossEntropyLoss, nn.MSELoss])
def test_a_reduction_that_is_none(kind):
    with pytest.raises(
        ParameterError, match=f"{kind.__name__}: reduction='average'; needed: 'mean'"
    ):
        kind("average")
