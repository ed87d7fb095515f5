"""Normalisation against sums in exact arithmetic, and the invariances that define it."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigrad import Tensor, batch_norm, grad, layer_norm
from minigrad.errors import ShapeError
from minigrad.ops.normalisation import batch_norm_by, batch_statistics


def normalised(values, gamma, beta, eps):
    """One channel, or one example: plain floats, exactly summed."""
    mean = math.fsum(values) / len(values)
    var = math.fsum((v - mean) ** 2 for v in values) / len(values)
    return [gamma * (v - mean) / math.sqrt(var + eps) + beta for v in values]


@st.composite
def batches(draw):
    """(N, C), (N, C, L) or (N, C, H, W), with gamma, beta and an upstream gradient."""
    space = [draw(st.integers(1, 3)) for _ in range(draw(st.integers(0, 2)))]
    n, c = draw(st.integers(2, 4)), draw(st.integers(1, 3))
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    x = rng.standard_normal((n, c, *space)) * draw(st.sampled_from((1e-2, 1.0, 1e3)))
    return x, rng.standard_normal(c), rng.standard_normal(c), rng.standard_normal(x.shape)


def channels(x):
    return np.moveaxis(x, 1, 0).reshape(x.shape[1], -1)


@given(batches(), st.sampled_from((0.0, 1e-5, 0.5)))
def test_batch_norm_is_the_formula_channel_by_channel(case, eps):
    x, gamma, beta, _ = case
    out = channels(batch_norm(x, gamma, beta, eps=eps))
    for got, values, g, b in zip(out, channels(x), gamma, beta):
        np.testing.assert_allclose(got, normalised(values, g, b, eps), rtol=1e-9, atol=1e-9)


@given(batches())
def test_the_gradient_knows_what_the_mean_and_the_variance_undo(case):
    """Shifting or stretching a channel changes nothing, so the gradient is orthogonal to both."""
    x, gamma, beta, g = case
    leaf = Tensor(x, requires_grad=True)
    (gx,) = grad(batch_norm(leaf, gamma, beta, eps=0.0), leaf, g)
    per_channel, values = channels(gx.data), channels(x)
    scale = 1e-9 * (1 + np.abs(per_channel).max() * np.abs(values).max() * values.shape[1])
    assert (np.abs(per_channel.sum(axis=1)) < scale).all()
    assert (np.abs((per_channel * values).sum(axis=1)) < scale).all()


@given(batches())
def test_gamma_and_beta_collect_their_gradients(case):
    x, gamma, beta, g = case
    leaves = [Tensor(a, requires_grad=True) for a in (gamma, beta)]
    g_gamma, g_beta = grad(batch_norm(x, *leaves), leaves, g)
    standard = batch_norm(x, np.ones_like(gamma), np.zeros_like(beta))
    np.testing.assert_allclose(g_gamma.data, channels(g * standard).sum(axis=1), rtol=1e-9)
    np.testing.assert_allclose(g_beta.data, channels(g).sum(axis=1), rtol=1e-9, atol=1e-12)


@given(batches())
def test_statistics_that_are_handed_on_change_nothing(case):
    x, gamma, beta, g = case
    results = []
    for statistics in (None, batch_statistics(x)):
        leaves = [Tensor(a, requires_grad=True) for a in (x, gamma, beta)]
        out = batch_norm(*leaves, statistics=statistics)
        results.append([out.data, *(h.data for h in grad(out, leaves, g))])
    for a, b in zip(*results):
        assert (a == b).all()


@given(batches())
def test_batch_statistics_are_mean_and_biased_variance(case):
    x = case[0]
    mean, var, _ = batch_statistics(Tensor(x, requires_grad=True))
    for m, v, values in zip(mean, var, channels(x)):
        exact = math.fsum(values) / len(values)
        spread = math.fsum((u - exact) ** 2 for u in values) / len(values)
        assert m == pytest.approx(exact, rel=1e-12, abs=1e-12 * np.abs(values).max())
        assert v == pytest.approx(spread, rel=1e-9)


@given(batches())
def test_given_statistics_give_the_same_map(case):
    x, gamma, beta, _ = case
    mean, var, _ = batch_statistics(x)
    by_given = batch_norm_by(mean, var, x, gamma, beta, eps=1e-3)
    np.testing.assert_allclose(by_given, batch_norm(x, gamma, beta, eps=1e-3), rtol=1e-7, atol=1e-7)


def test_evaluation_has_gradients_for_all_but_the_statistics():
    mean, var = np.array([1.0, -1.0]), np.array([4.0, 0.25])
    x = Tensor(np.array([[3.0, 0.0], [1.0, -1.5]]), requires_grad=True)
    gamma, beta = Tensor(np.array([2.0, 3.0]), True), Tensor(np.array([0.5, 0.25]), True)
    out = batch_norm_by(mean, var, x, gamma, beta, eps=0.0)
    assert out.data.tolist() == [[2.5, 6.25], [0.5, -2.75]]
    gx, g_gamma, g_beta = grad(out, (x, gamma, beta), np.array([[1.0, 2.0], [3.0, 4.0]]))
    assert gx.data.tolist() == [[1.0, 12.0], [3.0, 24.0]]
    assert g_gamma.data.tolist() == [1.0, 0.0]
    assert g_beta.data.tolist() == [4.0, 6.0]


@pytest.mark.parametrize("shape", [(64, 3), (16, 3, 8, 8)])
def test_a_large_mean_costs_little_precision(shape):
    """float32 against float64 for values around 1000: the deviations are squared, not the values."""
    x = np.random.default_rng(0).standard_normal(shape) + 1000
    x = x.astype(np.float32)
    gamma, beta = np.ones(3), np.zeros(3)
    exact = batch_norm(x.astype(np.float64), gamma, beta)
    got = batch_norm(x, gamma.astype(np.float32), beta.astype(np.float32))
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, exact, atol=1e-3)


def test_the_order_of_memory_is_nobodys_business():
    rng = np.random.default_rng(0)
    x, g = rng.standard_normal((2, 4, 3, 5, 6))
    gamma, beta = rng.standard_normal((2, 3))
    results = []
    for layout in (np.ascontiguousarray, np.asfortranarray):
        leaf = Tensor(layout(x), requires_grad=True)
        out = batch_norm(leaf, gamma, beta)
        results.append((out.data, grad(out, leaf, layout(g))[0].data))
    for a, b in zip(*results):
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12)


def test_equal_values_are_no_division_by_zero():
    leaf = Tensor(np.full((4, 2), 3.0), requires_grad=True)
    out = batch_norm(leaf, np.ones(2), np.array([5.0, 6.0]))
    assert (out.data == [5.0, 6.0]).all()
    assert np.isfinite(grad(out, leaf, np.arange(8.0).reshape(4, 2))[0].data).all()


@st.composite
def examples(draw):
    features = tuple(draw(st.integers(1, 3)) for _ in range(draw(st.integers(1, 2))))
    lead = tuple(draw(st.integers(0, 3)) for _ in range(draw(st.integers(0, 2))))
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    shapes = (lead + features, features, features, lead + features)
    return tuple(rng.standard_normal(shape) for shape in shapes)


@given(examples(), st.sampled_from((1e-5, 0.5)))
def test_layer_norm_is_the_formula_example_by_example(case, eps):
    x, gamma, beta, _ = case
    out = layer_norm(x, gamma, beta, eps=eps)
    assert out.shape == x.shape
    rows, k = x.reshape(-1, gamma.size) if x.size else (), gamma.size
    for got, values in zip(out.reshape(-1, k) if x.size else (), rows):
        wanted = np.array(normalised(values, 1.0, 0.0, eps)) * gamma.ravel() + beta.ravel()
        np.testing.assert_allclose(got, wanted, rtol=1e-9, atol=1e-9)


def test_layer_norm_is_batch_norm_of_the_other_axis():
    rng = np.random.default_rng(0)
    x, g = rng.standard_normal((2, 5, 4))
    rows, columns = Tensor(x, requires_grad=True), Tensor(x.T.copy(), requires_grad=True)
    by_layer = layer_norm(rows, np.ones(4), np.zeros(4))
    by_batch = batch_norm(columns, np.ones(5), np.zeros(5))
    np.testing.assert_allclose(by_layer.data, by_batch.data.T, rtol=1e-12)
    np.testing.assert_allclose(
        grad(by_layer, rows, g)[0].data, grad(by_batch, columns, g.T)[0].data.T, rtol=1e-9
    )


@pytest.mark.parametrize("norm", [batch_norm, layer_norm])
def test_the_result_has_the_precision_of_the_finest_input(norm):
    x, ones = np.eye(3, dtype=np.float32), np.ones(3, np.float32)
    assert norm(x, ones, ones).dtype == np.float32
    assert norm(x, ones, np.full(3, 1e-9)).dtype == np.float64
    assert norm(x.astype(int), ones, ones).dtype == np.float64


def test_a_batch_of_one_is_refused_in_training_with_the_way_out():
    with pytest.raises(ShapeError, match=r"there is 1[\s\S]*needed: a larger batch, or evaluation"):
        batch_norm(np.ones((1, 3)), np.ones(3), np.ones(3))
    assert batch_norm(np.ones((1, 3, 2)), np.ones(3), np.ones(3)).shape == (1, 3, 2)
