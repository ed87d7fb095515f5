"""Reductions beside numpy's over every choice of axes, and where nothing, or too much, is reduced."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

import minigrad as mg
from minigrad import Tensor, grad
from minigrad.errors import ParameterError, ShapeError

VALUES = arrays(np.float64, array_shapes(min_dims=0, max_dims=3, max_side=4),
                elements=st.floats(-10, 10).map(lambda v: round(v, 2)))  # fmt: skip
NUMPYS = {
    "sum": np.sum,
    "mean": np.mean,
    "max": np.max,
    "min": np.min,
    "prod": np.prod,
    "var": np.var,
    "std": np.std,
    "norm": lambda a, axis, keepdims: np.sqrt(np.sum(a * a, axis=axis, keepdims=keepdims)),
    "logsumexp": lambda a, axis, keepdims: np.log(np.sum(np.exp(a), axis=axis, keepdims=keepdims)),
}


def leaf(values, dtype=np.float64):
    return Tensor(np.array(values, dtype), requires_grad=True)


def some_axes(data, ndim):
    everything = st.none()
    if not ndim:
        return data.draw(everything)
    one = st.integers(-ndim, ndim - 1)
    several = st.sets(st.integers(0, ndim - 1)).map(
        lambda axes: tuple(a - ndim if a % 2 else a for a in axes)
    )
    return data.draw(everything | one | several)


def counted(axis, ndim):
    """The axes that are meant, counted from 0."""
    if axis is None:
        return tuple(range(ndim))
    return tuple(i % ndim for i in (axis if isinstance(axis, tuple) else (axis,)))


@pytest.mark.parametrize("name", NUMPYS)
@given(a=VALUES, data=st.data())
def test_values_are_numpys(name, a, data):
    axis, keepdims = some_axes(data, a.ndim), data.draw(st.booleans())
    out = getattr(mg, name)(Tensor(a), axis=axis, keepdims=keepdims)
    expected = NUMPYS[name](a, axis=axis, keepdims=keepdims)
    assert out.shape == np.shape(expected)
    np.testing.assert_allclose(out.data, expected, rtol=1e-10, atol=1e-12)


@given(a=VALUES, data=st.data())
def test_the_gradient_of_a_sum_is_the_incoming_one_stretched(a, data):
    axis, keepdims = some_axes(data, a.ndim), data.draw(st.booleans())
    x = leaf(a)
    out = x.sum(axis, keepdims)
    g = np.arange(1.0, 1 + out.size).reshape(out.shape)
    out.backward(g)
    wide = g if keepdims else np.expand_dims(g, counted(axis, a.ndim))
    np.testing.assert_array_equal(x.grad.data, np.broadcast_to(wide, a.shape))


def test_the_mean_over_several_axes_divides_by_their_sides():
    x = leaf(np.ones((2, 3, 4)))
    y = x.mean(axis=(0, 2))
    assert y.data.tolist() == [1, 1, 1]
    y.backward(np.array([8.0, 16.0, 24.0]))
    assert x.grad.data[0, :, 0].tolist() == [1, 2, 3]


# ---- the largest and the smallest ----


@pytest.mark.parametrize("name", ["max", "min"])
@given(data=st.data())
def test_of_several_winners_the_first_takes_all(name, data):
    a = data.draw(arrays(np.float64, (2, 3, 2), elements=st.integers(0, 2).map(float)))
    axis = some_axes(data, 3)
    x = leaf(a)
    out = getattr(x, name)(axis)
    g = np.arange(1.0, 1 + out.size).reshape(out.shape)
    out.backward(g)
    axes = counted(axis, 3)
    expected = np.zeros_like(a)
    taken = set()
    for place in np.ndindex(a.shape):  # row-major
        result = tuple(i for d, i in enumerate(place) if d not in axes)
        if a[place] == out.data[result] and result not in taken:
            taken.add(result)
            expected[place] = g[result]
    np.testing.assert_array_equal(x.grad.data, expected)


def test_the_largest_of_rows_of_an_empty_table():
    x = leaf(np.ones((0, 3)))
    out = x.max(axis=1)
    out.backward(np.ones(0))
    assert out.shape == (0,)
    assert x.grad.shape == (0, 3)


def test_nan_is_passed_on():
    x = leaf([1.0, np.nan, 3.0])
    assert np.isnan(x.max().item())
    assert np.isnan(x.logsumexp().item())


@pytest.mark.parametrize("name", ["mean", "max", "min", "var", "std", "logsumexp"])
def test_there_is_none_of_no_elements(name):
    with pytest.raises(
        ShapeError, match=rf"{name}\(x, axis=0\): no elements to reduce in shape \(0, 3\)"
    ):
        getattr(mg, name)(Tensor(np.ones((0, 3))), axis=0)


def test_the_empty_sum_product_and_norm():
    empty = leaf(np.ones((0, 3)))
    assert empty.sum(0).data.tolist() == [0, 0, 0]
    assert empty.prod(0).data.tolist() == [1, 1, 1]
    assert empty.norm(0).data.tolist() == [0, 0, 0]
    (empty.sum() + empty.prod() + empty.norm()).backward()
    assert empty.grad.shape == (0, 3)


# ---- spread ----


def test_the_correction():
    a = np.random.default_rng(0).normal(size=(3, 5))
    for correction in (0, 1, 2.5):
        expected = ((a - a.mean(1, keepdims=True)) ** 2).sum(1) / (5 - correction)
        np.testing.assert_allclose(Tensor(a).var(1, correction=correction).data, expected)
        np.testing.assert_allclose(Tensor(a).std(1, correction=correction).data, expected**0.5)
    with pytest.raises(
        ParameterError, match=r"var\(x, axis=1, correction=5\): .* only n = 5 elements are reduced"
    ):
        Tensor(a).var(1, correction=5)


@pytest.mark.parametrize("value", [0.0, 1.0, 0.1, 1 / 3, 1e8 / 3])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("record", [False, True])
def test_the_spread_of_equal_values_is_zero_and_so_is_its_slope(value, dtype, record):
    """The mean of three times 0.1 is not 0.1: what is left must not be divided by itself."""
    x = leaf(np.full((2, 3), value), dtype)
    for axis in (None, 0, 1):
        for y in (x.std(axis), x.var(axis), (x - x).norm(axis)):
            assert not y.data.any()
            (g,) = grad(y, x, np.full(y.shape, 7), create_graph=record)
            np.testing.assert_allclose(g.data, 0, atol=1e-6 * max(value, 1e-9))
        (g,) = grad(x.std(axis), x, np.ones(x.std(axis).shape))
        assert not g.data.any()


def test_a_spread_far_from_zero_keeps_its_digits():
    a = 1e8 + np.array([0.0, 1.0, 2.0])
    assert Tensor(a).std().item() == pytest.approx(math.sqrt(2 / 3), rel=1e-12)


# ---- products ----


def test_zeros_are_no_exception_to_a_product():
    """One zero: only its own slope is left; two zeros: none is."""
    x = leaf([[2.0, 3.0, 4.0], [2.0, 0.0, 4.0], [0.0, 3.0, 0.0]])
    y = x.prod(1)
    assert y.data.tolist() == [24, 0, 0]
    y.backward(np.array([1.0, 2.0, 3.0]))
    assert x.grad.data.tolist() == [[12, 8, 6], [0, 16, 0], [0, 0, 0]]
    (g,) = grad(x.prod(1).sum(), x, create_graph=True)
    (h,) = grad(g[2, 0], x)
    assert h.data.tolist() == [[0, 0, 0], [0, 0, 0], [0, 0, 3]]


# ---- logsumexp ----


def test_logsumexp_neither_overflows_nor_underflows():
    x = leaf([[1e4, 1e4], [-1e4, -1e4 - math.log(3)]])
    y = x.logsumexp(1)
    np.testing.assert_allclose(y.data, [1e4 + math.log(2), -1e4 + math.log(4 / 3)], rtol=1e-14)
    y.backward(np.array([1.0, 2.0]))
    np.testing.assert_allclose(x.grad.data, [[0.5, 0.5], [1.5, 0.5]])


@pytest.mark.parametrize("record", [False, True])
def test_logsumexp_with_minus_infinity(record):
    x = leaf([[-np.inf, 0.0], [-np.inf, -np.inf]])
    for keepdims in (False, True):
        y = x.logsumexp(1, keepdims)
        assert y.data.ravel().tolist() == [0, -np.inf]
        (g,) = grad(y, x, np.full(y.shape, 3.0), create_graph=record)
        assert g.data.tolist() == [[0, 3], [0, 0]]


# ---- cumulative sums ----


@given(arrays(np.float64, (2, 3, 4), elements=st.floats(-5, 5)), st.integers(-3, 2))
def test_a_cumulative_sum_and_the_sums_of_what_comes_after(a, axis):
    x = leaf(a)
    y = x.cumsum(axis)
    np.testing.assert_array_equal(y.data, np.cumsum(a, axis))
    g = np.arange(24.0).reshape(2, 3, 4)
    y.backward(g)
    n = a.shape[axis]
    after = [np.take(g, range(i, n), axis).sum(axis) for i in range(n)]
    np.testing.assert_allclose(x.grad.data, np.stack(after, axis))


@pytest.mark.parametrize("name", [*NUMPYS, "cumsum"])
def test_an_axis_that_is_not_there(name):
    with pytest.raises(
        ShapeError, match=rf"{name}\(x, axis=-3\).* out of bounds[\s\S]*x: \(2, 3\)"
    ):
        getattr(mg, name)(Tensor(np.ones((2, 3))), axis=-3)


@pytest.mark.parametrize("name", ["sum", "mean", "max", "prod", "std"])
def test_an_axis_that_is_named_twice(name):
    with pytest.raises(ShapeError, match=r"duplicate|repeated"):
        getattr(mg, name)(Tensor(np.ones((2, 3))), axis=(0, 0))
