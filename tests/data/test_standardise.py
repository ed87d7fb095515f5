"""Standardise: the training set's own statistics, applied to whatever comes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minigrad.data import Standardise
from minigrad.errors import ParameterError, ShapeError


@given(
    shape=st.sampled_from([(7, 3), (1, 2), (2500, 2), (40, 3, 5, 4), (1200, 1, 3, 2)]),
    per=st.sampled_from(["channel", "feature"]),
    offset=st.sampled_from([0.0, 1e3]),
    seed=st.integers(0, 2**32 - 1),
)
@settings(deadline=None)
def test_the_statistics_are_those_of_the_inputs(shape, per, offset, seed):
    x = np.random.default_rng(seed).normal(offset, 3, shape).astype(np.float32)
    standardise = Standardise.fit(x, per=per)
    axes = (0,) if per == "feature" else (0, 2, 3)[: x.ndim - 1]
    wide = x.astype(np.float64)
    mean = np.squeeze(wide.mean(axis=axes, keepdims=True), 0)
    std = np.squeeze(wide.std(axis=axes, keepdims=True), 0)
    std[std == 0] = 1
    assert standardise.mean.dtype == standardise.std.dtype == np.float32
    np.testing.assert_array_equal(standardise.mean, mean.astype(np.float32))
    np.testing.assert_allclose(standardise.std, std, rtol=1e-6)
    out = standardise(x)
    assert out.dtype == np.float32
    np.testing.assert_allclose(out, (wide - mean) / std, rtol=0, atol=1e-4 * max(1, offset / 100))


def test_a_constant_pixel_stays_finite_and_bytes_become_floats():
    x = np.array([[[[7]]], [[[7]]]], np.uint8)
    standardise = Standardise.fit(x)
    assert standardise.std.tolist() == [[[1]]]
    assert standardise(x).tolist() == [[[[0]]], [[[0]]]]
    assert standardise(x).dtype == np.float32


def test_the_inputs_are_left_alone_and_the_test_set_is_not_measured():
    train, test = np.array([[1.0], [3.0]]), np.array([[5.0]])
    standardise = Standardise.fit(train)
    assert standardise(test).tolist() == [[3.0]]
    assert test.tolist() == [[5.0]]


def test_the_state_carries_everything():
    x = np.random.default_rng(0).normal(2, 3, (50, 3, 4, 4)).astype(np.float32)
    fitted = Standardise.fit(x)
    restored = Standardise(**fitted.state_dict())
    np.testing.assert_array_equal(restored(x), fitted(x))
    assert repr(restored) == "Standardise(mean (3, 1, 1), std (3, 1, 1), float32)"


def test_messages():
    with pytest.raises(ParameterError, match="per='image', needed"):
        Standardise.fit(np.zeros((2, 2)), per="image")
    for shape in ((5,), (0, 3)):
        with pytest.raises(ShapeError, match=r"needed: \(n, channels, ...\), n > 0"):
            Standardise.fit(np.zeros(shape))
