"""Dropout: noise that keeps units from relying on each other."""

from __future__ import annotations

from typing import final

import numpy as np

from minigrad.errors import ParameterError
from minigrad.nn.init import generator
from minigrad.nn.module import Module
from minigrad.ops import dropout
from minigrad.tensor import Tensor


@final
class Dropout(Module):
    """In training each element is 0 with probability p and x / (1 - p) otherwise; in evaluation x.

    The layer has a generator of its own, seeded by `rng`, so that its masks do not depend on what else
    draws from `rng`; it is among the `named_rngs()` of a model.

    Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", 2014, scaled
    in training rather than in evaluation.
    """

    def __init__(self, p: float = 0.5, *, rng: np.random.Generator | None = None):
        if not 0 <= p < 1:
            raise ParameterError(f"Dropout: p={p} must be in [0, 1)")
        self.p = p
        self.rng = np.random.default_rng(generator("Dropout", rng).integers(2**63, size=4))

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.p == 0:
            return x
        kept = self.rng.random(x.shape, dtype=np.float32) >= self.p
        mask = np.multiply(kept, 1 / (1 - self.p), dtype=x.dtype)
        return dropout(x, mask)

    def extra_repr(self) -> str:
        return f"p={self.p}"
