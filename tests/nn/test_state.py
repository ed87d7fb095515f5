"""Loading a state: all that does not fit is said at once, and nothing changes."""

import numpy as np
import pytest

from minigrad import Tensor, nn
from minigrad.errors import StateError


def model(seed=0, dtype=np.float32):
    rng = np.random.default_rng(seed)
    return nn.Sequential(nn.Linear(2, 3, rng=rng, dtype=dtype), nn.BatchNorm1d(3, dtype=dtype))


def test_names_shapes_and_dtypes_are_pytorch_s():
    state = model().state_dict()
    assert {name: (value.shape, value.dtype.name) for name, value in state.items()} == {
        "0.weight": ((3, 2), "float32"),
        "0.bias": ((3,), "float32"),
        "1.weight": ((3,), "float32"),
        "1.bias": ((3,), "float32"),
        "1.running_mean": ((3,), "float32"),
        "1.running_var": ((3,), "float32"),
        "1.num_batches_tracked": ((), "int64"),
    }


def test_the_state_is_a_copy_and_so_is_what_is_loaded():
    net, other = model(0), model(1)
    state = net.state_dict()
    other.load_state_dict(state)
    state["0.weight"][:] = 7
    assert not (net[0].weight.data == 7).any()
    assert not (other[0].weight.data == 7).any()
    np.testing.assert_array_equal(net[0].weight.data, other[0].weight.data)


def test_everything_that_does_not_fit_is_listed_and_nothing_changes():
    net = model()
    before = net.state_dict()
    state = model(1).state_dict()
    state["0.weight"] = state["0.weight"].T
    state["1.bias"] = state["1.bias"].astype(np.float64)
    del state["0.bias"], state["1.running_var"]
    state["2.weight"] = np.ones(2)
    with pytest.raises(StateError) as caught:
        net.load_state_dict(state)
    assert str(caught.value).splitlines() == [
        "this state does not fit Sequential",
        "  0.weight: the state has shape (2, 3), the module (3, 2)",
        "  1.bias: float64 does not fit into float32 without loss; convert the state, or the module "
        "with to('float64')",
        "  missing: 0.bias, 1.running_var",
        "  unexpected: 2.weight",
    ]
    for name, value in net.state_dict().items():
        np.testing.assert_array_equal(value, before[name])


def test_narrow_values_are_widened_and_tensors_are_taken():
    wide = model(dtype=np.float64)
    state = {name: Tensor(value) for name, value in model(1).state_dict().items()}
    wide.load_state_dict(state)
    assert wide[0].weight.dtype == np.float64
    np.testing.assert_array_equal(wide[0].weight.data, state["0.weight"].data)


def test_a_loaded_model_goes_on_training():
    net = model()
    net.load_state_dict(model(1).state_dict())
    assert net[0].weight.requires_grad
    net(Tensor(np.random.default_rng(0).normal(size=(4, 2)).astype(np.float32))).sum().backward()
    assert net[0].weight.grad is not None
