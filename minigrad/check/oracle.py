"""Centered differences over a sweep of steps, with the error of the reference itself.

A gradient g of phi(x) = <v, f(x)> is held against the slope of phi along a direction u. The residual

    R(h) = (phi(x + hu) - phi(x - hu) - <g, (x + hu) - (x - hu)>) / 2h
         = e + C2 h^2 + C4 h^4 + ... + noise / h

is 0 but for truncation and round-off if g is correct, and levels off at the plateau e if it is wrong. On
log-log axes a correct gradient gives a V: slope 2 where truncation rules, slope -1 where round-off does.
The displacements are those that really happened, so the rounding of the inputs cancels.

No tolerance is given from outside. Extrapolation to h = 0 (Romberg 1955) yields e together with a bound
on its error, made of
  truncation  how far neighbouring entries of the Romberg table disagree,
  round-off   bounded by the last bit of f's values, and measured by differences that cancel all that is
              smooth (after Moré & Wild, "Estimating computational noise", 2011); the larger one counts,
  stairs      the last bit of what f computes inside: an f that does not move at all in a step cannot show
              a slope that moves it by less than one stair,
  kinks       J(h), the slope on one side less that on the other, goes to 0 with h where f is smooth. What
              is left of it at h = 0, extrapolated as well, is a jump that the steps have straddled.
An interval that is disjoint from what finer steps say belongs to steps that reach beyond a kink or a
jump: those steps, and all larger ones, are not listened to.

This file imports numpy alone: an oracle that shares code with what it judges proves nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]  # not from minigrad.typing: this file imports numpy alone
Function = Callable[..., Any]
Inputs = Sequence[Any]
Verdict = Literal["correct", "wrong", "kink", "undecided"]

STEPS = 2.0 ** -np.arange(1, 45)
"""The steps of a sweep, relative to the size of each element."""

SAFETY = 4.0
"""By how much the bound exceeds the estimated error.

Calibrated once, on gradients known to be correct, and never set for a single function: see
`tests/check/test_oracle.py`, where 35 functions at 100 random points each are all accepted, the worst
with an error of an eighth of its bound.
"""

NOISE = 4.0
"""How many times the noise of one evaluation may enter an extrapolated value."""

LEVELS = 6
"""The depth of the Romberg table: truncation is removed up to h**(2 * LEVELS)."""

AT_ONCE = 2048
"""Of how many outputs the kinks are looked for at once: a Romberg table for each takes 16 kB."""

STAIR = 2.0**-40
"""The highest stair that rounding explains, of numbers inside f no larger than 1 or than its inputs.

