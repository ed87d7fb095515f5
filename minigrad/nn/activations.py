"""Activations as layers. Their conventions at kinks are those of the ops."""

from __future__ import annotations

from typing import final

from minigrad.nn.module import Module
from minigrad.ops import gelu, leaky_relu, relu, sigmoid, softmax, tanh
from minigrad.tensor import Tensor


@final
class ReLU(Module):
    """max(x, 0)"""

    def forward(self, x: Tensor) -> Tensor:
        return relu(x)


@final
class LeakyReLU(Module):
    """x where it is positive, negative_slope * x elsewhere"""

    def __init__(self, negative_slope: float = 0.01):
        self.negative_slope = negative_slope

    def forward(self, x: Tensor) -> Tensor:
        return leaky_relu(x, negative_slope=self.negative_slope)

    def extra_repr(self) -> str:
        return f"negative_slope={self.negative_slope}"


@final
class Tanh(Module):
    """(e^x - e^-x) / (e^x + e^-x)"""

    def forward(self, x: Tensor) -> Tensor:
        return tanh(x)


@final
class Sigmoid(Module):
    """1 / (1 + e^-x)"""

    def forward(self, x: Tensor) -> Tensor:
        return sigmoid(x)


@final
class GELU(Module):
    """x Phi(x), where Phi is the distribution function of the standard normal distribution"""

    def forward(self, x: Tensor) -> Tensor:
        return gelu(x)


@final
class Softmax(Module):
    """e^x divided by its sum along `axis`. `CrossEntropyLoss` contains it: do not put it before that loss."""

    def __init__(self, axis: int = -1):
        self.axis = axis

    def forward(self, x: Tensor) -> Tensor:
        return softmax(x, axis=self.axis)

    def extra_repr(self) -> str:
        return f"axis={self.axis}"
