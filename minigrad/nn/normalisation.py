"""Normalisation layers: they bring their inputs to mean 0 and variance 1, then scale and shift them."""

from __future__ import annotations

from abc import abstractmethod
from typing import final

import numpy as np
from numpy.typing import DTypeLike

from minigrad.errors import ParameterError, ShapeError
from minigrad.nn.checks import require_at_least, require_dtype, require_eps
from minigrad.nn.module import Module
from minigrad.nn.parameter import Buffer, Parameter
from minigrad.ops import batch_norm, layer_norm
from minigrad.ops.normalisation import batch_norm_by, batch_statistics
from minigrad.tensor import Tensor
from minigrad.typing import Array


class BatchNorm(Module):
    """weight * (x - mean) / sqrt(var + eps) + bias, for each channel, axis 1 of x

    In training, mean and var are those of the batch. Each batch also updates the running ones:

        running <- (1 - momentum) running + momentum batch

    Here the variance of the batch is the unbiased one, n / (n - 1) times the var of the formula. If
    momentum is None, they are plain averages over all batches. Evaluation uses the running ones, so that
    the output of an example does not depend on its batch.

    weight (gamma) and running_var start at 1, bias (beta) and running_mean at 0; all are (num_features,).
    num_batches_tracked is the number of batches. Training raises `ShapeError` if a channel has one value.

    Ioffe and Szegedy, "Batch normalization", 2015.
    """

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        *,
        dtype: DTypeLike = np.float32,
    ):
        name = type(self).__name__
        require_at_least(name, 1, num_features=num_features)
        require_eps(name, eps)
        if momentum is not None and not 0 <= momentum <= 1:
            raise ParameterError(f"{name}: momentum={momentum} must be in [0, 1], or None")
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.weight = Parameter(np.ones(num_features, dtype))
        self.bias = Parameter(np.zeros(num_features, dtype))
        self.running_mean = Buffer(np.zeros(num_features, dtype))
        self.running_var = Buffer(np.ones(num_features, dtype))
        self.num_batches_tracked = Buffer(np.zeros((), np.int64))

    @property
    @abstractmethod
    def layouts(self) -> tuple[str, ...]:
        """The axes that x may have, one letter each."""

    def forward(self, x: Tensor) -> Tensor:
        if x.ndim not in map(len, self.layouts) or x.shape[1] != self.num_features:
            needed = " or ".join(f"({', '.join(axes)})" for axes in self.layouts)
            needed = needed.replace("C", str(self.num_features))
            raise ShapeError(f"{self!r}: x has shape {x.shape}, needed {needed}")
        require_dtype(self, x, self.weight)
        if not self.training:
            mean, var = self.running_mean, self.running_var
            return batch_norm_by(mean, var, x, self.weight, self.bias, eps=self.eps)
        n = x.size // self.num_features
        if n < 2:
            raise ShapeError(
                f"{self!r}: x has shape {x.shape}, {n} values per channel; training needs at least 2: "
                "give a larger batch, or set evaluation mode with eval()"
            )
        statistics = batch_statistics(x)
        self._update_running(statistics.mean, statistics.var, n)
        return batch_norm(x, self.weight, self.bias, eps=self.eps, statistics=statistics)

    def _update_running(self, mean: Array, var: Array, n: int) -> None:
        """Update the running mean and variance with those of a batch, which has n values per channel."""
        self.num_batches_tracked.data = count = self.num_batches_tracked.data + 1
        momentum = 1 / int(count) if self.momentum is None else self.momentum
        keep = 1 - momentum
        self.running_mean.data = keep * self.running_mean.data + momentum * mean
        self.running_var.data = keep * self.running_var.data + (momentum * n / (n - 1)) * var

    def extra_repr(self) -> str:
        return f"{self.num_features}, eps={self.eps}, momentum={self.momentum}"


@final
class BatchNorm1d(BatchNorm):
    """`BatchNorm` of features (N, C), or of sequences (N, C, L), each channel over N and L."""

    layouts = ("NC", "NCL")


@final
class BatchNorm2d(BatchNorm):
    """`BatchNorm` of images (N, C, H, W), each channel over N, H and W."""

    layouts = ("NCHW",)


@final
class LayerNorm(Module):
    """weight * (x - mean) / sqrt(var + eps) + bias, with mean and var over the last axes of x

    x (..., *normalized_shape), where normalized_shape is an integer or a tuple of them. weight (gamma)
    starts at 1 and bias (beta) at 0; both have normalized_shape. The same in training and evaluation.

    Ba, Kiros and Hinton, "Layer normalization", 2016.
    """

    def __init__(
        self,
        normalized_shape: int | tuple[int, ...],
        eps: float = 1e-5,
        *,
        dtype: DTypeLike = np.float32,
    ):
        shape = normalized_shape if isinstance(normalized_shape, tuple) else (normalized_shape,)
        for size in shape:
            require_at_least("LayerNorm", 1, normalized_shape=size)
        require_eps("LayerNorm", eps)
        self.normalized_shape, self.eps = shape, eps
        self.weight = Parameter(np.ones(shape, dtype))
        self.bias = Parameter(np.zeros(shape, dtype))

    def forward(self, x: Tensor) -> Tensor:
        if x.shape[-len(self.normalized_shape) :] != self.normalized_shape:
            needed = ", ".join(map(str, self.normalized_shape))
            raise ShapeError(f"{self!r}: x has shape {x.shape}, needed (..., {needed})")
        require_dtype(self, x, self.weight)
        return layer_norm(x, self.weight, self.bias, eps=self.eps)

    def extra_repr(self) -> str:
        return f"{self.normalized_shape}, eps={self.eps}"
