"""One sweep of steps along one direction, and the directions that hide nothing.

The upstream gradient is random, of mixed signs and never close to 0: with ones, a rule that ignores,
averages or squares it would pass. The gradient is followed along random directions, and where it is
small along every coordinate too. An element moves in proportion to its own size.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from minigrad.check import oracle
from minigrad.check.subject import Subject, element
from minigrad.typing import Array


@dataclass(frozen=True)
class Trial:
    """What the oracle says of a gradient along one direction.

    place       which input moves, or None for all of them
    index       the single element of it that moves, or None
    direction   how all elements move, in one vector
    upstream    v, of the function <v, f> that is differentiated
    gradient    the claimed gradients of <v, f>, in one vector
    """

    sweep: oracle.Sweep
    direction: Array
    upstream: Array
    gradient: Array
    place: int | None = None
    index: tuple[int, ...] | None = None

    @property
    def unit(self) -> float:
        """What the slope is divided by: an element's own step, so that it is the partial derivative."""
        return 1.0 if self.index is None else float(np.abs(self.direction).max())

    @property
    def claimed(self) -> float:
        return (self.sweep.derivative - self.sweep.error) / self.unit

    @property
    def numeric(self) -> float:
        return self.sweep.derivative / self.unit

    @property
    def error(self) -> float:
        return self.sweep.error / self.unit

    @property
    def bound(self) -> float:
        """How far `numeric` may be from the truth."""
        return self.sweep.bound / self.unit

    @property
    def kinked(self) -> bool:
        """Whether the slopes on both sides differ for certain."""
        return self.sweep.jump > self.sweep.bound

    @property
    def broken(self) -> bool:
        """Whether f jumps: the finer half of the steps, 2**-22 and less, moves it by the same amount.

        A continuous f moves less at a smaller step: its cube root, by a hundredth.
        """
        fine = len(self.sweep.steps) // 2
        moved = (self.sweep.residuals * self.sweep.steps)[fine:]
        noise = (self.sweep.noise * self.sweep.steps)[fine:]
        least = np.abs(moved).min()  # nan where f is not finite: not known
        return bool(least > 100 * noise.max() and np.ptp(moved) < 1e-3 * least)

    @property
    def discarded(self) -> int:
        """The steps at which f had no finite value."""
        return int(np.sum(~np.isfinite(self.sweep.residuals)))

    def label(self, names: tuple[str, ...]) -> str:
        if self.place is None:
            return "a random direction"
        if self.index is None:
            return f"a random direction of {names[self.place]}"
        return names[self.place] + element(self.index)

    def curve(self) -> tuple[Array, Array, Array, Array]:
        """epsilon, D(epsilon), D(epsilon) - g, and the noise that is expected in it."""
        s = self.sweep
        difference = s.residuals / self.unit
        return s.steps * self.unit, self.claimed + difference, difference, s.noise / self.unit


