"""Inputs with mean 0 and standard deviation 1, as measured on the training set."""

from __future__ import annotations

from typing import final

import numpy as np

from minigrad.errors import ParameterError, ShapeError
from minigrad.typing import Array


@final
class Standardise:
    """x ↦ (x - mean) / std, with statistics that broadcast over a batch of inputs.

    Validation and test inputs are standardised with the statistics of the training set.
    A std of 0 (a pixel that is always black) is replaced by 1, so that a constant stays finite.
    """

    def __init__(self, mean: Array, std: Array) -> None:
        self.mean, self.std = np.asarray(mean), np.asarray(std)

    @classmethod
    def fit(cls, inputs: Array, *, per: str = "channel") -> Standardise:
        """Measure `inputs` (n, channels, ...): one mean and std per "channel" or per "feature".

        A feature is one pixel of one channel, as a multilayer perceptron sees it.
        Two passes in float64, since E[x²] - E[x]² cancels; the result has the inputs' dtype.
        """
        if per not in ("channel", "feature"):
            raise ParameterError(f'Standardise: per={per!r}, needed: "channel" or "feature"')
        if inputs.ndim < 2 or len(inputs) == 0:
            raise ShapeError(
                f"Standardise: inputs {inputs.shape}, needed: (n, channels, ...), n > 0"
            )
        axes = (0,) if per == "feature" else (0, *range(2, inputs.ndim))
        mean = inputs.mean(axis=axes, keepdims=True, dtype=np.float64)
        # 1,000 examples at a time: a float64 copy of CIFAR-10 would take 1.2 GB.
        pieces = (inputs[i : i + 1000] - mean for i in range(0, len(inputs), 1000))
        squares = sum(np.square(piece).sum(axis=axes, keepdims=True) for piece in pieces)
        std = np.sqrt(squares / (inputs.size // mean.size))
        std[std == 0] = 1
        dtype = inputs.dtype if inputs.dtype.kind == "f" else np.dtype(np.float32)
        return cls(mean[0].astype(dtype), std[0].astype(dtype))

    def __call__(self, inputs: Array) -> Array:
        """(inputs - mean) / std, a new array."""
        out: Array = inputs - self.mean
        out /= self.std
        return out

    def state_dict(self) -> dict[str, Array]:
        """`mean` and `std`, for a checkpoint; `Standardise(**state)` is the inverse."""
        return {"mean": self.mean, "std": self.std}

    def __repr__(self) -> str:
        return f"Standardise(mean {self.mean.shape}, std {self.std.shape}, {self.mean.dtype})"
