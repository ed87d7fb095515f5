"""All trials of a search, drawn before the first one runs: a number, and parameters for each number.

Nothing here depends on the time, the workers or the results. This is why a search may be killed, resumed and
shared among machines, and still ends with the same table.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, final

import numpy as np

from minigrad.errors import ParameterError
from minigrad.search.space import Space, Value, choice, draw_value, require_space

Params = dict[str, Value]
Axes = Mapping[str, Iterable[Any]]
Direction = Literal["maximize", "minimize"]


@final
@dataclass(frozen=True)
class Plan:
    """The trials of a search. Each worker process gets a copy."""

    name: str
    direction: Direction
    space: Space
    trials: Mapping[int, Params]
    """The parameters by the number of the trial, in the order in which the trials begin."""


def random_plan(space: Space, trials: int, seed: int, name: str, direction: Direction) -> Plan:
    """Independent draws for the numbers 0 to trials - 1."""
    require_settings(name, seed, direction)
    space, numbers = require_space(space), range(require_whole("trials", trials, 1))
    return Plan(name, direction, space, {k: draw_params(space, seed, name, k) for k in numbers})


def grid_plan(axes: Axes, seed: int, name: str, direction: Direction) -> Plan:
    """Each combination of the axes' values once, numbered with the last axis changing fastest.

    The trials begin in a random order, so that a search which is stopped early has seen a fair sample.
    """
    require_settings(name, seed, direction)
    choices = {axis: choice(values) for axis, values in axes.items()}
    space = require_space(choices)
    rows = list(itertools.product(*(axis.choices for axis in choices.values())))
    order = generator(seed, 0, name, "order").permutation(len(rows)).tolist()
    return Plan(name, direction, space, {k: dict(zip(space, rows[k], strict=True)) for k in order})


def draw_params(space: Space, seed: int, name: str, number: int) -> Params:
    """The parameters of one trial. Each depends on its own name only, so that another may be added."""
    return {
        parameter: draw_value(domain, generator(seed, number, name, parameter))
        for parameter, domain in space.items()
    }


def generator(seed: int, number: int, *names: str) -> np.random.Generator:
    """The random generator of one parameter of one trial."""
    digest = hashlib.sha256(json.dumps(names).encode()).digest()
    return np.random.default_rng([seed, number, *np.frombuffer(digest[:16], "<u4").tolist()])


def require_settings(name: str, seed: int, direction: Direction) -> None:
    if not isinstance(name, str) or not 0 < len(name) <= 500:
        raise ParameterError(f"name={name!r}: needed: a string of 1 to 500 characters")
    require_whole("seed", seed, 0)
    if direction not in ("maximize", "minimize"):
        raise ParameterError(f'direction={direction!r}: needed: "maximize" or "minimize"')


def require_whole(name: str, value: int, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise ParameterError(f"{name}={value!r}: needed: a whole number, at least {least}")
    return int(value)
