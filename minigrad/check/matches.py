"""What an expression of a backward function is: the gradient of which expression of f, times which factor.

Slopes along random directions are compared, so that a match costs no call of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from minigrad.check.replay import Event, Group
from minigrad.check.samples import LARGE, Sample, direction
from minigrad.check.subject import Subject
from minigrad.typing import Array


@dataclass(frozen=True)
class Target:
    """What an expression of the backward pass may be, or be replaced by.

    source   the key of a group of f, or the number of an input
    picked   which of its events, in which order
    layout   how each gradient is laid out: as it is, transposed, or reshaped
    value    the value in f is meant, and not its gradient
    """

    source: Any
    picked: tuple[int, ...] = (0,)
    layout: str = "as it is"
    value: bool = False


@dataclass(frozen=True)
class Match:
    """`factor` times a gradient of f."""

    target: Target
    factor: float


def layouts(shape: tuple[int, ...], wanted: tuple[int, ...]) -> Iterator[str]:
    if shape == wanted:
        yield "as it is"
    if len(shape) == 2 and shape[::-1] == wanted and min(shape) > 1:
        yield "transposed"
    long, other = (sorted(n for n in s if n > 1) for s in (shape, wanted))
    if shape != wanted and long == other and len(long) < 2:
        yield "reshaped"


def laid_out(g: Array, layout: str, shape: tuple[int, ...]) -> Array:
    if layout == "transposed":
        return g.T
    return g.reshape(shape) if layout == "reshaped" else g


def pairings(have: int, want: int) -> Iterator[tuple[int, ...]]:
    """Which of `have` events of f belong to `want` of the backward pass: in order, and in reverse."""
    for offset in dict.fromkeys((have - want, 0)) if want <= have else ():
        some = tuple(range(offset, offset + want))
        yield some
        if want > 1:
            yield some[::-1]
    if have < want and want % max(have, 1) == 0:  # the backward function runs once for each input
        yield tuple(range(have)) * (want // have) if have else ()


class Matcher:
    """The expressions of f, and which of them a group of the backward pass is the gradient of.

    inert   groups of f that its result does not depend on: they are no part of it
    """

    def __init__(self, subject: Subject, samples: Sequence[Sample], inert: Collection[Any] = ()):
        self.subject, self.samples = subject, samples
        first, second = (s.forward for s in samples)
        self.groups = {
            key: g
            for key, g in first.items()
            if key not in inert
            and g.floats
            and key in second
            and len(second[key].events) == len(g.events)
        }
        self._targets: dict[Any, list[tuple[Target, Array]]] = {}
        self._values: list[dict[Any, list[Event]]] = [{}, {}]
        for found, s in zip(self._values, samples):
            for g in (g for key, g in s.forward.items() if key not in inert):
                for e in g.events:
                    found.setdefault((e.value.shape, float(np.sum(e.value))), []).append(e)

    # ---- targets ----

    def named(self, target: Target) -> bool:
        """Whether it is the gradient of a variable. That of -z, say, has the wrong sign for z."""
        return isinstance(target.source, int) or self.groups[target.source].stored

    def slopes(self, target: Target) -> Array:
        """The slopes of f along two directions, at both samples."""
        if isinstance(target.source, int):
            return np.concatenate([s.truth[target.source][:2] for s in self.samples])
        return np.concatenate(
            [s.slopes_of(s.forward[target.source], target.picked) for s in self.samples]
        )

    def possible(self, shapes: tuple[tuple[int, ...], ...]) -> Iterator[Target]:
        """The gradients that have these shapes, those of variables first."""
        if len(shapes) == 1:
            for p, x in enumerate(self.subject.inputs):
                for layout in layouts(x.shape, shapes[0]):
                    yield Target(p, (0,), layout)
        for key, g in sorted(self.groups.items(), key=lambda item: not item[1].stored):
            for picked in pairings(len(g.events), len(shapes)):
                found = [set(layouts(g.events[i].value.shape, s)) for i, s in zip(picked, shapes)]
                for layout in sorted(set.intersection(*found)):
                    yield Target(key, picked, layout)

    def targets(self, events: Sequence[Event]) -> list[tuple[Target, Array]]:
        """Targets for these events, with their slopes; of several equal gradients the first."""
        shapes = tuple(e.value.shape for e in events)
        if shapes not in self._targets:
            kept: list[tuple[Target, Array]] = []
            for target in self.possible(shapes):
                slopes = self.slopes(target)
                alike = (
                    t.layout == target.layout
                    and (t.picked == target.picked or len(t.picked) == len(target.picked) == 1)
                    and np.allclose(a, slopes, rtol=1e-6, atol=0)
                    for t, a in kept
                )
                flat = [1e-10 * s.size for s in self.samples for _ in range(2)]
                if np.all(np.abs(slopes) > flat) and not any(alike):
                    kept.append((target, slopes))
            self._targets[shapes] = kept
        return self._targets[shapes]

    def arrays(self, target: Target, k: int) -> list[Array]:
        """The gradients, or the values, at sample k."""
        s = self.samples[k]
        if isinstance(target.source, int):
            return [s.gradient_of_input(target.source)]
        events = [s.forward[target.source].events[i] for i in target.picked]
        return [e.value for e in events] if target.value else [s.gradient_of(e) for e in events]

    def price(self, target: Target) -> int:
        """Elements whose gradients would have to be found first."""
        if isinstance(target.source, int):
            size = self.subject.inputs[target.source].size
            return 0 if size > LARGE else size
        events = [self.groups[target.source].events[i] for i in target.picked]
        return 0 if target.value else sum(e.value.size for e in events)

    # ---- matches ----

    def matches(self, groups: Sequence[Group]) -> list[Match]:
        """What a group is, given as it was at both samples; nothing for what depends on no input."""
        events = [g.states for g in groups]
        if len(events[0]) != len(events[1]) or not all(g.floats for g in groups):
            return []
        if all(np.array_equal(a.value, b.value) for a, b in zip(*events)):
            return []
        seen: dict[Any, Array] = {}
        found = []
        for target, slopes in self.targets(events[0]):
            key = (target.layout, target.picked, self.shapes(target))
            if key not in seen:
                seen[key] = np.array(
                    [self.projected(some, *key, j) for some in events for j in (0, 1)]
                )
            factors = seen[key] / slopes
            if agree(factors, factors[0]):
                found.append(Match(target, nice(float(np.mean(factors)))))
        return found

    def shapes(self, target: Target) -> tuple[tuple[int, ...], ...]:
        if isinstance(target.source, int):
            return (self.subject.inputs[target.source].shape,)
        return tuple(self.groups[target.source].events[i].value.shape for i in target.picked)

    def projected(
        self, events: Sequence[Event], layout: str, picked: Sequence[int], shapes: Any, j: int
    ) -> float:
        """The slope that f would have if these events were the gradient."""
        once = len(set(picked))
        return sum(
            float(np.sum(e.value * laid_out(direction(j, i, shape), layout, e.value.shape)))
            if e.value.size == np.prod(shape)
            else np.nan
            for e, i, shape in list(zip(events, picked, shapes))[:once]
        )

    def is_value(self, groups: Sequence[Group]) -> bool:
        """Whether a group holds values of f, as a cache or a recomputation does; zeros may be anything."""
        if not any(e.value.any() for g in groups for e in g.events):
            return False
        return all(
            any(
                np.array_equal(e.value, x.value)
                for x in found.get((e.value.shape, float(np.sum(e.value))), [])
            )
            for found, g in zip(self._values, groups)
            for e in g.events
        )


def agree(a: Any, b: float) -> bool:
    return bool(np.all(np.abs(a - b) <= 2e-6 * abs(b)))


def nice(c: float) -> float:
    """A whole number or its inverse, if it is one within the precision of the differences."""
    for n in (c, 1 / c if c else 0.0):
        if abs(n - round(n)) < 1e-5 * abs(n) and round(n):
            return float(round(n)) if n is c else 1.0 / round(n)
    return c
