"""Conv2d: one small linear map, applied to every window of an image."""

from __future__ import annotations

from typing import final

import numpy as np
from numpy.typing import DTypeLike

from minigrad.errors import ShapeError
from minigrad.generators import Rng
from minigrad.nn.checks import require_at_least, require_dtype
from minigrad.nn.init import Initialiser, kaiming_normal, make_parameters
from minigrad.nn.module import Module
from minigrad.ops import conv2d
from minigrad.ops.windows import pair
from minigrad.tensor import Tensor


@final
class Conv2d(Module):
    """`ops.conv2d` with its own weight and bias: x (N, in_channels, H, W) -> (N, out_channels, OH, OW)

    OH = floor((H + 2 padding - dilation (kernel_size - 1) - 1) / stride) + 1. These four parameters are
    integers, or pairs for height and width. weight (out_channels, in_channels, *kernel_size) is drawn by
    `init` with `rng`, a generator or a seed; by default from He's normal distribution. bias
    (out_channels,) starts at 0.
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
        rng: Rng | None = None,
        init: Initialiser = kaiming_normal,
        dtype: DTypeLike = np.float32,
    ):
        require_at_least("Conv2d", 1, in_channels=in_channels, out_channels=out_channels)
        self.in_channels, self.out_channels = in_channels, out_channels
        self.kernel_size = pair("Conv2d", "kernel_size", kernel_size, 1)
        self.stride = pair("Conv2d", "stride", stride, 1)
        self.padding = pair("Conv2d", "padding", padding, 0)
        self.dilation = pair("Conv2d", "dilation", dilation, 1)
        shape = (out_channels, in_channels, *self.kernel_size)
        self.weight, self.bias = make_parameters("Conv2d", shape, bias, rng, init, dtype)

    def forward(self, x: Tensor) -> Tensor:
        if x.ndim != 4 or x.shape[1] != self.in_channels:
            raise ShapeError(
                f"{self!r}: x has shape {x.shape}, needed (N, {self.in_channels}, H, W)"
                + (
                    "; for grey images give x[:, None]"
                    if (x.ndim, self.in_channels) == (3, 1)
                    else ""
                )
            )
        require_dtype(self, x, self.weight)
        geometry = {"stride": self.stride, "padding": self.padding, "dilation": self.dilation}
        return conv2d(x, self.weight, self.bias, **geometry)

    def extra_repr(self) -> str:
        text = f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}"
        text += f", stride={self.stride}"
        text += f", padding={self.padding}" * (self.padding != (0, 0))
        text += f", dilation={self.dilation}" * (self.dilation != (1, 1))
        return text + ", bias=False" * (self.bias is None)
