"""One sample: the inputs, an upstream gradient, and what f and its backward function do there.

What the backward function claims is compared with differences of f along random directions. The gradient of
anything that f computes on its way is found in the same manner: it is moved, and the rest of f runs on. So
loops, writes in place, caches and classes are all the same here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from minigrad.check.replay import Event, Group, Machine, New, grouped
from minigrad.check.subject import Fault, Subject
from minigrad.typing import Array

CLOSE = 1e-6
"""Two numbers that differ by less than this share of their scale are the same."""

DIRECTIONS = 3
"""Number of random directions along which each gradient is compared."""

LARGE = 2_000
"""Elements of an input. The gradient of a larger one is known along the directions only."""


class OutOfCalls(Exception):  # noqa: N818  # a limit, and not a mistake
    """The budget is spent."""


class Budget:
    """A number of calls of the user's functions: the same on every machine."""

    def __init__(self, calls: int):
        self.left = calls

    def spend(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise OutOfCalls


class Sample:
    """A point, and the runs there."""

    def __init__(
        self, subject: Subject, machine: Machine, budget: Budget, inputs: Sequence[Array], v: Array
    ):
        self.subject, self.machine, self.budget = subject, machine, budget
        self.inputs, self.v = inputs, v
        self.stateful = True
        self.directions = [[direction(k, 0, x.shape) for k in range(DIRECTIONS)] for x in inputs]
        _, events = machine.record(self.forward_run)
        self.forward = grouped(machine.sites, events)
        self.claimed, self.backward = self.recorded({})
        self.size = abs(self.loss_at({}))
        self.truth = np.array(
            [[self.slope_of_input(p, d) for d in ds] for p, ds in enumerate(self.directions)]
        ).reshape(len(inputs), DIRECTIONS)
        lengths = [np.abs(ds[0]).sum() for ds in self.directions]
        self.scales = np.array(
            [max(np.abs(t).max(), 1e-9 * n * self.size) for t, n in zip(self.truth, lengths)]
        )
        self._gradients: dict[int, Array] = {}
        self._slopes: dict[Any, Array] = {}

    # ---- runs ----

    def copies(self) -> list[Array]:
        return [x.copy() for x in self.inputs]

    def forward_run(self) -> Any:
        self.budget.spend()
        return self.subject.f(*self.copies())

    def backward_run(self) -> Any:
        self.budget.spend()
        return self.subject.pull(self.v.copy(), *self.copies())

    def loss_at(
        self, replacements: Mapping[int, New], inputs: Sequence[Array] | None = None
    ) -> float:
        """<v, f>, where some events of f or the inputs are others."""
        self.budget.spend()
        xs = [x.copy() for x in (self.inputs if inputs is None else inputs)]
        out = self.machine.replaced(lambda: self.subject.f(*xs), replacements)
        return float(np.sum(self.v * np.asarray(out)))

    def recorded(self, replacements: Mapping[int, New]) -> tuple[Array | None, dict[Any, Group]]:
        """The claimed gradients along the directions, where some events are others; and the groups.

        None if the backward function fails.
        """
        try:
            self.forward_run()
            result, events = self.machine.record(self.backward_run, replacements)
            return self.projected(result), grouped(self.machine.sites, events)
        except OutOfCalls:
            raise
        except Exception:  # the user's code may refuse the replaced values with any error
            return None, {}

    def results(self, replacements: Mapping[int, New]) -> Array | None:
        """The claimed gradients along the directions, where some events are others."""
        try:
            if self.stateful:
                self.forward_run()
            return self.projected(self.machine.replaced(self.backward_run, replacements))
        except OutOfCalls:
            raise
        except Exception:  # the user's code may refuse the replaced values with any error
            return None

    def projected(self, result: Any) -> Array:
        """The gradients along the directions; nan for one that has another shape than its input."""
        try:
            parts = list(self.subject.apart(result))
        except Fault:
            return np.full((len(self.inputs), DIRECTIONS), np.nan)
        rows = []
        for g, ds in zip(parts, self.directions):
            array = np.asarray(0.0 if g is None else g)
            fits = array.shape == ds[0].shape and array.dtype.kind in "fiub"
            rows.append([float(np.sum(array * d)) if fits else np.nan for d in ds])
        return np.array(rows).reshape(len(self.inputs), DIRECTIONS)

    def correct(self, results: Array | None) -> frozenset[int]:
        """The inputs whose gradient is correct."""
        if results is None:
            return frozenset()
        off = np.abs(results - self.truth).max(axis=1)
        return frozenset(np.flatnonzero(off <= CLOSE * self.scales).tolist())

    # ---- slopes and gradients, by differences ----

    def slope(self, at: Callable[[float], float]) -> float:
        """d at(h) / dh at 0: at the larger step, unless there is a bend between the two."""
        coarse = (at(1e-5) - at(-1e-5)) / 2e-5
        fine = (at(1e-6) - at(-1e-6)) / 2e-6
        noise = 1e-9 * self.size + 1e-7 * abs(coarse)
        return coarse if abs(coarse - fine) <= noise else fine

    def slope_of_input(self, p: int, d: Array) -> float:
        def at(h: float) -> float:
            return self.loss_at({}, [x + h * d if k == p else x for k, x in enumerate(self.inputs)])

        return self.slope(at)

    def slopes_of(self, group: Group, picked: Sequence[int]) -> Array:
        """d loss / d h, as these events of f all move, each along a direction; for two directions."""
        key = (group.key, tuple(sorted(set(picked))))
        if key not in self._slopes:
            self._slopes[key] = np.array(
                [self.slope(self.moving(group, picked, k)) for k in (0, 1)]
            )
        return self._slopes[key]

    def moving(self, group: Group, picked: Sequence[int], k: int) -> Callable[[float], float]:
        moves = {
            group.events[i]: direction(k, i, group.events[i].value.shape)
            for i in sorted(set(picked))
        }
        return lambda h: self.loss_at({e.index: shifted(h * d) for e, d in moves.items()})

    def gradient_of(self, event: Event) -> Array:
        """The gradient of an event of f, element by element."""
        if event.index not in self._gradients:
            self._gradients[event.index] = self.differences(
                event.value.shape, lambda d: self.loss_at({event.index: shifted(d)})
            )
        return self._gradients[event.index]

    def gradient_of_input(self, p: int) -> Array:
        """The gradient of an input. Of a large one, an array that is correct along the directions."""
        if -1 - p not in self._gradients:
            self._gradients[-1 - p] = self._gradient_of_input(p)
        return self._gradients[-1 - p]

    def _gradient_of_input(self, p: int) -> Array:
        x, ds = self.inputs[p], self.directions[p]
        if x.size > LARGE:
            inner = np.array([[np.sum(a * b) for a in ds] for b in ds])
            return np.tensordot(np.linalg.solve(inner, self.truth[p]), np.array(ds), 1)

        def at(d: Array) -> float:
            return self.loss_at({}, [x + d if k == p else x for k, x in enumerate(self.inputs)])

        return self.differences(x.shape, at)

    def differences(self, shape: tuple[int, ...], at: Callable[[Array], float]) -> Array:
        if 2 * int(np.prod(shape)) > self.budget.left:
            raise OutOfCalls
        h, g = 1e-5, np.zeros(shape)
        for index in np.ndindex(shape):
            d = np.zeros(shape)
            d[index] = h
            g[index] = (at(d) - at(-d)) / (2 * h)
        return g


def direction(k: int, place: int, shape: tuple[int, ...]) -> Array:
    """Random direction number k for the event at a place in its group: the same in every group."""
    return np.random.default_rng([k, place, *shape]).normal(size=shape)


def shifted(move: Array) -> New:
    return lambda x: x + move


def constant(value: Array) -> New:
    return lambda x: value


def nearby(x: Array, rng: np.random.Generator, share: float) -> Array:
    """A point nearby. Signs stay, and only what is all 0 moves away from 0."""
    if not np.any(x):
        return x + 0.1 * share * rng.normal(size=x.shape)
    return x * (1 + 0.4 * share * rng.uniform(-1, 1, size=x.shape))
