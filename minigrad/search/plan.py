"""Which trials a search consists of: number k and its parameters, whoever runs it and however often.

Nothing here depends on time, on workers or on what was found. That is why a search may be killed, resumed
and shared among machines and still ends in the same table.
"""

from __future__ import annotations

import hashlib
import json
import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from minigrad.errors import ParameterError
from minigrad.search.space import Domain, Value, checked, choice

DIRECTIONS = ("maximize", "minimize")


@dataclass(frozen=True)
class Plan(ABC):
    """The trials to be run. It travels to the worker processes."""

    name: str
    space: Mapping[str, Domain]
    seed: int
    direction: str

    @property
    @abstractmethod
    def order(self) -> Sequence[int]:
        """The numbers of all trials, in the order in which they are to be begun."""

    @abstractmethod
    def params(self, number: int) -> dict[str, Value]:
        """The parameters of a trial."""

    @abstractmethod
    def identity(self) -> dict[str, Any]:
        """As JSON, what all that work on one study must agree upon."""


@final
@dataclass(frozen=True)
class RandomPlan(Plan):
    """Independent draws. Those of a parameter hang on its name and not on the others': one may be added."""

    trials: int

    @property
    def order(self) -> Sequence[int]:
        return range(self.trials)

    def params(self, number: int) -> dict[str, Value]:
        return {
            parameter: domain.draw(generator(self.seed, number, self.name, parameter))
            for parameter, domain in self.space.items()
        }

    def identity(self) -> dict[str, Any]:
        space = {name: self.space[name].described() for name in sorted(self.space)}
        return {"kind": "random", "seed": self.seed, "direction": self.direction, "space": space}


@final
@dataclass(frozen=True)
class GridPlan(Plan):
    """Every combination once, numbered with the last axis turning fastest.

    They are begun in an order drawn by lot, so that a search which is broken off has seen a fair sample.
    """

    axes: Mapping[str, tuple[Value, ...]]

    @property
    def order(self) -> Sequence[int]:
        size = math.prod(len(values) for values in self.axes.values())
        order: list[int] = generator(self.seed, 0, self.name, "order").permutation(size).tolist()
        return order

    def params(self, number: int) -> dict[str, Value]:
        sizes = [len(values) for values in self.axes.values()]
        places = np.unravel_index(number, sizes)
        return {
            name: values[place]
            for (name, values), place in zip(self.axes.items(), places, strict=True)
        }

    def identity(self) -> dict[str, Any]:
        space = {name: domain.described() for name, domain in self.space.items()}
        return {
            "kind": "grid",
            "seed": self.seed,
            "direction": self.direction,
            "space": space,
            "axes": list(self.axes),  # their order numbers the trials
        }


def generator(seed: int, number: int, *names: str) -> np.random.Generator:
    """The source of chance of one thing in one trial."""
    digest = hashlib.sha256(json.dumps(names).encode()).digest()
    words = np.frombuffer(digest[:16], "<u4").tolist()
    return np.random.default_rng([seed, number, *words])


# ---- made from what a user gives ----


def random_plan(
    space: Mapping[str, Domain], *, trials: int, seed: int, name: str, direction: str
) -> RandomPlan:
    check(name, seed, direction)
    return RandomPlan(name, checked(space), seed, direction, whole("trials", trials, 1))


def grid_plan(
    axes: Mapping[str, Iterable[Any]], *, seed: int, name: str, direction: str
) -> GridPlan:
    check(name, seed, direction)
    space = {}
    for axis, values in axes.items():
        try:
            space[axis] = values if isinstance(values, Domain) else choice(values)
        except ParameterError as error:
            raise ParameterError(f"grid axis {axis!r}: {error}") from None
    listed: dict[str, tuple[Value, ...]] = {}
    for axis, domain in checked(space).items():
        kind, *given = domain.described()
        if kind != "choice":
            raise ParameterError(
                f"grid axis {axis!r}: a grid needs the values themselves, such as (0.1, 0.01), not {kind}()"
            )
        listed[axis] = tuple(given[0])
    return GridPlan(name, space, seed, direction, listed)


def check(name: str, seed: int, direction: str) -> None:
    if not isinstance(name, str) or not 0 < len(name) <= 500:
        raise ParameterError(f"name={name!r}: needed: a string of 1 to 500 characters")
    whole("seed", seed, 0)
    if direction not in DIRECTIONS:
        raise ParameterError(f'direction={direction!r}: needed: "maximize" or "minimize"')


def whole(name: str, value: int, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise ParameterError(f"{name}={value!r}: needed: a whole number, at least {least}")
    return int(value)
