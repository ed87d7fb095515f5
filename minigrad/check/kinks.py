"""Where f has no derivative: whether the gradient is a subgradient.

Along a direction u the slope of f is D+ ahead and D- behind. For a convex f, g is a subgradient iff

    D-(u) <= <g, u> <= D+(u)      for every u,

and for a concave one iff the order is swapped (Rockafellar, "Convex Analysis", theorem 23.2). Along
directions in which f is smooth, as where all tied entries of a maximum grow together, the two are equal
and so is <g, u>: which no centered difference sees, since across a kink it is merely the mean of D+ and
D-. That mean, 1/2 for each of four tied winners, is no subgradient at all.

Each output is judged by itself, for <v, f> with v of mixed signs is neither convex nor concave. For an
output that is neither itself, as relu(x) - relu(y), only the interval between both slopes along single
elements is asked for: necessary, but not sufficient. Composites of ops, such as relu(x) - relu(-x) = x,
may break even that with rules that are all correct by themselves: judge op by op.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from minigrad.check import oracle
from minigrad.check.trial import Bench, flat
from minigrad.typing import Array

OUTPUTS = 32
"""How many outputs with a kink are judged: those first that single elements bend most."""

ELEMENTS = 24
"""How many of the elements at a kink are moved on their own."""

Shape = Literal["convex", "concave", "neither convex nor concave"]


@dataclass(frozen=True)
class Side:
    """The slopes of one output on both sides of one element, and what the gradient claims."""

    label: str
    behind: float
    ahead: float
    claimed: float


@dataclass(frozen=True)
class Kink:
    """How a gradient did against the inequalities.

    inside       whether it kept all of them
    shape        of f along all the directions that were looked at
    outputs      how many outputs were judged, of those that have a kink here
    directions   along how many directions each
    elements     the indices, in all inputs together, of the elements at which f has a kink
    sides        single elements at the kink, each with the output at which it matters most
    violation    the worst one, in words, or ""
    composed     whether the worst one may come of several ops that are correct: it is not along a single
                 element, or its output bends up in some directions and down in others
    """

    inside: bool
    shape: Shape
    outputs: int
    directions: int
    elements: tuple[int, ...]
    sides: tuple[Side, ...] = ()
    violation: str = ""
    composed: bool = False

    def __str__(self) -> str:
        scope = (
            "f is neither convex nor concave here: this is necessary for a subgradient, but no proof"
            if self.shape == "neither convex nor concave"
            else f"f is {self.shape} here, where this is the definition of a subgradient"
        )
        if self.violation:
            return f"{self.violation}. A claim must lie between the slopes on both sides; {scope}"
        where = f"{plural(self.directions, 'direction')} and for {plural(self.outputs, 'output')}"
        return f"the claim lies between the slopes on both sides, along {where}; {scope}"


@dataclass(frozen=True)
class Direction:
    label: str
    vector: Array
    single: bool = False


def judge(bench: Bench, kinked: Array) -> Kink:
    """Hold the gradient against the inequalities; `kinked` are the elements whose slope jumps, if known."""
    chosen = directions(bench, kinked)
    found = [one_sided(bench, each.vector) for each in chosen]
    left, right, width = (np.array(parts) for parts in zip(*found))  # each (directions, outputs)
    size = np.abs(left) + np.abs(right)
    width = np.maximum(width, 1e-9 * size)
    jump = np.where(np.isfinite(width), right - left, 0.0)
    up, down = (jump > 2 * width).any(axis=0), (jump < -2 * width).any(axis=0)
    outputs = np.flatnonzero(up | down)
    alone = np.abs(jump[[each.single for each in chosen]][:, outputs]).max(axis=0, initial=0.0)
    judged = outputs[np.lexsort((bench.rng.random(outputs.size), -alone))][:OUTPUTS]
    shape: Shape = "neither convex nor concave"
    if not (up & down).any() and not (up.any() and down.any()):
        shape = "convex" if up.any() else "concave"
    worst, violation, composed = (False, 0.0), "", False
    sides: dict[str, Side] = {}
    for j in judged:
        v = np.zeros(bench.shape)
        v.flat[j] = 1.0
        g = flat(bench.subject.gradients(v))
        for k, each in enumerate(chosen):
            if up[j] and down[j] and not each.single:
                continue
            unit = float(np.abs(each.vector).max())
            side = Side(
                each.label,
                float(left[k, j]) / unit,
                float(right[k, j]) / unit,
                float(g @ each.vector) / unit,
            )
            low, high = sorted((side.behind, side.ahead))
            over = max(low - side.claimed, side.claimed - high) * unit - 4 * width[k, j]
            if over > 0 and (each.single, over) > worst:
                worst, violation = (each.single, over), words(side)
                composed = bool(up[j] and down[j]) or not each.single
            if each.single and high - low >= gap(sides.get(each.label)):
                sides[each.label] = side
    return Kink(
        not violation,
        shape,
        len(judged),
        len(chosen),
        tuple(int(i) for i in kinked),
        tuple(side for side in sides.values() if gap(side) > 0),
        violation,
        composed,
    )


def plural(n: int, noun: str) -> str:
    return f"{n} {noun}{'s' * (n != 1)}"


def gap(side: Side | None) -> float:
    return 0.0 if side is None else abs(side.ahead - side.behind)


def words(side: Side) -> str:
    claims = f"and the gradient claims {side.claimed:.6g}"
    if gap(side) <= 1e-6 * max(abs(side.behind), abs(side.ahead)):
        return f"along {side.label} f is smooth with slope {side.ahead:.6g}, {claims}"
    return (
        f"along {side.label} the slope is {side.behind:.6g} on one side and {side.ahead:.6g} on the "
        f"other, {claims}"
    )


def directions(bench: Bench, kinked: Array) -> list[Direction]:
    """Those that tell: single elements, all that are tied together, random ones of either sign."""
    names, n = bench.subject.names, bench.sizes.size
    known = kinked.size > 0
    group = kinked if known else np.arange(n)
    single = bench.rng.permutation(group)[:ELEMENTS]
    found = [Direction(bench.label(int(i)), only(np.array([i]), bench.sizes), True) for i in single]
    what = (
        f"all {group.size} elements at the kink" if known else f"all elements of {', '.join(names)}"
    )
    if group.size > 1:
        x = flat(bench.subject.inputs)
        ones = np.full(n, bench.sizes[group].max())
        found.append(Direction(f"{what} together", only(group, ones)))
        if x[group].any():
            found.append(Direction(f"{what} in proportion", only(group, x)))
        for _ in range(4):
            u = np.abs(bench.rng.standard_normal(n)) * bench.sizes
            found.append(Direction("a random positive direction", only(group, u)))
    for _ in range(6 if group.size > 1 else 0):
        u = bench.rng.standard_normal(n) * bench.sizes
        found.append(Direction("a random direction", only(group, u)))
    return found


def only(chosen: Array, values: Array) -> Array:
    """The values at the chosen elements, and 0 at all others."""
    u = np.zeros(values.size)
    u[chosen] = values[chosen]
    return u


def one_sided(bench: Bench, u: Array) -> tuple[Array, Array, Array]:
    """The slopes behind and ahead of each output along u, and how far they may be from the truth.

    As half the sum and half the difference of the two, extrapolated to a step of 0.
    """
    steps = oracle.STEPS[:, np.newaxis]
    x = flat(bench.subject.inputs)

    def values(point: Array) -> Array:
        return bench.f(*oracle.parts(point, bench.subject.inputs)).ravel()

    with np.errstate(all="ignore"):
        middle = values(x)
        ahead = np.array([values(x + h * u) for h in oracle.STEPS])
        behind = np.array([values(x - h * u) for h in oracle.STEPS])
        stairs = oracle.stairs(ahead - middle, middle - behind, float(np.abs(x).max(initial=1.0)))
        noise = float(np.finfo(float).eps) * (np.abs(ahead) + np.abs(behind))
        noise = np.maximum(noise, stairs) / steps
        mean, mean_width = limit((ahead - behind) / (2 * steps), noise, 2)
        half, half_width = limit(((ahead - middle) - (middle - behind)) / (2 * steps), noise, 1)
    return mean - half, mean + half, mean_width + half_width


def limit(column: Array, noise: Array, first: int) -> tuple[Array, Array]:
    """What each column of slopes tends to as the steps go to 0, and the width of that knowledge."""
    values, truncation, spread = oracle.romberg(column, noise, first)
    widths = oracle.SAFETY * (truncation + oracle.NOISE * spread)
    low, high = oracle.agreed(values, widths)
    widths = np.where(np.isfinite(widths) & (low <= high), widths, np.inf)
    levels = widths.reshape(-1, widths.shape[-1])
    best = np.argmin(levels, axis=0)[np.newaxis]
    return (
        np.take_along_axis(values.reshape(levels.shape), best, axis=0)[0],
        np.take_along_axis(levels, best, axis=0)[0],
    )
