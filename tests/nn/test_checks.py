"""The checks of all layers, and their messages."""

import numpy as np
import pytest

from minigrad import Tensor, nn
from minigrad.errors import DTypeError, ParameterError
from minigrad.nn.checks import require_at_least, require_eps


def rng():
    return np.random.default_rng(0)


WITH_WEIGHTS = [
    (nn.Linear(3, 2, rng=rng()), (2, 3)),
    (nn.Conv2d(3, 2, 1, rng=rng()), (2, 3, 1, 1)),
    (nn.BatchNorm1d(3), (2, 3)),
    (nn.BatchNorm2d(3), (2, 3, 1, 1)),
    (nn.LayerNorm(3), (2, 3)),
]


@pytest.mark.parametrize(("layer", "shape"), WITH_WEIGHTS)
def test_an_input_of_another_precision(layer, shape):
    x = rng().normal(size=shape)
    with pytest.raises(
        DTypeError,
        match=r"x is float64 and the weights are float32: give x.astype\(np.float32\), "
        r"or convert the model with to\(np.float64\)",
    ):
        layer(Tensor(x))
    with pytest.raises(DTypeError, match=r"x is uint8 .* give x.astype\(np.float32\)\nin"):
        layer(Tensor(np.zeros(shape, np.uint8)))
    assert layer(Tensor(x.astype(np.float32))).dtype == np.float32


@pytest.mark.parametrize("size", [0, -1, 1.0, True, None, "3"])
def test_sizes(size):
    with pytest.raises(
        ParameterError, match=f"Layer: width={size!r} must be an integer of at least 1"
    ):
        require_at_least("Layer", 1, width=size)
    require_at_least("Layer", 1, width=np.int32(1))


@pytest.mark.parametrize("eps", [-1e-9, float("nan"), float("inf")])
def test_eps(eps):
    with pytest.raises(ParameterError, match=f"Layer: eps={eps} must be 0 or greater"):
        require_eps("Layer", eps)
    require_eps("Layer", 0.0)
