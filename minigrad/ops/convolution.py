"""Convolution in one and two dimensions, as a matrix product: the windows are the columns."""

from __future__ import annotations

from typing import Any

import numpy as np

from minigrad.domain import Case, Draw, Reject
from minigrad.errors import ParameterError, ShapeError
from minigrad.op import fused
from minigrad.ops.linalg import einsum
from minigrad.ops.shapes import pad, reshape
from minigrad.ops.windows import (
    crop_image,
    overlap_add,
    pad_image,
    pair,
    picks,
    sliding_windows,
    small_windows,
    window_view,
    windows_along,
)


def conv2d_definition(x, weight, bias=None, *, stride=1, padding=0, dilation=1):
    top, left = pair("conv2d", "padding", padding, 0)
    x = pad(x, pad_width=((0, 0), (0, 0), (top, top), (left, left)))
    kernel_size = weight.shape[2:]
    windows = sliding_windows(x, kernel_size=kernel_size, stride=stride, dilation=dilation)
    out = einsum(windows, weight, subscripts="nchwij,fcij->nfhw")
    return out if bias is None else out + bias.reshape(-1, 1, 1)


def conv2d_cases(draw: Draw) -> Case:
    n, c, kernel, stride, dilation, (height, width) = small_windows(draw)
    top, left = draw.integer(0, 2), draw.integer(0, 2)
    params: dict[str, Any] = {"stride": stride, "padding": (top, left), "dilation": dilation}
    if draw.boolean():
        top = left = 1
        params = {"stride": stride[0], "padding": 1, "dilation": dilation[1]}
    x = draw.array((n, c, max(1, height - 2 * top), max(1, width - 2 * left)))
    filters = draw.side(1, 3)
    weight = draw.array((filters, c, *kernel))
    return Case((x, weight, draw.array((filters,)) if draw.boolean() else None), params)


IMAGE, KERNEL = np.ones((2, 3, 5, 6)), np.ones((4, 3, 2, 2))


@fused(
    conv2d_definition,
    cases=conv2d_cases,
    rejects=[
        Reject(
            ShapeError,
            r"x has 3 channels but weight takes 1"
            r"\n  x: \(2, 3, 5, 6\)   weight: \(4, 1, 2, 2\)   needed: x.shape\[1\] == weight",
            (IMAGE, KERNEL[:, :1]),
        ),
        Reject(ShapeError, r"x must be \(N, C, H, W\)\n  x: \(3, 5, 6\)", (IMAGE[0], KERNEL)),
        Reject(ShapeError, r"weight must be \(F, C, KH, KW\)", (IMAGE, KERNEL[0])),
        Reject(
            ShapeError,
            r"a window of 2 x 7 does not fit into the padded input of 5 x 6",
            (IMAGE, np.ones((4, 3, 2, 7))),
        ),
        Reject(ShapeError, r"bias must be \(F,\) = \(4,\)", (IMAGE, KERNEL, np.ones(3))),
        Reject(ShapeError, r"weight must be \(F, C, KH, KW\)", (IMAGE, np.ones((4, 3, 0, 2)))),
        Reject(ParameterError, "stride=0 must be an integer", (IMAGE, KERNEL), {"stride": 0}),
        Reject(ParameterError, "dilation=0", (IMAGE, KERNEL), {"dilation": 0}),
        Reject(ParameterError, r"padding=\(0, -1\)", (IMAGE, KERNEL), {"padding": (0, -1)}),
        Reject(ParameterError, r"stride=\(1, 1, 1\)", (IMAGE, KERNEL), {"stride": (1, 1, 1)}),
        Reject(ParameterError, "padding=0.5", (IMAGE, KERNEL), {"padding": 0.5}),
    ],
)
def conv2d(x, weight, bias=None, *, stride=1, padding=0, dilation=1):
    """out[n, f, a, b] = bias[f] + the sum over c, i, j of weight[f, c, i, j] window[n, c, a, b, i, j]

    x (N, C, H, W), weight (F, C, KH, KW), bias (F,) or None -> (N, F, OH, OW), where
    OH = floor((H + 2 padding - dilation (KH - 1) - 1) / stride) + 1. The kernel is not flipped, as
    usual in deep learning. `stride`, `padding` (with zeros) and `dilation` are integers, or pairs for
    height and width. An empty batch gives an empty result. Raises `ShapeError` for arrays that do not
    fit, such as a kernel larger than the padded input. Raises `ParameterError` for a stride or dilation
    below 1 and for a negative padding.

    The columns are those of Chellapilla et al., "High performance convolutional neural networks for
    document processing", 2006. Here one row holds one pixel of the window for the whole batch.
    """
    stride, padding, dilation = geometry(stride, padding, dilation)
    check_conv2d(np.shape(x), np.shape(weight), None if bias is None else np.shape(bias))
    kernel_size = weight.shape[2:]
    image = pad_image(x, padding)
    count = windows_along("conv2d", image.shape[2:], kernel_size, stride, dilation)
    windows = window_view(image, kernel_size, stride, dilation, count)
    dtype = np.result_type(x, weight, *([] if bias is None else [bias]))
    out, columns = products(windows, weight, dtype)
    if bias is not None:
        out += bias.reshape(-1, 1, 1, 1)
    return out.transpose(3, 0, 1, 2), (windows, columns)