def upstream(subject: Subject, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """v with |v| >= 0.1; 1 for a loss, whose gradient takes none."""
    if not subject.upstream:
        return np.ones(shape)
    v = rng.standard_normal(shape)
    return np.asarray(v + np.where(v < 0, -0.1, 0.1))


def flat(arrays: tuple[Array, ...]) -> Array:
    return np.concatenate([x.ravel() for x in arrays]) if arrays else np.zeros(0)


def sizes(inputs: tuple[Array, ...]) -> Array:
    """How far each element moves at a step of 1; as in `oracle.random_direction`."""
    parts = []
    for x in inputs:
        size = np.abs(x.ravel())
        size = np.maximum(size, 1e-3 * size.max(initial=0.0))
        parts.append(np.where(size == 0, 1.0, size))
    return np.concatenate(parts)


ROUGH = 2.0**-17
"""The step of this first look, relative to the size of each element."""

BEYOND_ROUNDING = 1e3
"""Rounding does not explain an error this many times the bound."""


class Bench:
    """Runs trials of one subject, and judges other gradients by the same samples."""

    def __init__(
        self,
        subject: Subject,
        out: Array,
        rng: np.random.Generator,
        steps: Array = oracle.STEPS,
    ):
        self.steps = steps
        self.subject, self.shape, self.rng = subject, out.shape, rng
        self.f = subject.tried(out.shape)
        self.sizes = sizes(subject.inputs)
        self.ends = np.cumsum([0, *(x.size for x in subject.inputs)])

    def located(self, i: int) -> tuple[int, tuple[int, ...]]:
        """The input that element i of the flat vector belongs to, and its index there."""
        place = int(np.searchsorted(self.ends, i, side="right")) - 1
        index = np.unravel_index(i - int(self.ends[place]), self.subject.inputs[place].shape)
        return place, tuple(int(j) for j in index)

    def label(self, i: int) -> str:
        place, index = self.located(i)
        return self.subject.names[place] + element(index)

    def draw(self) -> tuple[Array, Array]:
        """An upstream gradient, and what the subject makes of it."""
        v = upstream(self.subject, self.shape, self.rng)
        return v, flat(self.subject.gradients(v))

    def along(
        self,
        direction: Array,
        v: Array,
        g: Array,
        place: int | None = None,
        index: tuple[int, ...] | None = None,
    ) -> Trial:
        """The trial along a direction.

        An error that rounding might explain is accused after a second sweep only, of other values and so
        of other rounding.
        """
        sweep = oracle.sweep(self.f, self.subject.inputs, [g], direction, v, self.steps)
        if sweep.verdict == "wrong" and abs(sweep.error) < BEYOND_ROUNDING * sweep.bound:
            direction = 0.7 * direction
            sweep = oracle.sweep(self.f, self.subject.inputs, [g], direction, v, self.steps)
        return Trial(sweep, direction, v, g, place, index)

    def random(self, v: Array, g: Array, place: int | None = None) -> Trial:
        direction = oracle.random_direction(self.subject.inputs, self.rng)
        if place is not None:
            kept = np.zeros_like(direction)
            kept[self.ends[place] : self.ends[place + 1]] = 1.0
            direction = direction * kept
        return self.along(direction, v, g, place)

    def coordinate(self, i: int, v: Array, g: Array) -> Trial:
        direction = np.zeros_like(self.sizes)
        direction[i] = self.sizes[i]
        return self.along(direction, v, g, *self.located(i))

    def rough_errors(self, v: Array, g: Array) -> Array:
        """How far each element is off, as far as one step can tell: the order in which to examine them."""
        x, errors = flat(self.subject.inputs), np.empty(g.size)
        with np.errstate(all="ignore"):
            for i, far in enumerate(ROUGH * self.sizes):
                ahead, behind = x.copy(), x.copy()
                ahead[i] += far
                behind[i] -= far
                moved = [self.f(*oracle.parts(p, self.subject.inputs)) for p in (ahead, behind)]
                slope = np.sum(v * (moved[0] - moved[1])) / (ahead[i] - behind[i])
                errors[i] = abs(slope - g[i])
        return np.where(np.isnan(errors), np.inf, errors)

    def found(self, trial: Trial) -> Trial | None:
        """The element to blame for a trial that is wrong, by halving: 2 log2(n) trials instead of n."""
        suspects = np.flatnonzero(trial.direction)
        v, g = trial.upstream, trial.gradient
        while suspects.size > 1:
            halves = np.array_split(suspects, 2)
            trials = [self.along(self._only(half), v, g) for half in halves]
            worse = max(range(2), key=lambda k: blame(trials[k]))
            if trials[worse].sweep.verdict != "wrong":
                return None
            suspects = halves[worse]
        return self.coordinate(int(suspects[0]), v, g)

    def _only(self, chosen: Array) -> Array:
        direction = np.zeros_like(self.sizes)
        direction[chosen] = self.sizes[chosen] * self.rng.uniform(0.5, 1.0, chosen.size)
        return direction


def blame(trial: Trial) -> float:
    """How much is wrong along a direction, where something is."""
    return abs(trial.sweep.error) if trial.sweep.verdict == "wrong" else 0.0
