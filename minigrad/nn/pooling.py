"""Pooling: each window of an image becomes one number, its largest or its mean."""

from __future__ import annotations

from typing import final

from minigrad.nn.module import Module
from minigrad.ops import avg_pool2d, max_pool2d
from minigrad.ops.pooling import geometry
from minigrad.tensor import Tensor

Size = int | tuple[int, int]


@final
class MaxPool2d(Module):
    """`ops.max_pool2d`: (N, C, H, W) -> (N, C, OH, OW)

    OH = floor((H + 2 padding - kernel_size) / stride) + 1; `stride` is `kernel_size` unless given.
    """

    def __init__(self, kernel_size: Size, stride: Size | None = None, padding: Size = 0):
        geometry("MaxPool2d", kernel_size, stride, padding)
        self.kernel_size, self.padding = kernel_size, padding
        self.stride = kernel_size if stride is None else stride

    def forward(self, x: Tensor) -> Tensor:
        return max_pool2d(x, kernel_size=self.kernel_size, stride=self.stride, padding=self.padding)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


@final
class AvgPool2d(Module):
    """`ops.avg_pool2d`: (N, C, H, W) -> (N, C, OH, OW), the parameters as in `MaxPool2d`.

    The zeros of the padding count: PyTorch's default.
    """

    def __init__(self, kernel_size: Size, stride: Size | None = None, padding: Size = 0):
        geometry("AvgPool2d", kernel_size, stride, padding)
        self.kernel_size, self.padding = kernel_size, padding
        self.stride = kernel_size if stride is None else stride

    def forward(self, x: Tensor) -> Tensor:
        return avg_pool2d(x, kernel_size=self.kernel_size, stride=self.stride, padding=self.padding)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"
