"""The random generator of a layer, a loader or a model: a seed or a generator, never a global state."""

from __future__ import annotations

from typing import Any

import numpy as np

Rng = int | np.random.Generator
"""The parameter `rng`: a generator of numpy, or the seed of one."""


def require_generator(caller: str, rng: Any) -> np.random.Generator:
    """`rng` if it is a generator; `np.random.default_rng(rng)` if it is a whole number, 0 or more.

    A generator moves on with each draw, so that the layers of a model which share one differ. The same seed
    always gives the same numbers: in a model, make one generator and give it to each layer.

    Raises `TypeError` for anything else, also None: nothing is drawn from a global state.
    """
    if isinstance(rng, np.random.Generator):
        return rng
    if isinstance(rng, int | np.integer) and not isinstance(rng, bool) and rng >= 0:
        return np.random.default_rng(rng)
    raise TypeError(
        f"{caller} draws random numbers and was given rng={rng!r}: "
        "pass a seed, rng=0, or a generator, rng=np.random.default_rng(0)"
    )
