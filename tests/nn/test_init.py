"""Initialisers: the distributions of the papers, their fans, and refusals."""

import math
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minigrad import nn
from minigrad.errors import ParameterError, ShapeError
from minigrad.nn import init

shapes = st.sampled_from([(300, 200), (40, 30, 5, 7), (80, 50, 11)])


def fans(shape):
    window = 1
    for k in shape[2:]:
        window *= k
    return shape[1] * window, shape[0] * window


def check_uniform(w, bound):
    n = w.size
    assert np.abs(w).max() <= bound * (1 + 1e-6)
    assert np.abs(w).max() >= bound * (1 - 20 / n)
    assert abs(w.mean()) < 5 * bound / math.sqrt(3 * n)
    assert abs(w.var() / (bound**2 / 3) - 1) < 5 * math.sqrt(0.8 / n)


def check_normal(w, std):
    n = w.size
    assert abs(w.mean()) < 5 * std / math.sqrt(n)
    assert abs(w.var() / std**2 - 1) < 5 * math.sqrt(2 / n)
    kurtosis = ((w - w.mean()) ** 4).mean() / w.var() ** 2
    assert abs(kurtosis - 3) < 5 * math.sqrt(24 / n)


@settings(deadline=None, max_examples=10)
@given(shapes, st.integers(0, 2**32 - 1), st.floats(0.1, 3.0), st.floats(0.0, 3.0))
def test_variances_are_those_of_the_papers(shape, seed, gain, a):
    rng = np.random.default_rng(seed)
    fan_in, fan_out = fans(shape)
    check_uniform(
        init.xavier_uniform(shape, rng, gain=gain), gain * math.sqrt(6 / (fan_in + fan_out))
    )
    check_normal(
        init.xavier_normal(shape, rng, gain=gain), gain * math.sqrt(2 / (fan_in + fan_out))
    )
    check_uniform(init.kaiming_uniform(shape, rng, a=a), math.sqrt(6 / (1 + a**2) / fan_in))
    check_normal(init.kaiming_normal(shape, rng, a=a), math.sqrt(2 / (1 + a**2) / fan_in))
    check_normal(init.kaiming_normal(shape, rng, mode="fan_out"), math.sqrt(2 / fan_out))
    check_normal(init.normal(shape, rng, mean=0.0, std=0.3), 0.3)
    check_uniform(init.uniform(shape, rng, low=-2.0, high=2.0), 2.0)


def test_glorot_of_the_report_has_variance_two_over_the_sum():
    w = init.xavier_uniform((784, 784), np.random.default_rng(0))
    assert np.abs(w).max() <= math.sqrt(6 / (784 + 784))
    assert w.var() == pytest.approx(2 / (784 + 784), rel=0.01)


def test_pytorch_s_default_is_named_rightly():
    w = init.kaiming_uniform((10, 25), np.random.default_rng(0), a=math.sqrt(5))
    assert np.abs(w).max() <= 1 / 5


def test_simple_ones():
    rng = np.random.default_rng(0)
    assert not init.zeros((2, 3), rng).any()
    assert init.zeros((2,)).shape == (2,)
    w = init.normal((10_000,), rng, mean=5.0, std=0.1)
    assert w.mean() == pytest.approx(5, abs=0.01)
    w = init.uniform((10_000,), rng)
    assert w.min() >= 0
    assert w.max() <= 1


DRAWN = [
    init.zeros, init.normal, init.uniform, init.xavier_uniform,
    init.xavier_normal, init.kaiming_uniform, init.kaiming_normal,
]  # fmt: skip


@pytest.mark.parametrize("initialiser", DRAWN)
def test_dtype_shape_and_reproducibility(initialiser):
    a = initialiser((3, 4), np.random.default_rng(5))
    b = initialiser((3, 4), np.random.default_rng(5), dtype=np.float64)
    assert (a.dtype, b.dtype) == (np.float32, np.float64)
    assert a.shape == (3, 4)
    np.testing.assert_array_equal(a, b.astype(np.float32))


@pytest.mark.parametrize("initialiser", DRAWN)
def test_every_one_is_one_keyword_away(initialiser):
    for layer in (
        nn.Linear(4, 3, rng=np.random.default_rng(1), init=initialiser),
        nn.Conv2d(4, 3, 1, rng=np.random.default_rng(1), init=initialiser),
    ):
        expected = initialiser(layer.weight.shape, np.random.default_rng(1))
        np.testing.assert_array_equal(layer.weight.data, expected)
        assert not layer.bias.data.any()


def test_he_s_normal_is_the_default():
    for layer in (
        nn.Linear(4, 3, rng=np.random.default_rng(1)),
        nn.Conv2d(4, 3, (2, 1), rng=np.random.default_rng(1)),
    ):
        expected = init.kaiming_normal(layer.weight.shape, np.random.default_rng(1))
        np.testing.assert_array_equal(layer.weight.data, expected)
        assert not layer.bias.data.any()


def test_options_are_fixed_with_partial():
    layer = nn.Linear(200, 300, rng=np.random.default_rng(0), init=partial(init.normal, std=1e-3))
    check_normal(layer.weight.data, 1e-3)


def test_layers_of_both_precisions_start_from_the_same_weights():
    a, b = (
        nn.Linear(4, 3, rng=np.random.default_rng(1), dtype=dtype)
        for dtype in (np.float32, np.float64)
    )
    np.testing.assert_array_equal(a.weight.data, b.weight.data)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda r: init.normal((2,), r, std=-1), ParameterError, "std=-1 must not be negative"),
        (
            lambda r: init.uniform((2,), r, low=1, high=0),
            ParameterError,
            "low=1 is greater than high=0",
        ),
        (
            lambda r: init.xavier_normal((3,), r),
            ShapeError,
            r"fans of shape \(3,\) are not defined",
        ),
        (lambda r: init.kaiming_normal((3, 0), r), ShapeError, r"\(3, 0\) .*none of them 0"),
        (
            lambda r: init.kaiming_normal((3, 2), r, mode="fan"),
            ParameterError,
            "needed: 'fan_in' or 'fan_out'",
        ),
        (
            lambda r: nn.Linear(2, 3, rng=r, init=lambda shape, rng: np.ones(3)),
            ShapeError,
            r"Linear: init returned shape \(3,\); needed: \(3, 2\)",
        ),
        (
            lambda r: nn.Linear(2, 3),
            TypeError,
            r"Linear draws .* rng=None: pass .*default_rng\(0\)",
        ),
        (lambda r: nn.Linear(2, 3, rng=-1), TypeError, "rng=-1: pass a seed"),
        (lambda r: nn.Conv2d(2, 3, 1), TypeError, "Conv2d draws random numbers"),
        (lambda r: nn.Dropout(0.5), TypeError, "Dropout draws random numbers"),
        (
            lambda r: nn.Linear(0, 3, rng=r),
            ParameterError,
            "Linear: in_features=0 must be an integer of at least 1",
        ),
        (lambda r: nn.Linear(2, 3.5, rng=r), ParameterError, "out_features=3.5 must be an integer"),
        (lambda r: nn.Linear(2, True, rng=r), ParameterError, "out_features=True must be"),
    ],
)
def test_refusals(call, error, words):
    with pytest.raises(error, match=words):
        call(np.random.default_rng(0))
