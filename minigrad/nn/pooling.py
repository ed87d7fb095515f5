"""Pooling layers: each window of an image becomes one number, its largest or its mean."""

from __future__ import annotations

from typing import final

from minigrad.nn.module import Module
from minigrad.ops import avg_pool2d, max_pool2d
from minigrad.ops.pooling import geometry
from minigrad.tensor import Tensor

Size = int | tuple[int, int]


class Pool2d(Module):
    """One number for each window of an image: (N, C, H, W) -> (N, C, OH, OW)

    OH = floor((H + 2 padding - kernel_size) / stride) + 1; `stride` is `kernel_size` unless given.
    """

    def __init__(self, kernel_size: Size, stride: Size | None = None, padding: Size = 0):
        geometry(type(self).__name__, kernel_size, stride, padding)
        self.kernel_size, self.padding = kernel_size, padding
        self.stride = kernel_size if stride is None else stride

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


@final
class MaxPool2d(Pool2d):
    """`ops.max_pool2d`: the largest element of each window; the parameters are those of `Pool2d`."""

    def forward(self, x: Tensor) -> Tensor:
        return max_pool2d(x, kernel_size=self.kernel_size, stride=self.stride, padding=self.padding)


@final
class AvgPool2d(Pool2d):
    """`ops.avg_pool2d`: the mean of each window; the parameters are those of `Pool2d`.

    The zeros of the padding count: PyTorch's default.
    """

    def forward(self, x: Tensor) -> Tensor:
        return avg_pool2d(x, kernel_size=self.kernel_size, stride=self.stride, padding=self.padding)
