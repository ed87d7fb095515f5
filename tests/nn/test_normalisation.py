"""Batch norm's running statistics, its two modes, and refusals; layer norm's shapes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minigrad import Tensor, nn
from minigrad.errors import ParameterError, ShapeError

shapes = st.tuples(st.integers(2, 5), st.integers(1, 3)) | st.tuples(
    st.integers(1, 3), st.integers(1, 3), st.integers(2, 3), st.integers(1, 3)
)


def layer_for(shape, **options):
    kind = nn.BatchNorm2d if len(shape) == 4 else nn.BatchNorm1d
    return kind(shape[1], dtype=np.float64, **options)


def per_channel(x):
    return [x[:, c].ravel() for c in range(x.shape[1])]


@settings(deadline=None, max_examples=30)
@given(shapes, st.integers(0, 2**32 - 1), st.floats(0, 1), st.integers(1, 4))
def test_running_statistics_follow_the_batches(shape, seed, momentum, batches):
    rng = np.random.default_rng(seed)
    layer = layer_for(shape, momentum=momentum)
    mean, var = np.zeros(shape[1]), np.ones(shape[1])
    for _ in range(batches):
        x = rng.normal(3, 2, size=shape)
        layer(Tensor(x))
        for c, values in enumerate(per_channel(x)):
            mean[c] = (1 - momentum) * mean[c] + momentum * sum(values) / len(values)
            unbiased = sum((values - sum(values) / len(values)) ** 2) / (len(values) - 1)
            var[c] = (1 - momentum) * var[c] + momentum * unbiased
    np.testing.assert_allclose(layer.running_mean.data, mean, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(layer.running_var.data, var, rtol=1e-10)
    assert layer.num_batches_tracked.item() == batches


@settings(deadline=None, max_examples=20)
@given(shapes, st.integers(0, 2**32 - 1), st.integers(1, 4))
def test_without_momentum_they_are_averages(shape, seed, batches):
    rng = np.random.default_rng(seed)
    layer = layer_for(shape, momentum=None)
    data = [rng.normal(size=shape) for _ in range(batches)]
    for x in data:
        layer(Tensor(x))
    means = np.mean([[v.mean() for v in per_channel(x)] for x in data], axis=0)
    variances = np.mean([[v.var(ddof=1) for v in per_channel(x)] for x in data], axis=0)
    np.testing.assert_allclose(layer.running_mean.data, means, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(layer.running_var.data, variances, rtol=1e-10)


@settings(deadline=None, max_examples=20)
@given(shapes, st.integers(0, 2**32 - 1))
def test_in_training_the_batch_is_standardised(shape, seed):
    x = np.random.default_rng(seed).normal(3, 2, size=shape)
    layer = layer_for(shape, eps=0.0)
    layer.weight.data = np.full(shape[1], 2.0)
    layer.bias.data = np.full(shape[1], -1.0)
    for values in per_channel(layer(Tensor(x)).data):
        assert values.mean() == pytest.approx(-1, abs=1e-9)
        assert values.std() == pytest.approx(2, rel=1e-9)


@settings(deadline=None, max_examples=20)
@given(shapes, st.integers(0, 2**32 - 1))
def test_in_evaluation_an_example_does_not_depend_on_its_batch_nor_change_anything(shape, seed):
    rng = np.random.default_rng(seed)
    layer = layer_for(shape, eps=0.01)
    layer.running_mean.data = mean = rng.normal(size=shape[1])
    layer.running_var.data = var = rng.uniform(0.5, 2, size=shape[1])
    layer.eval()
    before = layer.state_dict()
    x = rng.normal(size=shape)
    out = layer(Tensor(x)).data
    np.testing.assert_allclose(layer(Tensor(x[:1])).data, out[:1], rtol=1e-12)
    for c in range(shape[1]):
        expected = (x[:, c] - mean[c]) / np.sqrt(var[c] + 0.01)
        np.testing.assert_allclose(out[:, c], expected, rtol=1e-9, atol=1e-12)
    for name, value in layer.state_dict().items():
        np.testing.assert_array_equal(value, before[name])


def test_running_statistics_are_rebound_and_keep_their_dtype():
    layer = nn.BatchNorm1d(2)
    held = layer.running_mean.data
    layer(Tensor(np.random.default_rng(0).normal(size=(3, 2)).astype(np.float32)))
    assert not held.any()
    assert layer.running_mean.dtype == layer.running_var.dtype == np.float32


@pytest.mark.parametrize(
    ("layer", "shape", "words"),
    [
        (
            nn.BatchNorm1d(3),
            (2, 4),
            r"BatchNorm1d\(3, .*has shape \(2, 4\), needed \(N, 3\) or \(N, 3, L\)",
        ),
        (nn.BatchNorm1d(3), (2, 3, 4, 4), r"needed \(N, 3\) or \(N, 3, L\)"),
        (nn.BatchNorm2d(3), (2, 3), r"BatchNorm2d\(.*needed \(N, 3, H, W\)"),
        (
            nn.BatchNorm1d(3),
            (1, 3),
            r"1 values per channel; training needs at least 2: .*eval\(\)",
        ),
        (nn.BatchNorm1d(3), (0, 3), "0 values per channel"),
        (nn.LayerNorm((3, 2)), (5, 2, 3), r"LayerNorm\(\(3, 2\), .*needed \(\.\.\., 3, 2\)"),
        (nn.LayerNorm(4), (), r"x has shape \(\), needed \(\.\.\., 4\)"),
    ],
)
def test_an_input_that_does_not_fit(layer, shape, words):
    before = layer.state_dict()
    with pytest.raises(ShapeError, match=words):
        layer(Tensor(np.zeros(shape, np.float32)))
    for name, value in layer.state_dict().items():
        np.testing.assert_array_equal(value, before[name])


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: nn.BatchNorm1d(0), "BatchNorm1d: num_features=0 must be an integer"),
        (lambda: nn.BatchNorm2d(3, eps=-1), "BatchNorm2d: eps=-1 must be 0 or greater"),
        (lambda: nn.BatchNorm2d(3, momentum=1.5), r"momentum=1.5 must be in \[0, 1\], or None"),
        (lambda: nn.LayerNorm((3, 0)), "LayerNorm: normalized_shape=0"),
        (lambda: nn.LayerNorm(3, eps=float("nan")), "LayerNorm: eps=nan"),
    ],
)
def test_refusals(make, words):
    with pytest.raises(ParameterError, match=words):
        make()


def test_the_abstract_one_cannot_be_made():
    with pytest.raises(TypeError, match="abstract"):
        nn.normalisation.BatchNorm(3)
