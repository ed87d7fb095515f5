"""Pooling: one number for each window of an image, in each channel."""

from __future__ import annotations

from typing import Any

import numpy as np

from minigrad.domain import DISTINCT, REAL, Case, Cases, Domain, Draw, Reject
from minigrad.errors import ParameterError, ShapeError
from minigrad.op import fused
from minigrad.ops.axes import first_max
from minigrad.ops.shapes import broadcast_to, pad
from minigrad.ops.windows import (
    Pair,
    batch_last,
    crop_image,
    overlap_add,
    pad_image,
    pair,
    picks,
    require_four_axes,
    sliding_windows,
    small_windows,
    windows_along,
)


def pooling_cases(domain: Domain) -> Cases:
    def cases(draw: Draw) -> Case:
        n, c, kernel, stride, _, size = small_windows(draw)
        padding = draw.integer(0, kernel[0] // 2), draw.integer(0, kernel[1] // 2)
        params: dict[str, Any] = {"kernel_size": kernel, "stride": stride, "padding": padding}
        if draw.boolean():
            params = {"kernel_size": min(kernel)}
        return Case((draw.array((n, c, *size), domain),), params)

    return cases


IMAGE = np.ones((2, 3, 5, 6))
REJECTS = [
    Reject(ShapeError, r"x: \(3, 5, 6\)   needed four axes", (IMAGE[0],), {"kernel_size": 2}),
    Reject(
        ShapeError,
        "a window of 6 x 2 does not fit into the padded input of 5 x 6",
        (IMAGE,),
        {"kernel_size": (6, 2)},
    ),
    Reject(ParameterError, "kernel_size=0 must be an integer", (IMAGE,), {"kernel_size": 0}),
    Reject(ParameterError, "stride=0", (IMAGE,), {"kernel_size": 2, "stride": 0}),
    Reject(ParameterError, "padding=-1", (IMAGE,), {"kernel_size": 2, "padding": -1}),
    Reject(
        ParameterError,
        r"padding=\(0, 2\) is more than half of kernel_size=\(2, 3\)",
        (IMAGE,),
        {"kernel_size": (2, 3), "padding": (0, 2)},
    ),
]


def max_pool2d_definition(x, *, kernel_size, stride=None, padding=0):
    return framed_windows(x, -np.inf, kernel_size, stride, padding).max(axis=(4, 5))


@fused(max_pool2d_definition, cases=pooling_cases(DISTINCT), rejects=REJECTS)
def max_pool2d(x, *, kernel_size, stride=None, padding=0):
    """The largest element of each window: (N, C, H, W) -> (N, C, OH, OW).

    OH = floor((H + 2 padding - KH) / stride) + 1. The parameters are integers, or pairs for height and
    width. `stride` is `kernel_size` unless given; windows overlap if it is smaller. The padding is -inf,
    so it is never the largest; it may be at most half of a window. The first of equal elements in
    row-major order gets the gradient, as in PyTorch.
    """
    kernel_size, stride, padding = geometry("max_pool2d", kernel_size, stride, padding)
    require_four_axes("max_pool2d", x)
    lowest = -np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min
    image = pad_image(x, padding, lowest)
    count = windows_along("max_pool2d", image.shape[2:], kernel_size, stride, (1, 1))
    first, *others = picks(kernel_size, stride, (1, 1), count)
    out = image[first].copy("K")
    for pick in others:
        np.maximum(out, image[pick], out=out)
    return out, (image, out)


def max_pool2d_vjp(g, saved, x, kernel_size, stride, padding):
    kernel_size, stride, padding = geometry("max_pool2d", kernel_size, stride, padding)
    image, out = saved
    g = batch_last(g)
    count = out.shape[2:]
    apart = stride[0] >= kernel_size[0] and stride[1] >= kernel_size[1]
    tiled = stride == kernel_size and image.shape[2:] == (
        count[0] * stride[0],
        count[1] * stride[1],
    )
    gx = np.empty_like(image) if tiled else np.zeros_like(image)
    unclaimed = np.ones_like(out, dtype=bool)
    for pick in picks(kernel_size, stride, (1, 1), count):
        wins = image[pick] == out
        wins &= unclaimed
        unclaimed ^= wins
        if apart:
            np.multiply(g, wins, out=gx[pick])
        else:
            gx[pick] += g * wins
    return crop_image(gx, padding)


def max_pool2d_formula(g, out, x, kernel_size, stride, padding):
    """Each element of g is added at the first maximum of its window."""
    windows = framed_windows(x, -np.inf, kernel_size, stride, padding)
    wins = first_max(windows, axis=(4, 5))
    return into_image(g.reshape(*g.shape, 1, 1) * wins, x, kernel_size, stride, padding)


max_pool2d.vjp(max_pool2d_vjp, formulas=[max_pool2d_formula])


def avg_pool2d_definition(x, *, kernel_size, stride=None, padding=0):
    return framed_windows(x, 0.0, kernel_size, stride, padding).mean(axis=(4, 5))


@fused(avg_pool2d_definition, cases=pooling_cases(REAL), rejects=REJECTS)
def avg_pool2d(x, *, kernel_size, stride=None, padding=0):
    """The mean of each window: (N, C, H, W) -> (N, C, OH, OW).

    The parameters are those of `max_pool2d`. The zeros of the padding count as elements of the window, as by
    PyTorch's default, count_include_pad=True.
    """
    kernel_size, stride, padding = geometry("avg_pool2d", kernel_size, stride, padding)
    require_four_axes("avg_pool2d", x)
    image = pad_image(x, padding)
    count = windows_along("avg_pool2d", image.shape[2:], kernel_size, stride, (1, 1))
    first, *others = picks(kernel_size, stride, (1, 1), count)
    out = image[first].astype(np.result_type(x, 1.0), order="K")
    for pick in others:
        out += image[pick]
    out *= 1 / (kernel_size[0] * kernel_size[1])
    return out, image.shape


def avg_pool2d_vjp(g, framed, x, kernel_size, stride, padding):
    kernel_size, stride, padding = geometry("avg_pool2d", kernel_size, stride, padding)
    share = batch_last(g) * (1 / (kernel_size[0] * kernel_size[1]))
    n, c, h, w = framed
    gx = np.zeros((c, h, w, n), g.dtype).transpose(3, 0, 1, 2)
    for pick in picks(kernel_size, stride, (1, 1), g.shape[2:]):
        gx[pick] += share
    return crop_image(gx, padding)


def avg_pool2d_formula(g, out, x, kernel_size, stride, padding):
    """Each element of g is divided equally among the elements of its window."""
    sides = pair("avg_pool2d", "kernel_size", kernel_size, 1)
    share = g.reshape(*g.shape, 1, 1) / (sides[0] * sides[1])
    windows = broadcast_to(share, shape=(*g.shape, *sides))
    return into_image(windows, x, kernel_size, stride, padding)


avg_pool2d.vjp(avg_pool2d_vjp, formulas=[avg_pool2d_formula])


def framed_windows(x, value, kernel_size, stride, padding):
    """The windows of x in a frame of `value`, from which both poolings are defined."""
    kernel_size, stride, (top, left) = geometry("pooling", kernel_size, stride, padding)
    x = pad(x, pad_width=((0, 0), (0, 0), (top, top), (left, left)), value=value)
    return sliding_windows(x, kernel_size=kernel_size, stride=stride)


def into_image(windows, x, kernel_size, stride, padding):
    """The sum of the windows of the framed image, without the frame."""
    _, stride, padding = geometry("pooling", kernel_size, stride, padding)
    size = tuple(n + 2 * p for n, p in zip(x.shape[2:], padding))
    return crop_image(overlap_add(windows, size=size, stride=stride), padding)


def geometry(caller: str, kernel_size, stride, padding) -> tuple[Pair, Pair, Pair]:
    kernel = pair(caller, "kernel_size", kernel_size, 1)
    steps = kernel if stride is None else pair(caller, "stride", stride, 1)
    frame = pair(caller, "padding", padding, 0)
    if 2 * frame[0] > kernel[0] or 2 * frame[1] > kernel[1]:
        raise ParameterError(
            f"{caller}: padding={padding} is more than half of kernel_size={kernel_size}: "
            "some windows would lie entirely in the padding"
        )
    return kernel, steps, frame