A higher one is a function that is flat and then moves, as relu does.
"""

UNSEEN = 2.0**-46
"""The height that is assumed for the stairs of an f that does not move in any step: 64 last bits."""

RESOLUTION = 1e-4
"""A check that cannot see an error of this relative size decides nothing."""


@dataclass(frozen=True)
class Samples:
    """The values of phi along one direction: they hold for every candidate gradient."""

    point: Array  # all differentiated inputs in one vector
    direction: Array
    steps: Array
    odd: Array  # phi(x + hu) - phi(x - hu)
    even: Array  # v (f(x + hu) - 2 f(x) + f(x - hu)), by step and output
    rounding: Array  # |v| max(eps (|f(x + hu)| + |f(x - hu)|), stairs), by step and output
    moves: bool  # whether any step moves f
    stair: float  # <|v|, stairs>
    size: float  # <|v|, |f(x)|>
    reach: float  # how far the steps move phi


@dataclass(frozen=True)
class Sweep:
    """What a sweep says about one gradient along one direction.

    The slopes are those of the arms of the V. There is no right arm where the third derivative is 0, as
    in linear and quadratic functions, and no left one where f rounds nothing, or alike on both sides.
    """

    steps: Array
    residuals: Array  # R(h)
    noise: Array  # the round-off that is expected in R(h)
    derivative: float  # the slope of phi along the direction, as the oracle sees it
    error: float  # e, that slope less the one which the gradient claims
    bound: float  # how far `error` may be from the truth: beyond it the gradient is wrong
    jump: float  # by how much the slopes on both sides differ, where they do
    scale: float  # sum |g u|: what `error` and `bound` are to be compared with
    edge: float | None  # the finest step that reaches beyond a kink
    truncation_slope: float | None  # of the right arm: about 2
    roundoff_slope: float | None  # of the left arm: about -1
    stair: float  # the height of the stairs in which phi moves, where there are steps that do not move it
    verdict: Verdict

    @property
    def digits(self) -> float:
        """To how many decimal digits the gradient is known to agree."""
        worst = max(abs(self.error), self.bound)
        return float(-np.log10(worst / self.scale)) if 0 < worst < self.scale else 0.0

    @property
    def resolution(self) -> float:
        """The relative error that this check could have seen."""
        return self.bound / self.scale if self.scale else np.inf

    def __str__(self) -> str:
        slopes = (("truncation", self.truncation_slope), ("round-off", self.roundoff_slope))
        return (
            f"{self.verdict}: the slope is {self.derivative:.12g}, and the slope that the gradient claims "
            f"differs by {self.error:.2g}, +- {self.bound:.2g} ({self.digits:.1f} digits)"
            + "".join(f"; {arm} slope {slope:+.2f}" for arm, slope in slopes if slope is not None)
            + (f"; kink beyond step {self.edge:.1g}" if self.edge else "")
            + (f"; jump {self.jump:.2g}" if self.jump else "")
        )


def sweep(
    f: Function,
    inputs: Inputs,
    gradients: Inputs,
    direction: Array,
    upstream: Any = 1.0,
    steps: Array = STEPS,
) -> Sweep:
    """Judge `gradients`, those of <upstream, f(*inputs)>, along one direction."""
    return judge(sample(f, inputs, direction, upstream, steps), gradients)


def random_direction(inputs: Inputs, rng: np.random.Generator) -> Array:
    """A normal random direction in which every element moves in proportion to its own size.

    An element far smaller than the largest of its array moves by a thousandth of that one. An error of
    norm |E| is missed with a probability below 0.8 bound / |E|.
    """
    parts = []
    for x in inputs:
        size = np.abs(np.ravel(x))
        size = np.maximum(size, 1e-3 * size.max(initial=0.0))
        u = rng.standard_normal(size.size)
        parts.append(u / np.abs(u).max(initial=1e-300) * np.where(size == 0, 1.0, size))
    return np.concatenate(parts)


def coordinate_directions(inputs: Inputs) -> list[Array]:
    """One direction for every element: for the gradient element by element, of small inputs."""
    flat = np.concatenate([np.ravel(x) for x in inputs])
    sizes = np.where(flat == 0, 1.0, np.abs(flat))
    return list(np.diag(sizes))


def sample(
    f: Function, inputs: Inputs, direction: Array, upstream: Any = 1.0, steps: Array = STEPS
) -> Samples:
    """Evaluate f on both sides of the inputs. Where it is not finite, the sample does not count."""
    given = [np.asarray(each, np.float64) for each in inputs]
    x = np.concatenate([each.ravel() for each in given])

    def values(point: Array) -> Array:
        return np.array(f(*parts(point, given))).ravel()  # a copy: f may hand out its own buffer

    with np.errstate(all="ignore"):
        middle = values(x)
        eps = float(np.finfo(middle.dtype).eps)
        v = np.broadcast_to(np.ravel(upstream), middle.shape).astype(np.float64)
        magnitude = np.abs(v)
        plus = np.array([values(x + h * direction) for h in steps])
        minus = np.array([values(x - h * direction) for h in steps])
        ahead, behind = plus - middle, middle - minus
        odd = (plus - minus) @ v
        largest = float(np.abs(x).max(initial=1.0))
        height = stairs(ahead, behind, largest)
        rounding = magnitude * np.maximum(eps * (np.abs(plus) + np.abs(minus)), height)
    moves = bool(ahead.any() or behind.any())
    return Samples(
        x, direction, steps, odd, v * (ahead - behind), rounding, moves,
        float(magnitude @ height) if moves else UNSEEN * largest * float(magnitude.sum()),
        float(magnitude @ np.abs(middle)), float(np.abs(odd).max(initial=0.0)),
    )  # fmt: skip


def parts(point: Array, like: Sequence[Array]) -> list[Array]:
    """A vector cut into arrays of the shapes of `like`."""
    found, begin = [], 0
    for each in like:
        found.append(point[begin : begin + each.size].reshape(each.shape))
        begin += each.size
    return found


def stairs(ahead: Array, behind: Array, largest: float) -> Array:
    """The height of the stairs in which each output moves; 0 where every step moves it.

    `ahead` and `behind` are its movements, by step and output. An exact 0 among them says that f rounds
    inside to more than moves it there, so the least movement seen is as good as a last bit.
    """
    moved = np.abs(np.concatenate([ahead, behind]))
    least = np.where(moved > 0, moved, np.inf).min(axis=0, initial=np.inf)
    return np.where((moved == 0).any(axis=0) & (least <= STAIR * largest), least, 0.0)


def judge(samples: Samples, gradients: Inputs) -> Sweep:
    """The verdict on one candidate gradient, given the samples of the function."""
    x, u, steps = samples.point, samples.direction, samples.steps
    g = np.concatenate([np.asarray(each, np.float64).ravel() for each in gradients])
    if g.shape != x.shape:
        raise ValueError(f"gradients of {g.size} elements in all for inputs of {x.size}")
    claimed = np.array([g @ ((x + h * u) - (x - h * u)) for h in steps])
    scale = float(np.abs(g) @ np.abs(u))
    with np.errstate(all="ignore"):
        residuals = (samples.odd - claimed) / (2 * steps)
        measured = measured_noise(residuals * steps)
        if scale and not samples.moves:
            measured = max(measured, samples.stair)
        precision = float(np.finfo(np.float64).eps) * scale  # of the claim <g, u> itself
        noise = np.maximum(samples.rounding.sum(axis=1) / 2 + precision * steps, measured) / steps
        values, truncation, spread = romberg(residuals, noise, 2)
        certain, uncertain, beyond = jumps(samples, measured + precision)
        bounds = SAFETY * (truncation + NOISE * spread + uncertain / 2) + certain / 2
        low, high = agreed(values, bounds)
        beyond |= low > high
    bounds = np.where(np.isfinite(bounds) & ~beyond, bounds, np.inf)
    best = np.unravel_index(np.argmin(bounds), bounds.shape)
    error, bound, jump = (float(table[best]) for table in (values, bounds, certain))
    edge = float(steps[np.flatnonzero(beyond)[-1]]) if beyond.any() else None
    off = np.abs(residuals - error)
    trusted = np.isfinite(residuals) & (steps < (edge or np.inf))
    return Sweep(
        steps, residuals, noise, float(g @ u) + error, error, bound, jump, scale, edge,
        truncation_slope(off, np.maximum(noise, bound), trusted & (4 * (certain + uncertain)[0] <= off)),
        roundoff_slope(steps, off, noise, trusted & (off > 64 * precision)),
        samples.stair, verdict(error, bound, jump, scale, samples),
    )  # fmt: skip


def verdict(error: float, bound: float, jump: float, scale: float, samples: Samples) -> Verdict:
    if not np.isfinite(bound):
        return "undecided"
    if abs(error) > bound:
        return "wrong"
    # A slope of 0 has only f itself for a scale; where f is 0 as well, how far the steps move it.
    if bound <= RESOLUTION * (max(scale, 1e-2 * samples.size) or 1e-2 * samples.reach):
        return "correct"
    return "kink" if jump > bound else "undecided"


def measured_noise(moved: Array) -> float:
    """The standard deviation of the noise in R(h) h = c + e h + C2 h^3 + ... + noise.

    The differences (E - 1)(2E - 1)(8E - 1), where E goes on to the next finer step, let only noise
    through. The median ignores the few of them that a kink upsets; of the windows the worst counts, as
    a function that is rounded inside does not move at all, and shows no noise, in the finest steps.
    """
    weights = np.array([16.0, -26.0, 11.0, -1.0])
    differences = np.abs(np.convolve(moved[14:], weights, mode="valid"))
    if differences.size < 9:
        return 0.0
    medians = np.median(np.lib.stride_tricks.sliding_window_view(differences, 9), axis=1)
    return float(np.nanmax(medians, initial=0.0)) / (0.6745 * float(np.linalg.norm(weights)))


def jumps(samples: Samples, unseen: float) -> tuple[Array, Array, Array]:
    """How much the slopes of phi on both sides differ: what all finer steps confirm, and what may be.

    Output by output, since kinks in several outputs might cancel; and the steps that contradict finer
    ones. `unseen` is the noise beyond that of the last bit of the outputs.
    """
    unseen /= np.sqrt(samples.even.shape[1])
    some = range(0, max(samples.even.shape[1], 1), AT_ONCE)
    parts = [jumps_of(samples, slice(k, k + AT_ONCE), unseen) for k in some]
    certain, uncertain, contradicted = zip(*parts)
    return sum(certain), sum(uncertain), np.any(contradicted, axis=0)


def jumps_of(samples: Samples, outputs: slice, unseen: float) -> tuple[Array, Array, Array]:
    """The jumps of some of the outputs, added up."""
    steps = samples.steps[:, np.newaxis]
    noise = 4 * (samples.rounding[:, outputs] / 2 + unseen) / steps
    leaps, bending, unrest = romberg(samples.even[:, outputs] / steps, noise, 1)
    low, high = agreed(leaps, SAFETY * (bending + NOISE * unrest))
    least = np.broadcast_to(np.maximum(low, -high), leaps.shape)
    certain = np.where(least > 0, np.maximum(np.abs(leaps), least), 0.0)
    uncertain = np.where(least > 0, 0.0, (np.abs(leaps) - unrest).clip(min=0))
    contradicted: Array = np.any(low > high, axis=-1)
    return certain.sum(axis=-1), uncertain.sum(axis=-1), contradicted


def romberg(column: Array, noise: Array, first: int) -> tuple[Array, Array, Array]:
    """Extrapolate to step 0 what has the powers first, first + 2, ... of the step in it.

    Returns the values, their truncation errors and their noise, by level and coarsest step.
    """
    table = np.full((3, LEVELS, *column.shape), np.nan)
    for level in range(LEVELS):
        weight = 2.0 ** (first + 2 * level)
        finer, coarser = column[1:], column[:-1]
        column = finer + (finer - coarser) / (weight - 1)
        truncation = np.maximum(np.abs(column - finer), np.abs(column - coarser))
        noise = (weight * noise[1:] + noise[:-1]) / (weight - 1)
        table[:, level, : len(column)] = column, truncation, noise
    return table[0], table[1], table[2]


def agreed(values: Array, widths: Array) -> tuple[Array, Array]:
    """For each step, what the intervals values +- widths of all steps as fine as it have in common."""
    low = np.fmax.accumulate(np.fmax.reduce(values - widths, axis=0)[::-1])[::-1]
    high = np.fmin.accumulate(np.fmin.reduce(values + widths, axis=0)[::-1])[::-1]
    return low, high


def truncation_slope(errors: Array, floor: Array, trusted: Array) -> float | None:
    """The order of the error at the finest four steps at which truncation rules."""
    ruled = np.flatnonzero(trusted & (errors > 100 * floor))[-4:]
    if ruled.size < 4 or ruled[-1] - ruled[0] > 3:
        return None
    orders = -np.diff(np.log2(errors[ruled]))
    return float(orders.mean()) if np.ptp(orders) < 0.5 else None  # bent: not one order's arm


def roundoff_slope(steps: Array, errors: Array, noise: Array, trusted: Array) -> float | None:
    """The order of the error, the largest of each five neighbours, at the steps finer than the best one.

    There is no such arm where the finest steps show nothing of the noise that is expected.
    """
    ruled = np.flatnonzero(trusted)
    if ruled.size < 20 or np.median((errors / noise)[-8:]) < 1 / 64:
        return None
    largest = np.lib.stride_tricks.sliding_window_view(errors[ruled], 5).max(axis=1)
    best = int(np.argmin(largest))
    if largest.size < best + 16:
        return None
    return float(np.polyfit(np.log2(steps[ruled[2:-2]][best:]), np.log2(largest[best:]), 1)[0])
