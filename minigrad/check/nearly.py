"""A gradient that is correct to many digits, and not beyond: no formula is wrong."""

from __future__ import annotations

import numpy as np

from minigrad.check.trial import Trial

CLOSE = 1e-5
"""A gradient that is off by no more than this share was meant to be this one."""


def nearly(trials: list[Trial]) -> tuple[str, ...]:
    """To how many digits it is correct, and where such gradients come from."""
    wrong = [t.sweep for t in trials if t.sweep.verdict == "wrong" and not t.kinked]
    off = max((abs(s.error) / s.scale if s.scale else np.inf for s in wrong), default=np.inf)
    if off > CLOSE:
        return ()
    digits = -np.log10(max(off, 1e-300))
    return (
        f" is correct to {digits:.0f} digits, and not beyond: was it found by wiggling, or computed in "
        "float32, or is there a number in it that was rounded, or a small eps too many?",
    )
