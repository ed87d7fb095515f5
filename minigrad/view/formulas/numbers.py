"""How numbers are written: the shortest digits that are read back as the same number, or four of them."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np

KNOWN = {
    2 / math.sqrt(math.pi): "2 / sqrt(pi)",
    1 / math.sqrt(2 * math.pi): "1 / sqrt(2 * pi)",
    math.sqrt(0.5): "sqrt(0.5)",
    math.pi: "pi",
    math.e: "e",
}
"""Constants that a rule has computed, by their value: equal to the last bit, or they are not meant."""


def exact(x: Any) -> str:
    """The shortest text that gives the same number in its dtype: 0.1 for np.float32(0.1)."""
    x = x.item() if isinstance(x, np.ndarray) and x.dtype.kind != "f" else x
    return str(x[()]) if isinstance(x, np.ndarray) else str(x)


def constant(x: Any) -> str:
    """A number of a rule's, as its author may have meant it: 2 / 3 for 0.6666666666666666."""
    if not isinstance(x, float) or not math.isfinite(x):
        return exact(x)
    if x in KNOWN:
        return KNOWN[x]
    if len(text := exact(x)) > 7 and 1e-3 <= abs(x) <= 1e3:
        fraction = Fraction(x).limit_denominator(1000)
        if fraction.numerator / fraction.denominator == x:
            return f"{fraction.numerator} / {fraction.denominator}"
    return text


def brief(x: Any) -> str:
    """Four significant digits, for heat maps and labels: 0.3333, 12.5, 1.235e-07."""
    return exact(x) if isinstance(x, bool | int | np.integer | np.bool_) else f"{float(x):.4g}"
