"""An equation of a step: a formula with the user's words for its names, and the recorded numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

import numpy as np

from minigrad.view.formulas import Formula, numbers
from minigrad.view.snapshot import Snapshot


@final
@dataclass(frozen=True)
class Equation:
    """formula    with names of its own: "g", "out" and the inputs of the op
    names      the user's words for those
    values     what they held: snapshots, and numbers that were given as they are
    result     what came out, in the record
    definition   it says what a fused op computes, and not how it was called
    """

    formula: Formula
    names: Mapping[str, str]
    values: Mapping[str, Any]
    result: Snapshot | None = None
    definition: bool = False

    @cached_property
    def text(self) -> str:
        """`dL/dh = dL/dout * x`"""
        return self.formula.equation(self.names)

    @cached_property
    def arithmetic(self) -> str | None:
        """`3.0*2.0`, where all of it is about single numbers: what gives, to the last bit, the result."""
        known = self.arrays
        return None if known is None else self.formula.numbers(known)

    @cached_property
    def numbers(self) -> str | None:
        """`dL/dh = 3.0*2.0 = 6.0`"""
        left = self.formula.left(self.names)
        if self.arithmetic is None or self.result is None or self.result.array is None:
            return None
        value = numbers.exact(self.result.array.reshape(()))
        middle = "" if self.arithmetic == value else f" = {self.arithmetic}"
        return f"{left}{middle} = {value}"

    @cached_property
    def shapes(self) -> str:
        """`dX = dY @ W.T : (2, 3) = (2, 4) @ (4, 3)`"""
        return self.formula.shapes(self.names)

    @cached_property
    def indices(self) -> str | None:
        """`dX[i, j] = Σ_k dY[i, k] * W[j, k]`"""
        return self.formula.indices(self.names)

    @cached_property
    def mathml(self) -> str:
        return self.formula.mathml(self.names)

    @cached_property
    def mathml_indices(self) -> str | None:
        return self.formula.mathml_indices(self.names)

    @property
    def arrays(self) -> dict[str, Any] | None:
        """The values as arrays and numbers; None where one was too large to be kept."""
        found = {}
        for name, value in self.values.items():
            found[name] = value.array if isinstance(value, Snapshot) else value
            if isinstance(value, Snapshot) and value.array is None:
                return None
        return found

    def evaluate(self) -> Any:
        """What the formula gives for the recorded values; None where that cannot be told."""
        known = self.arrays
        return None if known is None else self.formula.evaluate(known)


def exact(value: Snapshot) -> str | None:
    """A single number in full, with as many brackets as it has axes; None for arrays."""
    if value.array is None or value.size != 1:
        return None
    ndim = len(value.shape)
    return "[" * ndim + numbers.exact(np.asarray(value.array).reshape(())) + "]" * ndim
