"""Dropout: how much it drops, what it keeps, and that it can be continued."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minigrad import Tensor, nn
from minigrad.errors import ParameterError


@settings(deadline=None, max_examples=20)
@given(st.floats(0.05, 0.9), st.integers(0, 2**32 - 1))
def test_in_training_each_element_is_dropped_or_scaled(p, seed):
    x = np.random.default_rng(seed).normal(size=20_000) + 5
    layer = nn.Dropout(p, rng=np.random.default_rng(seed))
    out = layer(Tensor(x)).data
    dropped = out == 0
    np.testing.assert_allclose(out[~dropped], x[~dropped] / (1 - p), rtol=1e-12)
    assert abs(dropped.mean() - p) < 5 * math.sqrt(p * (1 - p) / x.size)
    assert not np.array_equal(dropped, layer(Tensor(x)).data == 0)  # another mask each time


def test_in_evaluation_and_with_p_0_it_is_the_identity():
    x = Tensor(np.ones(5))
    assert nn.Dropout(0.5, rng=np.random.default_rng(0)).eval()(x) is x
    assert nn.Dropout(0.0, rng=np.random.default_rng(0))(x) is x


def test_gradients_pass_where_the_values_did():
    x = Tensor(np.random.default_rng(0).normal(size=200), requires_grad=True)
    out = nn.Dropout(0.3, rng=np.random.default_rng(1))(x)
    g = np.random.default_rng(2).normal(size=200)
    out.backward(g)
    np.testing.assert_allclose(x.grad.data, g * out.data / x.data, rtol=1e-12)


def test_its_generator_is_its_own_and_can_be_saved():
    rng = np.random.default_rng(3)
    layer = nn.Dropout(0.5, rng=rng)
    rng.random(100)  # whatever else draws from it
    x = Tensor(np.ones(50))
    twin = nn.Dropout(0.5, rng=np.random.default_rng(3))
    np.testing.assert_array_equal(layer(x).data, twin(x).data)

    ((name, own),) = nn.Sequential(layer).named_rngs()
    assert name == "0.rng"
    state = own.bit_generator.state
    first = layer(x).data
    assert not np.array_equal(first, layer(x).data)
    own.bit_generator.state = state
    np.testing.assert_array_equal(layer(x).data, first)


def test_two_layers_of_one_generator_drop_independently():
    rng = np.random.default_rng(0)
    a, b = nn.Dropout(0.5, rng=rng), nn.Dropout(0.5, rng=rng)
    x = Tensor(np.ones(100))
    assert not np.array_equal(a(x).data, b(x).data)


@pytest.mark.parametrize("p", [-0.1, 1.0, 1.5, float("nan")])
def test_a_probability_that_makes_no_sense(p):
    with pytest.raises(ParameterError, match=r"Dropout: p=.* must be in \[0, 1\)"):
        nn.Dropout(p, rng=np.random.default_rng(0))
