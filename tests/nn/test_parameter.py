"""Parameter and Buffer are Tensors that say how they belong to a module."""

import numpy as np
import pytest

from minigrad import Tensor, nn
from minigrad.errors import DTypeError


def test_a_parameter_requires_a_gradient_unless_it_is_frozen():
    assert nn.Parameter(np.ones(2)).requires_grad
    frozen = nn.Parameter(np.ones(2), requires_grad=False)
    assert not frozen.requires_grad
    assert nn.Parameter([1.0, 2.0]).dtype == np.float32
    assert nn.Parameter(np.ones(2), dtype=np.float32).dtype == np.float32
    with pytest.raises(DTypeError, match="only Tensors of floats can require grad"):
        nn.Parameter(np.arange(3))


def test_a_buffer_does_not():
    assert not nn.Buffer(np.ones(2)).requires_grad
    assert nn.Buffer(3, dtype=np.int64).dtype == np.int64


def test_what_is_computed_from_them_is_a_tensor():
    out = nn.Parameter(np.ones(2)) * nn.Buffer(np.ones(2))
    assert type(out) is Tensor
