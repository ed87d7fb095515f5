"""The values that a parameter may take, as an Optuna distribution; random draws from it; a smaller one."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from minigrad.errors import ParameterError

Value = None | bool | int | float | str
Range = FloatDistribution | IntDistribution
Domain = CategoricalDistribution | Range
"""The values that a parameter may take."""
Space = Mapping[str, Domain]
RESERVED = ("number", "value", "seconds")
"""Columns of every table of trials: no parameter and no metric may have their names."""


# ---- made by the user ----


def uniform(low: float, high: float) -> FloatDistribution:
    """x in [low, high], uniformly."""
    return FloatDistribution(*require_bounds(f"uniform({low!r}, {high!r})", low, high, -math.inf))


def log_uniform(low: float, high: float) -> FloatDistribution:
    """x in [low, high], with log x uniform: [0.01, 0.1] is as likely as [0.1, 1]. low must be > 0."""
    bounds = require_bounds(f"log_uniform({low!r}, {high!r})", low, high, 0.0)
    return FloatDistribution(*bounds, log=True)


def integer(low: int, high: int) -> IntDistribution:
    """A whole number in [low, high], uniformly."""
    whole = all(isinstance(b, int | np.integer) and not isinstance(b, bool) for b in (low, high))
    if not whole or not low < high:
        raise ParameterError(f"integer({low!r}, {high!r}): give two whole numbers, low < high")
    return IntDistribution(int(low), int(high))


def choice(options: Iterable[Any]) -> CategoricalDistribution:
    """One of the options, uniformly. Each is None, a boolean, a finite number or a string, given once."""
    plain: list[Any] = []
    if isinstance(options, Iterable) and not isinstance(options, str | bytes):
        plain = [option.item() if isinstance(option, np.generic) else option for option in options]
    if not plain or not all(map(storable, plain)) or len(set(plain)) < len(plain):
        raise ParameterError(
            f"choice({options!r}): give a tuple of different options, such as choice((50, 100)). Each must "
            "be None, a boolean, a finite number or a string. To choose between other things, give them "
            "names, choose a name, and look it up in the objective"
        )
    return CategoricalDistribution(plain)


def storable(option: Any) -> bool:
    """Whether the storage can hold an option."""
    return isinstance(option, Value) and not (
        isinstance(option, float) and not math.isfinite(option)
    )


def require_bounds(given: str, low: float, high: float, least: float) -> tuple[float, float]:
    """The bounds as floats. Raises `ParameterError` unless least < low < high < inf."""
    try:
        low, high = float(low), float(high)
    except (TypeError, ValueError):
        raise ParameterError(f"{given}: give two numbers") from None
    if not least < low < high < math.inf:
        raise ParameterError(f"{given}: the bounds must be {least:g} < low < high < inf")
    return low, high


def require_space(space: Mapping[str, Any]) -> Space:
    """The space. Raises `ParameterError` unless it maps names to distributions."""
    if not space:
        raise ParameterError("the space is empty: give one such as {'lr': search.uniform(0, 1)}")
    for name, value in space.items():
        if not isinstance(name, str) or name in RESERVED or not isinstance(value, Domain):
            raise ParameterError(
                f"the space has {name!r}: {value!r}. A name must be a string other than 'number', 'value' "
                "and 'seconds'. It needs uniform(low, high), log_uniform(low, high), integer(low, high) or "
                "choice((...))"
            )
    return dict(space)


# ---- used by the search ----


def draw_value(domain: Domain, rng: np.random.Generator) -> Value:
    """A random value. The same state of `rng` gives the same value in every version of Optuna."""
    if isinstance(domain, CategoricalDistribution):
        return domain.choices[rng.integers(len(domain.choices))]
    if isinstance(domain, IntDistribution):
        return int(rng.integers(domain.low, domain.high, endpoint=True))
    return value_at(domain, rng.random())


def narrow(domain: Domain, values: Sequence[Any]) -> Domain:
    """A smaller domain around the values. For a range: from the lowest to the highest, plus a margin on each
    side. For a choice: the options that occur.

    The margin is a quarter of the distance from the lowest to the highest, because the best of a few draws
    may all lie on one side of the optimum. It is at least a twentieth of the whole range, so that equal
    values still give a range. Both are measured on the scale of the domain: the margin of a log range is a
    factor.
    """
    if isinstance(domain, CategoricalDistribution):
        return CategoricalDistribution([o for o in domain.choices if o in values])
    positions = [position_of(domain, value) for value in values]
    margin = max((max(positions) - min(positions)) / 4, 0.05)
    low = value_at(domain, max(min(positions) - margin, 0.0))
    high = value_at(domain, min(max(positions) + margin, 1.0))
    if isinstance(domain, IntDistribution):
        return IntDistribution(math.floor(low), math.ceil(high))
    return FloatDistribution(low, high, log=domain.log)


def position_of(domain: Range, value: float) -> float:
    """The position of a value in the range, on the scale of the domain: 0 at low, 1 at high."""
    scale = math.log if domain.log else float
    return (scale(value) - scale(domain.low)) / (scale(domain.high) - scale(domain.low))


def value_at(domain: Range, position: float) -> float:
    """The value at a position in the range, the inverse of `position_of`."""
    low, high = domain.low, domain.high
    if domain.log:
        value = math.exp(math.log(low) + position * (math.log(high) - math.log(low)))
    else:
        value = low + position * (high - low)
    return min(max(value, low), high)
