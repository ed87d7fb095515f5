"""Dropout: noise that keeps units from relying on each other."""

from __future__ import annotations

from typing import final

import numpy as np

from minigrad.errors import ParameterError
from minigrad.generators import Rng, require_generator
from minigrad.nn.module import Module
from minigrad.ops import dropout
from minigrad.tensor import Tensor


@final
class Dropout(Module):
    """In training each element is 0 with probability p and x / (1 - p) otherwise; in evaluation x.

    The layer has its own generator, whose seed is drawn from `rng`, a generator or a seed. So its masks do
    not depend on other draws from `rng`. The generator is among the `named_rngs()` of a model.

    Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", 2014, but
    scaled in training rather than in evaluation.
    """

    def __init__(self, p: float = 0.5, *, rng: Rng | None = None):
        if not 0 <= p < 1:
            raise ParameterError(f"Dropout: p={p} must be in [0, 1)")
        self.p = p
        seed = require_generator("Dropout", rng).integers(2**63, size=4)
        self.rng = np.random.default_rng(seed)

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.p == 0:
            return x
        kept = self.rng.random(x.shape, dtype=np.float32) >= self.p
        mask = np.multiply(kept, 1 / (1 - self.p), dtype=x.dtype)
        return dropout(x, mask)

    def extra_repr(self) -> str:
        return f"p={self.p}"
