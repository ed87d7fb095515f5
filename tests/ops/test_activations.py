"""Activations beside formulas in plain Python; none of them overflows."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

import minigrad as mg
from minigrad import Tensor, grad
from minigrad.errors import DTypeError, ParameterError, ShapeError


def leaf(values, dtype=np.float64):
    return Tensor(np.array(values, dtype), requires_grad=True)


def cdf(x):
    return (1 + math.erf(x / math.sqrt(2))) / 2


FORMULAS = [
    (lambda x: mg.relu(x), lambda v: max(v, 0.0)),
    (lambda x: mg.leaky_relu(x), lambda v: v if v > 0 else 0.01 * v),
    (lambda x: mg.leaky_relu(x, negative_slope=0.3), lambda v: v if v > 0 else 0.3 * v),
    (lambda x: mg.elu(x), lambda v: v if v > 0 else math.expm1(v)),
    (lambda x: mg.elu(x, alpha=0.5), lambda v: v if v > 0 else 0.5 * math.expm1(v)),
    (lambda x: mg.gelu(x), lambda v: v * cdf(v)),
]


@pytest.mark.parametrize(("f", "formula"), FORMULAS, ids=range(len(FORMULAS)))
@given(value=st.floats(-20, 20).filter(lambda v: abs(v) > 1e-4))
def test_values_and_slopes(f, formula, value):
    x = leaf(value)
    y = f(x)
    y.backward(np.float64(2.0))
    assert y.item() == pytest.approx(formula(value), rel=1e-10, abs=1e-12)
    h = 1e-6 * max(abs(value), 1)
    difference = (formula(value + h) - formula(value - h)) / (2 * h)
    assert x.grad.item() == pytest.approx(2 * difference, abs=2e-7)


def test_relu_of_minus_infinity_is_zero():
    """x * (x > 0) would be nan there, and -0. for all negative numbers."""
    x = leaf([-np.inf, -1.0, np.inf])
    y = mg.relu(x)
    assert y.data.tolist() == [0, 0, np.inf]
    assert not np.signbit(y.data).any()
    y.backward(np.array([2.0, 3.0, 4.0]))
    assert x.grad.data.tolist() == [0, 0, 4]


@pytest.mark.parametrize("f", [mg.relu, mg.leaky_relu, mg.elu, mg.gelu])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_far_out_all_is_finite_and_of_its_dtype(f, dtype):
    far = 200 if dtype == "float16" else 1e4  # whose square is one
    x = leaf([-far, -50, 50, far], dtype)
    y = f(x)
    assert y.dtype == dtype
    (g,) = grad(y, x, np.ones(4))
    assert np.isfinite(y.data).all()
    assert np.isfinite(g.data).all()


def rows_of(a, axis):
    return np.moveaxis(a, axis, -1).reshape(-1, a.shape[axis])


@given(
    arrays(np.float64, array_shapes(max_dims=3, max_side=4), elements=st.floats(-50, 50)), st.data()
)
def test_softmax_is_a_distribution_and_log_softmax_its_logarithm(a, data):
    axis = data.draw(st.integers(-a.ndim, a.ndim - 1))
    p = mg.softmax(Tensor(a), axis=axis).data
    for row, probabilities in zip(rows_of(a, axis), rows_of(p, axis)):
        total = math.fsum(math.exp(v) for v in row)
        assert probabilities == pytest.approx([math.exp(v) / total for v in row], rel=1e-12)
    np.testing.assert_allclose(np.exp(mg.log_softmax(Tensor(a), axis=axis).data), p, rtol=1e-11)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_softmax_of_large_logits(dtype):
    x = leaf([[1e4, 0, -1e4], [-1e4, -1e4, -1e4]], dtype)
    np.testing.assert_allclose(mg.softmax(x).data, [[1, 0, 0], [1 / 3] * 3], rtol=1e-6)
    y = mg.log_softmax(x)
    np.testing.assert_allclose(y.data, [[0, -1e4, -2e4], [-math.log(3)] * 3], rtol=1e-6)
    g = np.array([[1, 2, 3], [4, 5, 6]], dtype)
    (gx,) = grad(y, x, g)
    np.testing.assert_allclose(gx.data, [[-5, 2, 3], [-1, 0, 1]], rtol=1e-5, atol=1e-5)


def test_a_shift_of_all_logits_changes_nothing_and_so_its_gradient_is_zero():
    x = leaf(np.random.default_rng(0).normal(size=(3, 4)))
    for f in (mg.softmax, mg.log_softmax):
        x.grad = None
        f(x, axis=1).backward(np.random.default_rng(1).uniform(1, 2, (3, 4)))
        np.testing.assert_allclose(x.grad.data.sum(1), 0, atol=1e-14)
        assert np.abs(x.grad.data).max() > 0.01


def test_masked_logits_get_no_probability_and_no_gradient():
    x = leaf([[0.0, -np.inf, 1.0]])
    p = mg.softmax(x)
    p.backward(np.array([[1.0, 2.0, 3.0]]))
    assert p.data[0, 1] == 0
    assert x.grad.data[0, 1] == 0
    assert np.isfinite(x.grad.data).all()


@pytest.mark.parametrize("f", [mg.softmax, mg.log_softmax])
def test_an_axis_without_elements(f):
    for shape, axis in (((0,), 0), ((2, 0), 1), ((0, 2), 1)):
        x = leaf(np.zeros(shape))
        y = f(x, axis=axis)
        y.backward(np.ones(shape))
        assert y.shape == x.grad.shape == shape


@pytest.mark.parametrize("f", [mg.softmax, mg.log_softmax])
def test_what_softmax_refuses(f):
    with pytest.raises(
        DTypeError, match=rf"{f.__name__}\(x, axis=-1\): x must hold floats, .* int64"
    ):
        f(Tensor([1, 2]))
    with pytest.raises(ShapeError, match="axis 2 is out of bounds"):
        f(Tensor(np.ones((2, 2))), axis=2)
    with pytest.raises(ParameterError, match=r"axis=\(0, 1\)\): needs one axis"):
        f(Tensor(np.ones((2, 2))), axis=(0, 1))
