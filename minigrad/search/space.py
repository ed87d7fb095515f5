"""What a parameter may be: a range, a range on a log scale, whole numbers, or one of several values.

A domain draws a value, narrows itself around good ones, and says itself in JSON, so that a search that
is resumed can see whether it is the same.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

import numpy as np

from minigrad.errors import ParameterError

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

Value = None | bool | int | float | str
RESERVED = ("number", "value", "seconds")
"""The columns that every table of trials has: no parameter or metric may bear their names."""


class Domain(ABC):
    """The values that a parameter may take."""

    @abstractmethod
    def draw(self, rng: np.random.Generator) -> Value:
        """A value by lot."""

    @abstractmethod
    def around(self, values: Sequence[Any]) -> Domain:
        """The part of this domain in which those values lie, and a margin."""

    @abstractmethod
    def distribution(self) -> BaseDistribution:
        """The same, in Optuna's words."""

    @abstractmethod
    def described(self) -> list[Any]:
        """The same, as JSON: the name of the function that makes it, then its arguments."""


@final
@dataclass(frozen=True)
class Uniform(Domain):
    """low <= x <= high, evenly, or evenly in log x."""

    low: float
    high: float
    log: bool = False

    def draw(self, rng: np.random.Generator) -> float:
        return self.at(rng.random())

    @property
    def width(self) -> float:
        return math.log(self.high) - math.log(self.low) if self.log else self.high - self.low

    def at(self, share: float) -> float:
        """The value that lies a share of the way from low to high."""
        if self.log:
            value = math.exp(math.log(self.low) + share * self.width)
        else:
            value = self.low + share * self.width
        return min(max(value, self.low), self.high)

    def share(self, value: float) -> float:
        if self.log:
            return (math.log(value) - math.log(self.low)) / self.width
        return (value - self.low) / self.width

    def around(self, values: Sequence[float]) -> Uniform:
        low, high = widened([self.share(value) for value in values])
        return Uniform(self.at(low), self.at(high), self.log)

    def distribution(self) -> BaseDistribution:
        from optuna.distributions import FloatDistribution

        return FloatDistribution(self.low, self.high, log=self.log)

    def described(self) -> list[Any]:
        return ["log_uniform" if self.log else "uniform", self.low, self.high]


@final
@dataclass(frozen=True)
class Integer(Domain):
    """A whole number, low <= n <= high, evenly."""

    low: int
    high: int

    def draw(self, rng: np.random.Generator) -> int:
        return int(rng.integers(self.low, self.high, endpoint=True))

    def around(self, values: Sequence[int]) -> Integer:
        width = self.high - self.low
        low, high = widened([(value - self.low) / width for value in values])
        return Integer(self.low + math.floor(low * width), self.low + math.ceil(high * width))

    def distribution(self) -> BaseDistribution:
        from optuna.distributions import IntDistribution

        return IntDistribution(self.low, self.high)

    def described(self) -> list[Any]:
        return ["integer", self.low, self.high]


@final
@dataclass(frozen=True)
class Choice(Domain):
    """One of several values, all equally likely."""

    options: tuple[Value, ...]

    def draw(self, rng: np.random.Generator) -> Value:
        return self.options[rng.integers(len(self.options))]

    def around(self, values: Sequence[Value]) -> Choice:
        return Choice(tuple(option for option in self.options if option in values))

    def distribution(self) -> BaseDistribution:
        from optuna.distributions import CategoricalDistribution

        return CategoricalDistribution(self.options)

    def described(self) -> list[Any]:
        return ["choice", list(self.options)]


Space = Mapping[str, Domain]


def widened(shares: Sequence[float]) -> tuple[float, float]:
    """From the least to the greatest share, and on each side a quarter of that or a twentieth of all more.

    The quarter, because the best of a few draws lie beside the optimum rather than around it; the
    twentieth, so that draws which agree leave a range at all.
    """
    margin = max((max(shares) - min(shares)) / 4, 0.05)
    return max(min(shares) - margin, 0.0), min(max(shares) + margin, 1.0)


# ---- what a user writes ----


def uniform(low: float, high: float) -> Domain:
    """x from low to high, evenly."""
    return Uniform(*bounds("uniform", low, high))


def log_uniform(low: float, high: float) -> Domain:
    """x from low to high, with log x spread evenly: as many draws in each factor of ten. low must be > 0."""
    low, high = bounds("log_uniform", low, high)
    if low <= 0:
        raise ParameterError(
            f"log_uniform({low:g}, {high:g}): a log scale has no {low:g}; needed: 0 < low < high"
        )
    return Uniform(low, high, log=True)


def integer(low: int, high: int) -> Domain:
    """A whole number from low to high, both of them included."""
    for bound in (low, high):
        if isinstance(bound, bool) or not isinstance(bound, int | np.integer):
            raise ParameterError(f"integer({low!r}, {high!r}): {bound!r} is not a whole number")
    if not low < high:
        raise ParameterError(f"integer({low}, {high}): needed: low < high")
    return Integer(int(low), int(high))


def choice(options: Iterable[Any]) -> Domain:
    """One of the options: None, booleans, numbers or strings, each of them once."""
    if isinstance(options, str | bytes) or not isinstance(options, Iterable):
        raise ParameterError(
            f"choice({options!r}): give the options in a tuple, such as choice((50, 100))"
        )
    plain = tuple(o.item() if isinstance(o, np.generic) else o for o in options)
    if not plain:
        raise ParameterError("choice(()): there is nothing to choose from")
    for option in plain:
        if not isinstance(option, Value) or (
            isinstance(option, float) and not math.isfinite(option)
        ):
            raise ParameterError(
                f"choice(): {option!r} is not None, a boolean, a finite number or a string, which is "
                "what a storage can keep; give it a name here and look it up in the objective"
            )
    if len(set(plain)) < len(plain):
        raise ParameterError(f"choice({plain}): some options are equal; give each of them once")
    return Choice(plain)


def bounds(name: str, low: float, high: float) -> tuple[float, float]:
    try:
        low, high = float(low), float(high)
    except (TypeError, ValueError):
        raise ParameterError(f"{name}({low!r}, {high!r}): needed: two numbers") from None
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ParameterError(f"{name}({low:g}, {high:g}): needed: low < high, both finite")
    return low, high


def checked(space: Mapping[str, Domain]) -> dict[str, Domain]:
    """The space, if it is one: names, each with its domain."""
    if not space:
        raise ParameterError(
            "the space is empty: name at least one parameter, such as "
            '{"lr": search.log_uniform(1e-3, 1)}'
        )
    for name, domain in space.items():
        if not isinstance(name, str) or not name or name in RESERVED:
            raise ParameterError(
                f"the space has a parameter {name!r}: needed: a string other than "
                f"{', '.join(RESERVED)}, which every table of trials has"
            )
        if not isinstance(domain, Domain):
            raise ParameterError(
                f"the space has {name!r}: {domain!r}; needed: uniform(low, high), log_uniform(low, high), "
                "integer(low, high) or choice((...))"
            )
    return dict(space)


def from_json(described: Mapping[str, Sequence[Any]]) -> dict[str, Domain]:
    """The space that `Domain.described` has put in words."""
    makers = {"uniform": uniform, "log_uniform": log_uniform, "integer": integer, "choice": choice}
    return {name: makers[kind](*given) for name, (kind, *given) in described.items()}  # type: ignore[operator]
