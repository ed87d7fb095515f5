"""Conv2d: one small linear map, applied at every place of an image."""

from __future__ import annotations

from typing import final

import numpy as np
from numpy.typing import DTypeLike

from minigrad.errors import ShapeError
from minigrad.nn.checks import at_least, same_dtype
from minigrad.nn.init import Initialiser, drawn, kaiming_normal
from minigrad.nn.module import Module
from minigrad.nn.parameter import Parameter
from minigrad.ops import conv2d
from minigrad.ops.windows import pair
from minigrad.tensor import Tensor


@final
class Conv2d(Module):
    """`ops.conv2d` with its own weight and bias: x (N, in_channels, H, W) -> (N, out_channels, OH, OW)

    OH = floor((H + 2 padding - dilation (kernel_size - 1) - 1) / stride) + 1; these four are integers,
    or pairs for height and width. weight (out_channels, in_channels, *kernel_size) is drawn by `init`,
    by default He's normal distribution; bias (out_channels,) starts at 0.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] = 1,
        padding: int | tuple[int, int] = 0,
        dilation: int | tuple[int, int] = 1,
        bias: bool = True,
        *,
        rng: np.random.Generator | None = None,
        init: Initialiser = kaiming_normal,
        dtype: DTypeLike = np.float32,
    ):
        at_least("Conv2d", 1, in_channels=in_channels, out_channels=out_channels)
        self.in_channels, self.out_channels = in_channels, out_channels
        self.kernel_size = pair("Conv2d", "kernel_size", kernel_size, 1)
        self.stride = pair("Conv2d", "stride", stride, 1)
        self.padding = pair("Conv2d", "padding", padding, 0)
        self.dilation = pair("Conv2d", "dilation", dilation, 1)
        shape = (out_channels, in_channels, *self.kernel_size)
        self.weight = drawn("Conv2d", init, shape, rng, dtype)
        self.bias = Parameter(np.zeros(out_channels, dtype)) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        if x.ndim != 4 or x.shape[1] != self.in_channels:
            raise ShapeError(
                f"{self!r}: x has shape {x.shape}, needed (N, {self.in_channels}, H, W)"
                + (
                    "; a batch of grey images becomes that with x[:, None]"
                    if x.ndim == 3 and self.in_channels == 1
                    else ""
                )
            )
        same_dtype(self, x, self.weight)
        return conv2d(
            x,
            self.weight,
            self.bias,
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
        )

    def extra_repr(self) -> str:
        shown = [
            f"{self.in_channels}, {self.out_channels}",
            f"kernel_size={self.kernel_size}, stride={self.stride}",
        ]
        shown += [f"padding={self.padding}"] * (self.padding != (0, 0))
        shown += [f"dilation={self.dilation}"] * (self.dilation != (1, 1))
        shown += ["bias=False"] * (self.bias is None)
        return ", ".join(shown)
