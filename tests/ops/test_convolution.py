"""Convolution against loops over every index, and what a linear map owes to its transpose."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigrad import Tensor, conv1d, conv2d, grad
from minigrad.errors import ParameterError, ShapeError
from minigrad.ops import convolution


def by_loops(x, weight, bias, stride, padding, dilation):
    """The sum of the docstring, one product at a time; pixels outside of x are skipped."""
    n, c, h, w = x.shape
    f, _, kh, kw = weight.shape
    oh = (h + 2 * padding[0] - dilation[0] * (kh - 1) - 1) // stride[0] + 1
    ow = (w + 2 * padding[1] - dilation[1] * (kw - 1) - 1) // stride[1] + 1
    out = np.zeros((n, f, oh, ow))
    for b, k, a, e in itertools.product(range(n), range(f), range(oh), range(ow)):
        total = 0.0 if bias is None else bias[k]
        for ch, i, j in itertools.product(range(c), range(kh), range(kw)):
            row = a * stride[0] + i * dilation[0] - padding[0]
            column = e * stride[1] + j * dilation[1] - padding[1]
            if 0 <= row < h and 0 <= column < w:
                total += weight[k, ch, i, j] * x[b, ch, row, column]
        out[b, k, a, e] = total
    return out


@st.composite
def convolutions(draw):
    pair = st.tuples(st.integers(1, 2), st.integers(1, 3))
    kernel, stride, dilation = draw(pair), draw(pair), draw(pair)
    padding = draw(st.tuples(st.integers(0, 2), st.integers(0, 2)))
    size = [
        max(1, d * (k - 1) + 1 - 2 * p + draw(st.integers(0, 3)))
        for d, k, p in zip(dilation, kernel, padding)
    ]
    n, c, f = draw(st.integers(0, 3)), draw(st.integers(1, 3)), draw(st.integers(1, 3))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    x, weight = rng.standard_normal((n, c, *size)), rng.standard_normal((f, c, *kernel))
    bias = rng.standard_normal(f) if draw(st.booleans()) else None
    return x, weight, bias, {"stride": stride, "padding": padding, "dilation": dilation}


@given(convolutions())
def test_it_is_the_sum_over_channels_and_pixels(case):
    x, weight, bias, params = case
    out = conv2d(x, weight, bias, **params)
    np.testing.assert_allclose(out, by_loops(x, weight, bias, **params), rtol=1e-12, atol=1e-12)


@given(convolutions())
def test_each_gradient_is_the_transpose_of_a_linear_map(case):
    """<conv(x, w), g> = <x, dx> = <w, dw>, and the bias collects g."""
    x, weight, bias, params = case
    leaves = [Tensor(a, requires_grad=True) for a in (x, weight, bias) if a is not None]
    out = conv2d(*leaves, **params)
    g = np.random.default_rng(3).standard_normal(out.shape)
    gx, gw, *gb = grad(out, leaves, g)
    inner = (conv2d(x, weight, **params) * g).sum()
    np.testing.assert_allclose((x * gx.data).sum(), inner, rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose((weight * gw.data).sum(), inner, rtol=1e-9, atol=1e-11)
    if gb:
        np.testing.assert_allclose(gb[0].data, g.sum(axis=(0, 2, 3)), rtol=1e-12, atol=1e-12)


@given(convolutions(), st.integers(0, 3))
def test_a_batch_is_as_its_parts(case, cut):
    x, weight, bias, params = case
    whole = conv2d(x, weight, bias, **params)
    parts = [conv2d(part, weight, bias, **params) for part in (x[:cut], x[cut:])]
    np.testing.assert_allclose(np.concatenate(parts), whole, rtol=1e-12, atol=1e-12)


def everything(x, weight, bias, g, **params):
    leaves = [Tensor(a, requires_grad=True) for a in (x, weight, bias)]
    out = conv2d(*leaves, **params)
    return [out.data, *(h.data for h in grad(out, leaves, g))]


@given(st.integers(1, 3), st.integers(0, 99))
def test_products_of_a_few_rows_and_the_whole_product_agree(stride, seed):
    rng = np.random.default_rng(seed)
    x, weight, bias = (rng.standard_normal(s) for s in ((2, 3, 7, 6), (4, 3, 3, 2), (4,)))
    g = rng.standard_normal(conv2d(x, weight, stride=stride, padding=1).shape)
    row = weight.size * g.shape[3] * g.shape[0]
    whole, *others = [], [], [], []
    for limit, results in ((0, whole), (row, others[0]), (2 * row, others[1]), (10**9, others[2])):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(convolution, "SMALL_PRODUCT", limit)
            results += everything(x, weight, bias, g, stride=stride, padding=1)
    for results in others:
        for a, b in zip(whole, results):
            np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("rows_of_the_kernel", [1, 2])
def test_gradients_made_in_parts_are_those_made_at_once(monkeypatch, rows_of_the_kernel):
    rng = np.random.default_rng(0)
    x, weight, bias = (rng.standard_normal(s) for s in ((2, 3, 7, 6), (4, 3, 3, 2), (4,)))
    g = rng.standard_normal((2, 4, 5, 5))
    at_once = everything(x, weight, bias, g)
    monkeypatch.setattr(convolution, "CACHED", rows_of_the_kernel * (3 * 2) * (2 * 5 * 5))
    for a, b in zip(everything(x, weight, bias, g), at_once):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    "laid_out",
    [
        lambda a: np.ascontiguousarray(a.transpose(1, 2, 3, 0)).transpose(3, 0, 1, 2),
        lambda a: a[::-1].copy()[::-1],
        lambda a: np.asfortranarray(a),
        lambda a: np.repeat(a, 2, axis=3)[:, :, :, ::2],
    ],
)
def test_the_order_of_memory_is_nobodys_business(laid_out):
    rng = np.random.default_rng(0)
    arrays = [rng.standard_normal(s) for s in ((3, 2, 5, 4), (4, 2, 3, 2))]
    g = rng.standard_normal((3, 4, 3, 3))
    bias = rng.standard_normal(4)
    wanted = everything(*arrays, bias, g)
    for a, b in zip(everything(*map(laid_out, arrays), bias, laid_out(g)), wanted):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)


def test_results_lie_batch_last_in_memory():
    out = conv2d(np.ones((3, 2, 5, 4)), np.ones((4, 2, 3, 2)))
    assert out.transpose(1, 2, 3, 0).flags.c_contiguous


def test_a_kernel_of_one_pixel_mixes_channels():
    rng = np.random.default_rng(0)
    x, weight = rng.standard_normal((2, 3, 4, 5)), rng.standard_normal((6, 3, 1, 1))
    wanted = np.einsum("nchw,fc->nfhw", x, weight[:, :, 0, 0])
    np.testing.assert_allclose(conv2d(x, weight), wanted, rtol=1e-12)


def test_a_kernel_as_large_as_the_image_is_a_linear_layer():
    rng = np.random.default_rng(0)
    x, weight = rng.standard_normal((2, 3, 4, 5)), rng.standard_normal((6, 3, 4, 5))
    wanted = (x.reshape(2, -1) @ weight.reshape(6, -1).T).reshape(2, 6, 1, 1)
    np.testing.assert_allclose(conv2d(x, weight), wanted, rtol=1e-12)


def test_dilation_is_a_kernel_with_zeros_between():
    rng = np.random.default_rng(0)
    x, weight = rng.standard_normal((2, 1, 9, 9)), rng.standard_normal((2, 1, 3, 3))
    spread = np.zeros((2, 1, 5, 7))
    spread[:, :, ::2, ::3] = weight
    np.testing.assert_allclose(conv2d(x, weight, dilation=(2, 3)), conv2d(x, spread), rtol=1e-12)


def test_the_kernel_is_not_flipped():
    x = np.arange(4.0).reshape(1, 1, 1, 4)
    weight = np.array([1.0, 10.0]).reshape(1, 1, 1, 2)
    assert conv2d(x, weight).ravel().tolist() == [10.0, 21.0, 32.0]


def test_precision_stays():
    x, weight = np.ones((1, 1, 3, 3), np.float32), np.ones((1, 1, 2, 2), np.float32)
    assert conv2d(x, weight, np.ones(1, np.float32), padding=1).dtype == np.float32
    assert conv2d(x, weight.astype(np.float64)).dtype == np.float64
    assert conv2d(x, weight, np.full(1, 1e-9)).tolist() == [[[[4 + 1e-9] * 2] * 2]]


@given(st.integers(1, 3), st.integers(0, 2), st.integers(1, 2), st.integers(0, 99))
def test_conv1d_is_a_correlation(stride, padding, dilation, seed):
    rng = np.random.default_rng(seed)
    x, weight, bias = (rng.standard_normal(s) for s in ((2, 3, 8), (4, 3, 3), (4,)))
    out = conv1d(x, weight, bias, stride=stride, padding=padding, dilation=dilation)
    spread = np.zeros((4, 3, 2 * dilation + 1))
    spread[:, :, ::dilation] = weight
    framed = np.pad(x, ((0, 0), (0, 0), (padding, padding)))
    for n, f in np.ndindex(2, 4):
        channels = [np.correlate(framed[n, c], spread[f, c], "valid") for c in range(3)]
        wanted = sum(channels)[::stride] + bias[f]
        np.testing.assert_allclose(out[n, f], wanted, rtol=1e-12, atol=1e-12)


def test_conv1d_has_gradients():
    x, weight = Tensor(np.ones((1, 1, 4)), True), Tensor(np.array([[[1.0, -2.0]]]), True)
    gx, gw = grad(conv1d(x, weight), (x, weight), np.array([[[1.0, 10.0, 100.0]]]))
    assert gx.data.tolist() == [[[1.0, 8.0, 80.0, -200.0]]]
    assert gw.data.tolist() == [[[111.0, 111.0]]]


@pytest.mark.parametrize(
    ("error", "words", "arrays", "params"),
    [
        (ShapeError, r"x: \(2, 3\)   needed \(N, C, L\)", ((2, 3), (1, 3, 1)), {}),
        (ShapeError, r"weight: \(1, 3\)   needed \(F, C, K\)", ((2, 3, 4), (1, 3)), {}),
        (ShapeError, "x has 3 channels but weight takes 2", ((2, 3, 4), (1, 2, 1)), {}),
        (ParameterError, r"stride=\(1, 1\) must be an integer", ((2, 3, 4), (1, 3, 1)),
         {"stride": (1, 1)}),
    ],
)  # fmt: skip
def test_conv1d_refuses_with_a_reason(error, words, arrays, params):
    with pytest.raises(error, match=words):
        conv1d(*map(np.ones, arrays), **params)
