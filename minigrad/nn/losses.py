"""Losses as modules, functions of a model's output and a target."""

from __future__ import annotations

from typing import Any, final

from minigrad.nn.module import Module
from minigrad.ops import cross_entropy, mse_loss
from minigrad.ops.losses import check_reduction
from minigrad.tensor import Tensor


class Loss(Module):
    """A loss with `reduction` mean, sum or none."""

    def __init__(self, reduction: str = "mean"):
        check_reduction(reduction, type(self).__name__)
        self.reduction = reduction


@final
class CrossEntropyLoss(Loss):
    """-log softmax(logits)[target], of logits (N, C) and labels (N,); `reduction` mean, sum or none"""

    def forward(self, logits: Tensor, target: Any) -> Tensor:
        return cross_entropy(logits, target, reduction=self.reduction)


@final
class MSELoss(Loss):
    """(x - target)^2, of two arrays of one shape; `reduction` mean, sum or none"""

    def forward(self, x: Tensor, target: Any) -> Tensor:
        return mse_loss(x, target, reduction=self.reduction)
