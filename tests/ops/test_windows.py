"""Sliding windows against indexing, and their overlap-add as the transpose."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigrad.ops.windows import batch_last, crop_image, overlap_add, pad_image, sliding_windows


@st.composite
def windowed(draw):
    """An image, and windows that fit into it."""
    kernel, stride, dilation = (
        (draw(st.integers(1, 3)), draw(st.integers(1, 3))) for _ in range(3)
    )
    size = tuple(d * (k - 1) + 1 + draw(st.integers(0, 3)) for d, k in zip(dilation, kernel))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    x = rng.standard_normal((draw(st.integers(0, 3)), draw(st.integers(1, 2)), *size))
    return x, kernel, stride, dilation


@given(windowed())
def test_a_window_holds_what_the_formula_says(case):
    x, (kh, kw), stride, dilation = case
    out = sliding_windows(x, kernel_size=(kh, kw), stride=stride, dilation=dilation)
    for a, b, i, j in itertools.product(*map(range, out.shape[2:])):
        pixel = x[:, :, a * stride[0] + i * dilation[0], b * stride[1] + j * dilation[1]]
        assert (out[:, :, a, b, i, j] == pixel).all()
    # One more window would reach over the edge.
    for axis, k in ((0, kh), (1, kw)):
        reach = out.shape[2 + axis] * stride[axis] + dilation[axis] * (k - 1)
        assert reach >= x.shape[2 + axis]


@given(windowed())
def test_overlap_add_is_the_transpose(case):
    x, kernel, stride, dilation = case
    windows = sliding_windows(x, kernel_size=kernel, stride=stride, dilation=dilation)
    g = np.random.default_rng(5).standard_normal(windows.shape)
    back = overlap_add(g, size=x.shape[2:], stride=stride, dilation=dilation)
    assert back.shape == x.shape
    np.testing.assert_allclose((windows * g).sum(), (x * back).sum(), rtol=1e-12, atol=1e-12)


def test_pixels_are_counted_as_often_as_windows_see_them():
    ones = np.ones((1, 1, 2, 2, 3, 3))
    assert overlap_add(ones, size=5, stride=2)[0, 0].tolist() == [
        [1, 1, 2, 1, 1],
        [1, 1, 2, 1, 1],
        [2, 2, 4, 2, 2],
        [1, 1, 2, 1, 1],
        [1, 1, 2, 1, 1],
    ]


def test_pixels_that_no_window_sees_are_zero():
    image = overlap_add(np.ones((1, 1, 1, 1, 2, 2)), size=(3, 4), stride=2 + 1)
    assert image[0, 0].tolist() == [[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 0, 0]]


def test_windows_are_a_view_that_cannot_be_written_through():
    x = np.arange(16.0).reshape(1, 1, 4, 4)
    windows = sliding_windows(x, kernel_size=2)
    assert np.shares_memory(windows, x)
    with pytest.raises(ValueError, match="read-only"):
        windows[...] = 0


def test_memory_order_is_batch_last_and_values_stay_in_place():
    x = np.arange(48.0).reshape(2, 3, 2, 4)
    y = batch_last(x)
    assert (y == x).all()
    assert y.transpose(1, 2, 3, 0).flags.c_contiguous
    assert np.shares_memory(batch_last(y), y)
    framed = pad_image(x, (1, 2), value=-1.0)
    assert framed.transpose(1, 2, 3, 0).flags.c_contiguous
    assert (crop_image(framed, (1, 2)) == x).all()
    assert (framed == np.pad(x, ((0, 0), (0, 0), (1, 1), (2, 2)), constant_values=-1.0)).all()
