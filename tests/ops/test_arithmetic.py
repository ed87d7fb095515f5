"""Arithmetic: values beside numpy's and beside formulas, at the edges where they are easily wrong."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays, mutually_broadcastable_shapes

import minigrad as mg
from minigrad import Tensor, grad
from minigrad.errors import DTypeError, ParameterError, ShapeError

NUMBERS = st.floats(-1e3, 1e3).map(lambda v: round(v, 3))
BINARY = [
    (mg.add, np.add), (mg.sub, np.subtract), (mg.mul, np.multiply), (mg.div, np.divide),
    (mg.maximum, np.maximum), (mg.minimum, np.minimum),
]  # fmt: skip


def leaf(values, dtype=np.float64):
    return Tensor(np.array(values, dtype), requires_grad=True)


@pytest.mark.parametrize(("op", "numpys"), BINARY, ids=lambda f: getattr(f, "__name__", ""))
@given(data=st.data())
def test_binary_ops_are_numpys_and_undo_their_broadcasting(op, numpys, data):
    shapes = data.draw(mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3))
    values = [
        data.draw(arrays(np.float64, shape, elements=NUMBERS)) for shape in shapes.input_shapes
    ]
    if op is mg.div:
        values[1] = np.where(np.abs(values[1]) < 0.5, 1.5, values[1])
    x, y = map(leaf, values)
    out = op(x, y)
    np.testing.assert_array_equal(out.data, numpys(*values))
    assert out.shape == shapes.result_shape
    out.backward(np.full(out.shape, 1.5))
    assert x.grad.shape == x.shape
    assert y.grad.shape == y.shape


@given(arrays(np.float64, (3, 4), elements=NUMBERS), arrays(np.float64, (3, 1), elements=NUMBERS))
def test_a_stretched_side_gets_the_sum(a, b):
    g = np.arange(1.0, 13).reshape(3, 4)
    x, y = leaf(a), leaf(b)
    (x * y).backward(g)
    np.testing.assert_allclose(x.grad.data, g * b)
    np.testing.assert_allclose(y.grad.data, (g * a).sum(1, keepdims=True), atol=1e-9)


def test_a_minus_a_and_a_over_a_have_slope_zero():
    for f in (lambda a: a - a, lambda a: a / a):
        a = leaf([2.0, -3.0])
        f(a).backward(np.array([5.0, 7.0]))
        np.testing.assert_allclose(a.grad.data, [0, 0], atol=1e-15)


# ---- powers ----


@pytest.mark.parametrize(
    ("x", "y"), [(2.0, 3), (2.0, -1), (-2.0, 3), (-2.0, 2.0), (3.0, 0.5), (0.0, 2), (0.0, 1)]
)
def test_a_power_and_both_of_its_slopes(x, y):
    base = leaf(x)
    (base**y).backward()
    assert base.grad.item() == pytest.approx(y * x ** (y - 1))
    base, exponent = leaf(x), leaf(float(y))
    out = base**exponent
    assert out.item() == pytest.approx(x**y)
    if x > 0:
        out.backward()
        assert base.grad.item() == pytest.approx(y * x ** (y - 1))
        assert exponent.grad.item() == pytest.approx(x**y * math.log(x))


def test_powers_at_zero():
    """As PyTorch: x**0 is 1 with slope 0 everywhere; and 0**y has slope 0 by y."""
    for zero in (0, 0.0, Tensor(np.zeros(3)), leaf(np.zeros(3))):
        x = leaf([0.0, 2.0, -1.0])
        out = x**zero
        assert out.data.tolist() == [1, 1, 1]
        (gx,) = grad(out, x, np.array([2.0, 3.0, 5.0]))
        assert gx.data.tolist() == [0, 0, 0]
    y = leaf([2.0, 1.0, 0.0])
    out = Tensor(np.zeros(3)) ** y
    out.backward(np.ones(3))
    assert out.data.tolist() == [0, 0, 1]
    assert y.grad.data.tolist() == [0, 0, 0]


def test_a_number_to_the_power_of_a_tensor():
    y = leaf([0.0, 1.0, 2.5])
    (2**y).backward(np.array([1.0, 2.0, 3.0]))
    np.testing.assert_allclose(y.grad.data, [1, 2, 3] * 2.0**y.data * math.log(2), rtol=1e-14)


def test_integer_powers_stay_integers_and_negative_ones_are_refused():
    x = Tensor([2, 3])
    assert (x**2).data.tolist() == [4, 9]
    with pytest.raises(
        DTypeError, match="a negative power of an integer is not an integer: make one"
    ):
        x**-1
    assert (x**-1.0).data.tolist() == pytest.approx([0.5, 1 / 3])
    with pytest.raises(ShapeError, match="do not broadcast"):
        x ** Tensor([1, 2, 3])


# ---- choices ----


def test_where_keeps_the_side_that_was_not_taken_out_of_it():
    """d/dx of where(x > 0, log x, 0) at x <= 0: 0, and never nan."""
    x = leaf([-1.0, 0.0, 2.0])
    with np.errstate(invalid="ignore", divide="ignore"):
        y = mg.where(x > 0, x.log(), x * 3)
        assert y.data.tolist() == [-3, 0, math.log(2)]
    a = leaf([np.nan, np.inf, 1.0])
    b = leaf([1.0, 2.0, np.nan])
    out = mg.where([False, False, True], a, b)
    out.backward(np.array([5.0, 6.0, 7.0]))
    assert out.data.tolist() == [1, 2, 1]
    assert a.grad.data.tolist() == [0, 0, 7]
    assert b.grad.data.tolist() == [5, 6, 0]


def test_where_broadcasts_its_condition_too():
    x = leaf([[1.0], [2.0]])
    out = mg.where(np.array([True, False, True]), x, 0.0)
    out.backward(np.arange(6.0).reshape(2, 3))
    assert x.grad.data.tolist() == [[2], [8]]
    assert mg.where(Tensor([True]), np.float32([1]), 2.0).dtype == np.float32


def test_a_condition_of_numbers_is_refused():
    with pytest.raises(
        DTypeError, match="condition must be boolean, and it is int64: write a compar"
    ):
        mg.where(Tensor([1, 0]), Tensor([1.0, 2.0]), 0.0)


def test_clip_is_flat_outside_and_refuses_what_bounds_nothing():
    x = leaf([-2.0, 0.0, 2.0])
    x.clip(-1, 1).backward(np.array([3.0, 4.0, 5.0]))
    assert x.grad.data.tolist() == [0, 4, 0]
    with pytest.raises(ParameterError, match=r"clip\(x\): needs min, max or both"):
        x.clip()
    with pytest.raises(ParameterError, match="min 2 is greater than max 1"):
        x.clip(2, 1)


# ---- copies and casts ----


def test_clone_is_a_copy_that_gradients_flow_through():
    x = leaf([1.0, 2.0])
    y = x.clone()
    assert not np.shares_memory(x.data, y.data)
    (y * y).sum().backward()
    assert x.grad.data.tolist() == [2, 4]


def test_astype_returns_gradients_in_the_dtype_that_came():
    x = leaf([1.0, 2.0], np.float32)
    y = x.astype(np.float64)
    assert y.dtype == np.float64
    (y * y).sum().backward()
    assert x.grad.dtype == np.float32
    assert x.grad.data.tolist() == [2, 4]
    for unreal in (complex, "U3", "float31"):
        with pytest.raises(DTypeError):
            x.astype(unreal)
