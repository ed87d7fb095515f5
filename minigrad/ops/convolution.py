"""Convolution in one and two dimensions: a matrix product with the windows of the image as columns."""

from __future__ import annotations

from typing import Any

import numpy as np

from minigrad.domain import Case, Draw, Reject
from minigrad.errors import ParameterError, ShapeError
from minigrad.op import fused
from minigrad.ops.linalg import einsum
from minigrad.ops.shapes import pad, reshape
from minigrad.ops.windows import (
    cropped,
    padded,
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
    """out[n, f] = bias[f] + the sum over c, i, j of weight[f, c, i, j] times what windows see there.

    x (N, C, H, W), weight (F, C, KH, KW), bias (F,) or None -> (N, F, OH, OW), where
    OH = floor((H + 2 padding - dilation (KH - 1) - 1) / stride) + 1. The kernel is not flipped, as
    everywhere in the field. `stride`, `padding` (with zeros) and `dilation` are integers, or pairs for
    height and width. An empty batch gives an empty result. Raises `ShapeError` for arrays that do not
    fit, among them a kernel larger than the padded input, and `ParameterError` for a stride or
    dilation below 1 and a negative padding.

    The columns of Chellapilla et al., "High performance convolutional neural networks for document
    processing", 2006; here one row holds a pixel of the window for all the batch.
    """
    stride, padding, dilation = geometry(stride, padding, dilation)
    check_conv2d(np.shape(x), np.shape(weight), None if bias is None else np.shape(bias))
    filters, kernel_size = len(weight), weight.shape[2:]
    image = padded(x, padding)
    count = windows_along("conv2d", image.shape[2:], kernel_size, stride, dilation)
    windows = window_view(image, kernel_size, stride, dilation, count)
    columns = columns_of(windows, filters)
    dtype = np.result_type(columns, weight, *([] if bias is None else [bias]))
    out = np.empty((filters, len(columns), columns.shape[2]), dtype)
    np.matmul(weight.reshape(filters, -1), columns, out=out.transpose(1, 0, 2))
    if bias is not None:
        out += bias.reshape(-1, 1, 1)
    return out.reshape(filters, *count, len(x)).transpose(3, 0, 1, 2), columns


def conv2d_vjp_x(g, columns, x, weight, bias=None, *, stride, padding, dilation):
    stride, padding, dilation = geometry(stride, padding, dilation)
    kernel_size, count = weight.shape[2:], g.shape[2:]
    (n, c, h, w), (top, left), (oh, ow) = x.shape, padding, count
    blocks, places = len(columns), kernel_size[0] * kernel_size[1]
    g_columns = weight.reshape(len(weight), -1).T @ like_columns(g, columns)
    g_windows = g_columns.reshape(blocks, c, places, oh // blocks, ow, n)
    g_windows = g_windows.transpose(2, 5, 1, 0, 3, 4).reshape(places, n, c, oh, ow)
    gx = np.zeros((c, h + 2 * top, w + 2 * left, n), g_columns.dtype).transpose(3, 0, 1, 2)
    for pick, g_pixel in zip(picks(kernel_size, stride, dilation, count), g_windows):
        gx[pick] += g_pixel
    return cropped(gx, padding)


def conv2d_vjp_weight(g, columns, x, weight, bias=None, **geometry):
    # BLAS is faster with the long side of the columns on the left than with that of g.
    products = columns @ like_columns(g, columns).swapaxes(1, 2)
    return products.sum(axis=0).T.reshape(weight.shape)


def conv2d_vjp_bias(g, columns, x, weight, bias=None, **geometry):
    return like_columns(g, columns).sum(axis=(0, 2))


conv2d.vjp(conv2d_vjp_x, conv2d_vjp_weight, conv2d_vjp_bias)


# Up to this many multiplications OpenBLAS takes a product as it is, on one thread; for larger ones it first
# packs the operands, which costs more than the product itself while the kernels are few and small.
SMALL_PRODUCT = 1_000_000


def columns_of(windows, filters):
    """Windows (N, C, OH, OW, KH, KW) as matrices (blocks, C * KH * KW, pixels), with N the fastest axis.

    A block is a row of the result if that makes its product with the weights a small one, else there is
    only one.
    """
    n, c, oh, ow, kh, kw = windows.shape
    rows = c * kh * kw
    if filters * rows * ow * n <= SMALL_PRODUCT:
        return windows.transpose(2, 1, 4, 5, 3, 0).reshape(oh, rows, ow * n)
    return windows.transpose(1, 4, 5, 2, 3, 0).reshape(1, rows, oh * ow * n)


def like_columns(g, columns):
    """g (N, F, OH, OW) as matrices (blocks, F, pixels): no copy if memory runs F, OH, OW, N."""
    blocks, _, pixels = columns.shape
    return g.transpose(1, 2, 3, 0).reshape(g.shape[1], blocks, pixels).swapaxes(0, 1)


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
    """`conv2d` of images that are one pixel high.

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
