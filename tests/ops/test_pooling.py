"""Pooling against loops over windows, and who wins a tie."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigrad import Tensor, avg_pool2d, grad, max_pool2d


@st.composite
def pools(draw):
    kernel = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    stride = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    padding = tuple(draw(st.integers(0, k // 2)) for k in kernel)
    size = [k + draw(st.integers(0, 4)) for k in kernel]
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    x = rng.standard_normal((draw(st.integers(0, 3)), draw(st.integers(1, 2)), *size))
    return x, {"kernel_size": kernel, "stride": stride, "padding": padding}


def by_loops(x, value, reduce, kernel_size, stride, padding):
    (top, left), (kh, kw) = padding, kernel_size
    framed = np.pad(x, ((0, 0), (0, 0), (top, top), (left, left)), constant_values=value)
    rows = range(0, framed.shape[2] - kh + 1, stride[0])
    columns = range(0, framed.shape[3] - kw + 1, stride[1])
    out = np.zeros((*x.shape[:2], len(rows), len(columns)))
    for a, row in enumerate(rows):
        for b, column in enumerate(columns):
            window = framed[:, :, row : row + kh, column : column + kw]
            out[:, :, a, b] = reduce(window, axis=(2, 3))
    return out


@given(pools())
def test_the_largest_of_each_window(case):
    x, params = case
    wanted = by_loops(x, -np.inf, np.max, **params) if len(x) else max_pool2d(x, **params)
    assert (max_pool2d(x, **params) == wanted).all()


@given(pools())
def test_the_mean_of_each_window(case):
    x, params = case
    wanted = by_loops(x, 0.0, np.mean, **params) if len(x) else avg_pool2d(x, **params)
    np.testing.assert_allclose(avg_pool2d(x, **params), wanted, rtol=1e-12, atol=1e-12)


@given(pools())
def test_gradients_are_transposes(case):
    """Near x max-pooling is linear: <out, g> = <x, dx>; average pooling is so everywhere."""
    x, params = case
    for pool in (max_pool2d, avg_pool2d):
        leaf = Tensor(x, requires_grad=True)
        out = pool(leaf, **params)
        g = np.random.default_rng(7).standard_normal(out.shape)
        (gx,) = grad(out, leaf, g)
        np.testing.assert_allclose((x * gx.data).sum(), (out.data * g).sum(), rtol=1e-9, atol=1e-11)
        if pool is max_pool2d:
            np.testing.assert_allclose(gx.data.sum(), g.sum(), rtol=1e-9, atol=1e-11)


def upstream_lands(x, **params):
    leaf = Tensor(np.array(x)[None, None], requires_grad=True)
    out = max_pool2d(leaf, **params)
    g = np.arange(1.0, out.size + 1).reshape(out.shape)
    return grad(out, leaf, g)[0].data[0, 0].tolist()


def test_of_equal_elements_the_first_in_row_major_order_takes_all():
    assert upstream_lands([[0.0, 5.0], [5.0, 5.0]], kernel_size=2) == [[0, 1], [0, 0]]
    assert upstream_lands([[5.0, 5.0, 5.0]], kernel_size=(1, 2), stride=1) == [[1, 2, 0]]
    # Windows 1 to 4 in row-major order; the middle 9 is the first 9 of the windows 1, 3, and of no other.
    image = [[0.0, 0.0, 9.0], [0.0, 9.0, 0.0], [0.0, 0.0, 9.0]]
    assert upstream_lands(image, kernel_size=2, stride=1) == [[0, 0, 2], [0, 8, 0], [0, 0, 0]]


def test_ties_are_broken_alike_in_the_fast_form_and_in_the_definition():
    x = np.random.default_rng(0).integers(0, 3, (2, 2, 6, 6)).astype(float)
    for params in ({"kernel_size": 2}, {"kernel_size": 3, "stride": 2, "padding": 1}):
        leaf = Tensor(x, requires_grad=True)
        out = max_pool2d(leaf, **params)
        g = np.random.default_rng(1).standard_normal(out.shape)
        (fast,) = grad(out, leaf, g, retain_graph=True)
        (defined,) = grad(out, leaf, g, create_graph=True)
        np.testing.assert_allclose(fast.data, defined.data, rtol=1e-12, atol=1e-12)


def test_the_frame_never_wins():
    x = np.full((1, 1, 2, 2), -1e30)
    assert (max_pool2d(x, kernel_size=2, stride=1, padding=1) == -1e30).all()


def test_the_frame_counts_in_an_average():
    out = avg_pool2d(np.full((1, 1, 2, 2), 4.0), kernel_size=2, stride=2, padding=1)
    assert (out == 1.0).all()


def test_rows_that_are_left_over_get_no_gradient():
    leaf = Tensor(np.arange(9.0).reshape(1, 1, 3, 3), requires_grad=True)
    (gx,) = grad(max_pool2d(leaf, kernel_size=2), leaf, np.array([[[[7.0]]]]))
    assert gx.data[0, 0].tolist() == [[0, 0, 0], [0, 7, 0], [0, 0, 0]]


@pytest.mark.parametrize("pool", [max_pool2d, avg_pool2d])
def test_an_empty_batch_passes_forward_and_twice_back(pool):
    leaf = Tensor(np.zeros((0, 2, 4, 4)), requires_grad=True)
    out = pool(leaf, kernel_size=2, padding=1)
    assert out.shape == (0, 2, 3, 3)
    (gx,) = grad(out, leaf, np.zeros(out.shape), create_graph=True)
    assert gx.shape == leaf.shape


@pytest.mark.parametrize("pool", [max_pool2d, avg_pool2d])
def test_precision_stays(pool):
    leaf = Tensor(np.ones((1, 1, 4, 4), np.float32), requires_grad=True)
    out = pool(leaf, kernel_size=3, stride=1, padding=1)
    assert out.dtype == np.float32
    assert grad(out, leaf, np.ones(out.shape, np.float32))[0].dtype == np.float32


def test_integers_are_pooled_too():
    x = np.array([[-7, -5], [-8, -6]]).reshape(1, 1, 2, 2)
    assert max_pool2d(x, kernel_size=2, padding=1).tolist() == [[[[-7, -5], [-8, -6]]]]
    assert avg_pool2d(x, kernel_size=2).tolist() == [[[[-6.5]]]]
