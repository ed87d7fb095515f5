"""Elementary functions beside Python's own, element by element, far out and close to zero."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minigrad as mg
from minigrad import Tensor, grad

FUNCTIONS = {
    "exp": (math.exp, math.exp, (-30, 30)),
    "log": (math.log, lambda x: 1 / x, (1e-6, 1e6)),
    "log1p": (math.log1p, lambda x: 1 / (1 + x), (-0.999, 1e6)),
    "expm1": (math.expm1, math.exp, (-30, 30)),
    "sqrt": (math.sqrt, lambda x: 0.5 / math.sqrt(x), (1e-6, 1e6)),
    "sin": (math.sin, math.cos, (-30, 30)),
    "cos": (math.cos, lambda x: -math.sin(x), (-30, 30)),
    "tanh": (math.tanh, lambda x: 1 / math.cosh(x) ** 2, (-5, 5)),
    "sigmoid": (
        lambda x: 1 / (1 + math.exp(-x)),
        lambda x: math.exp(-x) / (1 + math.exp(-x)) ** 2,
        (-15, 15),
    ),
    "softplus": (
        lambda x: math.log1p(math.exp(x)),
        lambda x: 1 / (1 + math.exp(-x)),
        (-30, 30),
    ),
    "erf": (math.erf, lambda x: 2 / math.sqrt(math.pi) * math.exp(-x * x), (-5, 5)),
}


@pytest.mark.parametrize("name", FUNCTIONS)
@given(data=st.data())
def test_the_value_and_the_slope_are_pythons(name, data):
    value, slope, (low, high) = FUNCTIONS[name]
    x = Tensor(np.float64(data.draw(st.floats(low, high))), requires_grad=True)
    y = getattr(mg, name)(x)
    y.backward(np.float64(-1.5))
    assert y.item() == pytest.approx(value(x.item()), rel=1e-12, abs=1e-300)
    assert x.grad.item() == pytest.approx(-1.5 * slope(x.item()), rel=1e-9, abs=1e-300)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_the_dtype_stays(name, dtype):
    x = Tensor(np.full(2, 0.5, dtype), requires_grad=True)
    y = getattr(mg, name)(x)
    assert y.dtype == dtype
    (g,) = grad(y.sum(), x, create_graph=True)
    assert g.dtype == dtype
    assert grad(g.sum(), x)[0].dtype == dtype


@pytest.mark.parametrize("name", FUNCTIONS)
def test_integers_and_plain_numbers_are_read_as_floats(name):
    f = getattr(mg, name)
    expected = FUNCTIONS[name][0](1)
    for dtype in (np.int64, np.uint8, np.int8):
        assert f(Tensor(np.array([1], dtype))).data[0] == pytest.approx(expected, rel=1e-2)
    assert f(Tensor([1])).data[0] == pytest.approx(expected)
    assert f(1.0) == pytest.approx(expected, rel=1e-12)
    assert f([1.0]) == pytest.approx(expected, rel=1e-6)


def test_unsigned_bytes_do_not_wrap_around():
    """-3 is 253 to a byte, and a picture is made of bytes."""
    x = np.array([0, 3, 255], np.uint8)
    np.testing.assert_allclose(mg.sigmoid(Tensor(x)).data, [0.5, 1 / (1 + math.exp(-3)), 1])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_far_out_nothing_overflows(dtype):
    x = Tensor(np.array([-1e4, -200, 200, 1e4], dtype), requires_grad=True)
    assert mg.sigmoid(x).data.tolist() == pytest.approx([0, math.exp(-200), 1, 1], rel=1e-5)
    np.testing.assert_allclose(
        mg.softplus(x).data, [0, 0 if dtype == "float32" else math.exp(-200), 200, 1e4], rtol=1e-6
    )
    for f in (mg.sigmoid, mg.softplus, mg.tanh, mg.erf):
        (g,) = grad(f(x), x, np.ones(4), create_graph=True)
        (h,) = grad(g, x, np.ones(4), allow_unused=True)
        assert np.isfinite(g.data).all()
        assert np.isfinite(h.data).all()
    assert grad(mg.softplus(x), x, np.ones(4))[0].data.tolist() == pytest.approx([0, 0, 1, 1])


def test_close_to_zero_nothing_cancels():
    tiny = Tensor(np.array([1e-12, -1e-12]))
    np.testing.assert_allclose(mg.log1p(tiny).data, tiny.data, rtol=1e-11)
    np.testing.assert_allclose(mg.expm1(tiny).data, tiny.data, rtol=1e-11)
    far = mg.sigmoid(Tensor(np.array([-30.0]))).item()
    assert far == pytest.approx(math.exp(-30) / (1 + math.exp(-30)), rel=1e-14)


def test_erf_of_no_elements():
    assert mg.erf(Tensor(np.zeros((0, 3)))).shape == (0, 3)
