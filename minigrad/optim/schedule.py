"""Schedules: the learning rate as a function of the number of the update, from 0."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import final

from minigrad.errors import ParameterError


class Schedule(ABC):
    """`schedule(step)` is the learning rate of update `step`. It has no state to save.

    for group in optimizer.param_groups:
        group["lr"] = schedule(step)
    """

    def __call__(self, step: int) -> float:
        if step < 0:
            raise ParameterError(f"{type(self).__name__}: step={step} must be 0 or greater")
        return self.rate(step)

    @abstractmethod
    def rate(self, step: int) -> float:
        """The learning rate of update `step`, 0 or greater."""


@final
class Constant(Schedule):
    """eta"""

    def __init__(self, eta: float):
        self.eta = require_positive("Constant", eta=eta)

    def rate(self, step: int) -> float:
        return self.eta


@final
class Step(Schedule):
    """eta * gamma^floor(t / step_size): multiplied by gamma after every `step_size` updates"""

    def __init__(self, eta: float, step_size: int, gamma: float = 0.1):
        self.eta, self.gamma = (
            require_positive("Step", eta=eta),
            require_positive("Step", gamma=gamma),
        )
        self.step_size = require_updates("Step", step_size=step_size)

    def rate(self, step: int) -> float:
        return self.eta * self.gamma ** (step // self.step_size)


@final
class Cosine(Schedule):
    """eta_min + (eta_max - eta_min) (1 + cos(pi t / steps)) / 2, and eta_min for t >= steps

    Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017, equation 5,
    without restarts.
    """

    def __init__(self, eta_max: float, steps: int, eta_min: float = 0.0):
        self.eta_min, self.eta_max = require_interval("Cosine", eta_min, eta_max)
        self.steps = require_updates("Cosine", steps=steps)

    def rate(self, step: int) -> float:
        fraction = min(step / self.steps, 1.0)
        return self.eta_min + (self.eta_max - self.eta_min) * (1 + math.cos(math.pi * fraction)) / 2


@final
class Cyclical(Schedule):
    """A triangle wave: up from eta_min to eta_max in n_s updates, down in n_s, and again

        eta_min + (t - 2 l n_s) / n_s (eta_max - eta_min)          2 l n_s <= t < (2 l + 1) n_s
        eta_max - (t - (2 l + 1) n_s) / n_s (eta_max - eta_min)    (2 l + 1) n_s <= t < 2 (l + 1) n_s

    for the cycles l = 0, 1, ... of 2 n_s updates each.

    Smith, "Cyclical learning rates for training neural networks", 2017.
    """

    def __init__(self, eta_min: float, eta_max: float, n_s: int):
        self.eta_min, self.eta_max = require_interval("Cyclical", eta_min, eta_max)
        self.n_s = require_updates("Cyclical", n_s=n_s)

    def rate(self, step: int) -> float:
        half, since = divmod(step, self.n_s)
        rise = since / self.n_s * (self.eta_max - self.eta_min)
        return self.eta_max - rise if half % 2 else self.eta_min + rise


def require_positive(schedule: str, **values: float) -> float:
    ((name, value),) = values.items()
    if not 0 < value < math.inf:
        raise ParameterError(f"{schedule}: {name}={value} must be greater than 0")
    return float(value)


def require_updates(schedule: str, **values: int) -> int:
    ((name, value),) = values.items()
    if value < 1 or value != int(value):
        raise ParameterError(f"{schedule}: {name}={value} must be a number of updates, at least 1")
    return int(value)


def require_interval(schedule: str, eta_min: float, eta_max: float) -> tuple[float, float]:
    if not 0 <= eta_min <= eta_max < math.inf:
        raise ParameterError(
            f"{schedule}: eta_min={eta_min} and eta_max={eta_max}, needed: 0 <= eta_min <= eta_max"
        )
    return float(eta_min), float(eta_max)
