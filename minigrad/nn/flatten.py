"""Flatten: each image becomes a row."""

from __future__ import annotations

import math
from typing import final

from minigrad.errors import ShapeError
from minigrad.nn.module import Module
from minigrad.ops import reshape
from minigrad.tensor import Tensor


@final
class Flatten(Module):
    """Joins the axes from `start_dim` on: (N, C, H, W) -> (N, C * H * W)"""

    def __init__(self, start_dim: int = 1):
        self.start_dim = start_dim

    def forward(self, x: Tensor) -> Tensor:
        if not -x.ndim <= self.start_dim < x.ndim:
            raise ShapeError(f"{self!r}: x has shape {x.shape}, and no axis {self.start_dim}")
        kept, joined = x.shape[: self.start_dim], x.shape[self.start_dim :]
        return reshape(x, shape=(*kept, math.prod(joined)))

    def extra_repr(self) -> str:
        return f"start_dim={self.start_dim}"