def conv2d_vjp_x(g, saved, x, weight, bias=None, *, stride, padding, dilation):
    stride, padding, dilation = geometry(stride, padding, dilation)
    kernel_size, count = weight.shape[2:], g.shape[2:]
    (n, c, h, w), (top, left), g = x.shape, padding, matrix(g)
    gx = np.zeros((c, h + 2 * top, w + 2 * left, n), g.dtype).transpose(3, 0, 1, 2)
    places = picks(kernel_size, stride, dilation, count)
    together = max(1, CACHED // max(1, c * kernel_size[1] * g.shape[1]))
    for i in range(0, kernel_size[0], together):  # several rows of the kernel at a time
        part = weight[:, :, i : i + together]
        g_columns = part.reshape(len(part), part[0].size).T @ g
        g_windows = g_columns.reshape(c, part[0, 0].size, *count, n).transpose(1, 4, 0, 2, 3)
        for g_pixels, place in zip(g_windows, places):
            gx[place] += g_pixels
    return crop_image(gx, padding)


def conv2d_vjp_weight(g, saved, x, weight, bias=None, **geometry):
    windows, columns = saved
    # BLAS is faster with the long side of the columns on the left than with that of g.
    if columns is not None:
        gw = columns @ matrix(g).T
    else:
        gw = np.zeros((weight[0].size, len(weight)), np.result_type(g, windows))
        for rows in row_slices(windows, len(weight)):
            gw += columns_of(windows[:, :, rows]) @ matrix(g[:, :, rows]).T
    return gw.T.reshape(weight.shape)


def conv2d_vjp_bias(g, saved, x, weight, bias=None, **geometry):
    return matrix(g).sum(axis=1)


def conv2d_formula_x(g, out, x, weight, bias, stride, padding, dilation):
    """Each element of g, times the kernel, is added to its window."""
    padding = pair("conv2d", "padding", padding, 0)
    size = tuple(n + 2 * p for n, p in zip(x.shape[2:], padding))
    windows = einsum(g, weight, subscripts="nfhw,fcij->nchwij")
    return crop_image(overlap_add(windows, size=size, stride=stride, dilation=dilation), padding)


def conv2d_formula_weight(g, out, x, weight, bias, stride, padding, dilation):
    """Each weight gets the sum over all windows of its pixel, times g of the window."""
    top, left = pair("conv2d", "padding", padding, 0)
    x = pad(x, pad_width=((0, 0), (0, 0), (top, top), (left, left)))
    kernel_size = weight.shape[2:]
    windows = sliding_windows(x, kernel_size=kernel_size, stride=stride, dilation=dilation)
    return einsum(g, windows, subscripts="nfhw,nchwij->fcij")


conv2d.vjp(
    conv2d_vjp_x,
    conv2d_vjp_weight,
    conv2d_vjp_bias,
    formulas=[
        conv2d_formula_x,
        conv2d_formula_weight,
        lambda g, out, x, weight, bias, **geometry: g.sum(axis=(0, 2, 3)),
    ],
)


# Up to this many multiplications OpenBLAS takes a product as it is, on one thread; for larger ones it first
# packs the operands, which costs more than the product itself while the kernels are few and small.
SMALL_PRODUCT = 1_000_000

# Largest number of elements of a product that is made before it is summed: 8 MB of float32.
CACHED = 2_000_000


def row_slices(windows, filters):
    """Rows of the result that are computed together: as many as give a small product, or else all.

    The columns of few rows stay in the cache. They are made again in the backward pass and not stored.
    """
    n, c, oh, ow, kh, kw = windows.shape
    together = SMALL_PRODUCT // max(1, filters * c * kh * kw * ow * n) or oh
    return [slice(row, row + together) for row in range(0, oh, together)]


def products(windows, weight, dtype):
    """The weights times the windows, (F, OH, OW, N); and the columns, if they were made all at once."""
    n, _, oh, ow = windows.shape[:4]
    weights = weight.reshape(len(weight), weight[0].size)
    out = np.empty((len(weight), oh, ow * n), dtype)
    slices = row_slices(windows, len(weight))
    for rows in slices:
        columns = columns_of(windows[:, :, rows])
        np.matmul(weights, columns, out=out[:, rows].reshape(len(out), columns.shape[1]))
    return out.reshape(len(out), oh, ow, n), columns if len(slices) == 1 else None


def columns_of(windows):
    """Windows (N, C, OH, OW, KH, KW) as a matrix (C * KH * KW, OH * OW * N)."""
    n, c, oh, ow, kh, kw = windows.shape
    return windows.transpose(1, 4, 5, 2, 3, 0).reshape(c * kh * kw, oh * ow * n)


def matrix(g):
    """g (N, F, OH, OW) as a matrix (F, OH * OW * N): no copy if memory runs F, OH, OW, N."""
    n, filters, oh, ow = g.shape
    return g.transpose(1, 2, 3, 0).reshape(filters, oh * ow * n)


def geometry(stride, padding, dilation):
    return (
        pair("conv2d", "stride", stride, 1),
        pair("conv2d", "padding", padding, 0),
        pair("conv2d", "dilation", dilation, 1),
    )


def check_conv2d(x, weight, bias):
    got = f"\n  x: {x}   weight: {weight}" + ("" if bias is None else f"   bias: {bias}")
    if len(x) != 4:
        raise ShapeError(
            f"conv2d(x, weight): x must be (N, C, H, W){got}   a single image is x[None]"
        )
    if len(weight) != 4 or 0 in weight:
        raise ShapeError(f"conv2d(x, weight): weight must be (F, C, KH, KW), no side of it 0{got}")
    if x[1] != weight[1]:
        raise ShapeError(
            f"conv2d(x, weight): x has {x[1]} channels but weight takes {weight[1]}{got}   "
            "needed: x.shape[1] == weight.shape[1]"
        )
    if bias is not None and bias != weight[:1]:
        raise ShapeError(f"conv2d(x, weight, bias): bias must be (F,) = {weight[:1]}{got}")


def conv1d(x, weight, bias=None, *, stride=1, padding=0, dilation=1):
    """`conv2d` of images with a height of one pixel.

    x (N, C, L), weight (F, C, K), bias (F,) or None -> (N, F, OL); integers for the parameters.
    """
    for name, array, axes in (("x", x, "(N, C, L)"), ("weight", weight, "(F, C, K)")):
        if np.ndim(array) != 3:
            raise ShapeError(f"conv1d(x, weight): {name}: {np.shape(array)}   needed {axes}")
    for name, value in (("stride", stride), ("padding", padding), ("dilation", dilation)):
        if not isinstance(value, int | np.integer):
            raise ParameterError(f"conv1d: {name}={value!r} must be an integer")
    (n, c, length), (f, d, k) = x.shape, weight.shape
    out = conv2d(
        reshape(x, shape=(n, c, 1, length)),
        reshape(weight, shape=(f, d, 1, k)),
        bias,
        stride=(1, stride),
        padding=(0, padding),
        dilation=(1, dilation),
    )
    return reshape(out, shape=(n, f, out.shape[3]))
