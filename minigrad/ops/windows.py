"""Sliding windows over images, and their transpose, which adds overlapping windows.

These two ops define convolution and pooling. Their fast forms share the memory order that is made here:
the axes of a Tensor are N, C, H, W, but its memory runs C, H, W, N. So each pixel of a window is one
contiguous block for the whole batch. Only `strides` shows it.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from minigrad.domain import Case, Draw, Reject
from minigrad.errors import ParameterError, ShapeError
from minigrad.op import op

Pair = tuple[int, int]


def pair(caller: str, name: str, value: Any, least: int) -> Pair:
    """`value`, an integer or a pair for height and width, as a pair of integers of at least `least`."""
    try:
        height, width = value if isinstance(value, tuple | list) else (value, value)
        both = operator.index(height), operator.index(width)
    except (TypeError, ValueError):
        both = None
    if both is None or min(both) < least:
        raise ParameterError(
            f"{caller}: {name}={value!r} must be an integer of at least {least}, "
            "or a pair of them for height and width"
        )
    return both


def windows_along(caller: str, size: Pair, kernel_size: Pair, stride: Pair, dilation: Pair) -> Pair:
    """Number of windows in an image of `size`: floor((size - span) / stride) + 1 along each axis.

    A window spans dilation * (kernel_size - 1) + 1 pixels.
    """
    spans = [d * (k - 1) + 1 for d, k in zip(dilation, kernel_size)]
    if spans[0] > size[0] or spans[1] > size[1]:
        raise ShapeError(
            f"{caller}: a window of {spans[0]} x {spans[1]} does not fit into the padded input of "
            f"{size[0]} x {size[1]}: needed: a smaller kernel or dilation, or more padding"
        )
    return (size[0] - spans[0]) // stride[0] + 1, (size[1] - spans[1]) // stride[1] + 1


def picks(
    kernel_size: Pair, stride: Pair, dilation: Pair, count: Pair
) -> Iterator[tuple[Any, slice, slice]]:
    """For each pixel of the window, in row-major order, the index of that pixel in all windows."""
    for i in range(kernel_size[0]):
        top = i * dilation[0]
        rows = slice(top, top + stride[0] * (count[0] - 1) + 1, stride[0])
        for j in range(kernel_size[1]):
            left = j * dilation[1]
            yield ..., rows, slice(left, left + stride[1] * (count[1] - 1) + 1, stride[1])


def window_view(x, kernel_size: Pair, stride: Pair, dilation: Pair, count: Pair):
    """All windows as a read-only view of x, (N, C, H, W) -> (N, C, OH, OW, KH, KW)."""
    n, c, h, w = x.strides
    strides = (n, c, h * stride[0], w * stride[1], h * dilation[0], w * dilation[1])
    return as_strided(x, x.shape[:2] + count + kernel_size, strides, writeable=False)


# ---- memory order C, H, W, N ----


def batch_last(x):
    """x itself if its memory runs C, H, W, N, else a copy in that order."""
    return np.ascontiguousarray(x.transpose(1, 2, 3, 0)).transpose(3, 0, 1, 2)


def pad_image(x, padding: Pair, value: float = 0.0):
    """x in a frame of `padding` pixels on each side; memory runs C, H, W, N."""
    (n, c, h, w), (top, left) = x.shape, padding
    if not top and not left:
        return batch_last(x)
    frame = np.full((c, h + 2 * top, w + 2 * left, n), value, x.dtype).transpose(3, 0, 1, 2)
    frame[:, :, top : top + h, left : left + w] = x
    return frame


def crop_image(x, padding: Pair):
    """x without the frame: the transpose of `pad_image`."""
    top, left = padding
    return x[:, :, top : x.shape[2] - top, left : x.shape[3] - left]


# ---- the two ops ----


def sliding_windows_cases(draw: Draw) -> Case:
    n, c, kernel, stride, dilation, size = small_windows(draw)
    params = {"kernel_size": kernel, "stride": stride, "dilation": dilation}
    return Case((draw.array((n, c, *size)),), params)


def small_windows(draw: Draw) -> tuple[int, int, Pair, Pair, Pair, Pair]:
    """Windows that fit into a small image: batch, channels, kernel_size, stride, dilation, image."""
    n = 0 if draw.integer(0, 9) == 9 else draw.side(1, 2)
    kernel, stride, dilation = ((draw.side(1, 3), draw.side(1, 3)) for _ in range(3))
    dilation = (min(dilation[0], 2), 1)
    size = tuple(d * (k - 1) + 1 + draw.integer(0, 3) for d, k in zip(dilation, kernel))
    return n, draw.side(1, 2), kernel, stride, dilation, (size[0], size[1])


@op(
    cases=sliding_windows_cases,
    rejects=[
        Reject(ShapeError, "needed four axes", (np.ones((3, 3)),), {"kernel_size": 2}),
        Reject(
            ShapeError,
            "a window of 3 x 1 does not fit into the padded input of 2 x 4",
            (np.ones((1, 1, 2, 4)),),
            {"kernel_size": (2, 1), "dilation": 2},
        ),
        Reject(
            ParameterError,
            "stride=0 must be an integer of at least 1",
            (np.ones((1, 1, 2, 2)),),
            {"kernel_size": 1, "stride": 0},
        ),
    ],
)
def sliding_windows(x, *, kernel_size, stride=1, dilation=1):
    """All windows of an image, a read-only view: (N, C, H, W) -> (N, C, OH, OW, KH, KW).

    out[n, c, a, b, i, j] = x[n, c, a * stride + i * dilation, b * stride + j * dilation]

    The parameters are integers, or pairs for height and width. All windows lie in the image. Rows and columns
    that remain at the bottom and at the right are in no window.
    """
    require_four_axes("sliding_windows", x)
    kernel_size = pair("sliding_windows", "kernel_size", kernel_size, 1)
    stride = pair("sliding_windows", "stride", stride, 1)
    dilation = pair("sliding_windows", "dilation", dilation, 1)
    count = windows_along("sliding_windows", x.shape[2:], kernel_size, stride, dilation)
    return window_view(x, kernel_size, stride, dilation, count)


def overlap_add_cases(draw: Draw) -> Case:
    n, c, kernel, stride, dilation, size = small_windows(draw)
    count = windows_along("overlap_add", size, kernel, stride, dilation)
    params = {"size": size, "stride": stride, "dilation": dilation}
    return Case((draw.array((n, c, *count, *kernel)),), params)


@op(
    cases=overlap_add_cases,
    rejects=[
        Reject(
            ShapeError,
            r"a window of 2 x 2 fits into 3 x 3 \(2, 2\) times, and there are \(3, 2\)",
            (np.ones((1, 1, 3, 2, 2, 2)),),
            {"size": (3, 3)},
        ),
        Reject(ShapeError, r"needed \(N, C, OH, OW, KH, KW\)", (np.ones((3, 3)),), {"size": 3}),
    ],
)
def overlap_add(windows, *, size, stride=1, dilation=1):
    """An image of `size`, the sum of its windows: the transpose of `sliding_windows`.

    (N, C, OH, OW, KH, KW) -> (N, C, H, W); pixels that are in no window are 0.
    """
    if np.ndim(windows) != 6:
        raise ShapeError(
            f"overlap_add(windows): windows: {np.shape(windows)}   needed (N, C, OH, OW, KH, KW)"
        )
    size = pair("overlap_add", "size", size, 1)
    stride = pair("overlap_add", "stride", stride, 1)
    dilation = pair("overlap_add", "dilation", dilation, 1)
    kernel_size, given = windows.shape[4:], windows.shape[2:4]
    count = windows_along("overlap_add", size, kernel_size, stride, dilation)
    if given != count:
        raise ShapeError(
            f"overlap_add(windows): a window of {kernel_size[0]} x {kernel_size[1]} fits into "
            f"{size[0]} x {size[1]} {count} times, and there are {given}"
        )
    image = np.zeros(windows.shape[:2] + size, windows.dtype)
    places = np.ndindex(kernel_size)
    for pick, (i, j) in zip(picks(kernel_size, stride, dilation, count), places):
        image[pick] += windows[..., i, j]
    return image


sliding_windows.vjp(
    lambda g, out, x, kernel_size, stride, dilation: overlap_add(
        g, size=x.shape[2:], stride=stride, dilation=dilation
    )
)

overlap_add.vjp(
    lambda g, out, windows, size, stride, dilation: sliding_windows(
        g, kernel_size=windows.shape[4:], stride=stride, dilation=dilation
    )
)


def require_four_axes(caller: str, x) -> None:
    if np.ndim(x) != 4:
        raise ShapeError(f"{caller}(x): x: {np.shape(x)}   needed four axes: (N, C, H, W)")
