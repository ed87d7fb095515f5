"""A name for the bug: hypotheses, believed only if they predict the gradient on three fresh draws."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import islice

import numpy as np

from minigrad.check.apart import mixed
from minigrad.check.chain_rule import unlikely
from minigrad.check.hypotheses import hypotheses
from minigrad.check.nearly import nearly
from minigrad.check.powers import powers
from minigrad.check.scene import (
    DIFFERENT,
    Hypothesis,
    Scene,
    alike,
    jacobian,
    scenes,
    stretched_axes,
)
from minigrad.check.subject import Fault, ShapeFault, element
from minigrad.check.trial import Bench, Trial, upstream
from minigrad.check.wording import of_a_derivative
from minigrad.typing import Array

DRAWS = 3
NAMED = 3
"""How many inputs get a diagnosis, and how many names are given to one bug."""

MOST_PARTS = 9
"""Of how many equal parts some may be missing; a fraction of more is an accident."""


def named(bench: Bench, trials: list[Trial]) -> tuple[str, ...]:
    """What is wrong with the gradient of each input that is wrong, in sentences; () if it has no name."""
    blamed = {}
    for t in sorted(trials, key=lambda t: abs(t.error)):
        if t.sweep.verdict == "wrong" and t.place is not None:
            shape = bench.subject.inputs[t.place].shape
            blamed[t.place] = int(np.ravel_multi_index(t.index, shape)) if t.index else 0
    found = []
    for place in sorted(blamed)[:NAMED]:
        whose = f" of {bench.subject.names[place]}" if len(bench.subject.inputs) > 1 else ""
        found += [f"{whose} {says}" for says in causes(bench, place, blamed[place])]
    if (noun := bench.subject.noun) == "derivative":
        found = [of_a_derivative(says) for says in found]
    return tuple(f"your {noun}{says}" for says in found or nearly(trials))


def causes(bench: Bench, place: int, element: int) -> list[str]:
    """All names that survive; first with signs drawn, and if there are none with the signs as given."""
    elsewhere = False
    for signs in (True, False):
        drawn = list(islice(visible(bench, place, element, signs), DRAWS))
        if len(drawn) < DRAWS:
            continue
        survivors = surviving(hypotheses(drawn[0]), drawn) or surviving(unlikely(drawn[0]), drawn)
        if not survivors:
            survivors = (
                [*proportional(drawn), *penalty(drawn)]
                or powers(drawn)
                or permuted(drawn)
                or mixed(drawn)
                or ([] if elsewhere else confined(drawn))
            )
        if survivors:
            return survivors[:NAMED]
        elsewhere = True  # with other signs: its places with those given are then no name for it
    return []


def surviving(candidates: Iterable[Hypothesis], drawn: list[Scene]) -> list[str]:
    return [h.says for h in candidates if all(holds(h, s) for s in drawn)]


def visible(bench: Bench, place: int, element: int, signs: bool) -> Iterator[Scene]:
    """The draws at which the gradient is wrong."""
    for scene in scenes(bench, place, element, signs):
        known = np.isfinite(scene.numeric)
        off = np.abs(scene.g - scene.numeric)[known].max(initial=0.0)
        if off > DIFFERENT * magnitude(scene):
            yield scene


def magnitude(scene: Scene) -> float:
    """The largest element of the correct gradient."""
    return float(np.nanmax(np.abs(scene.numeric), initial=0.0))


def holds(hypothesis: Hypothesis, scene: Scene) -> bool:
    """Whether the hypothesis predicts every element that is known."""
    with np.errstate(all="ignore"):
        predicted = np.asarray(hypothesis.predict(scene))
    if predicted.shape != scene.g.shape:
        return False
    known = np.isfinite(scene.numeric)
    if not np.all(np.isfinite(predicted[known])):
        return False
    scale = max(magnitude(scene), float(np.abs(scene.g).max(initial=0.0)))
    return alike(predicted[known], scene.g[known], scale)


# ---- what is fitted to the first draw, and tested on the others ----


def proportional(drawn: list[Scene]) -> list[str]:
    factor = ratio(drawn[0].g, drawn[0].numeric)
    if all(holds(Hypothesis("", lambda s: factor * s.numeric), s) for s in drawn):
        masked = all(handed_on(s) for s in drawn)
        guess = f", as if a division by {factor:.6g} was forgotten" if masked else as_parts(factor)
        return [f"is {factor:.6g} times the correct one, everywhere{guess}"]
    return []


def handed_on(s: Scene) -> bool:
    """Whether the gradient is the one from above or 0 at each element, as where a mask was applied."""
    return s.g.shape == s.v.shape and bool(np.all((s.g == s.v) | (s.g == 0)))


def as_parts(factor: float) -> str:
    """What a simple fraction says of the ways that lead from the input to the output."""
    share = Fraction(factor).limit_denominator(MOST_PARTS)
    if not 0 < share < 1 or abs(float(share) - factor) > DIFFERENT:
        return ""
    missing, all_ = share.denominator - share.numerator, share.denominator
    return f", as if {missing} of {all_} equal parts of a sum {'was' if missing == 1 else 'were'} missing"


def penalty(drawn: list[Scene]) -> list[str]:
    """A multiple of the input that is missing, or there once too often: the derivative of an L2 term."""
    c = ratio(drawn[0].g - drawn[0].numeric, drawn[0].x)
    if all(holds(Hypothesis("", lambda s: s.numeric + c * s.x), s) for s in drawn):
        what = "lacks the term" if c < 0 else "has a term too many,"
        name = drawn[0].subject.names[drawn[0].place]
        return [f"{what} {abs(c):.6g} {name}: the derivative of an L2 penalty"]
    return []


def permuted(drawn: list[Scene]) -> list[str]:
    for s in drawn:
        if not np.all(np.isfinite(s.numeric)):
            return []
        scale = magnitude(s)
        if not alike(np.sort(s.g.ravel()), np.sort(s.numeric.ravel()), scale):
            return []
    return ["has the correct numbers in the wrong places"]


def confined(drawn: list[Scene]) -> list[str]:
    """Wrong at the same few elements every time."""
    where = [np.abs(s.g - s.numeric) > DIFFERENT * magnitude(s) for s in drawn]
    wrong = np.argwhere(where[0])
    if not all(np.all(np.isfinite(s.numeric)) for s in drawn) or 2 * len(wrong) > where[0].size:
        return []
    if not all(np.array_equal(where[0], each) for each in where):
        return []
    name = drawn[0].subject.names[drawn[0].place]
    shown = ", ".join(name + element(index) for index in wrong[:NAMED])
    more = f" and {len(wrong) - NAMED} more" if len(wrong) > NAMED else ""
    return [
        f"is wrong at {shown}{more} only, of {where[0].size} elements, and correct at all others"
    ]


def ratio(a: Array, b: Array) -> float:
    known = np.isfinite(a) & np.isfinite(b)
    return float(a[known] @ b[known] / max(float(b[known] @ b[known]), 1e-300))


# ---- wrong shapes ----


def of_fault(fault: Fault, bench: Bench) -> tuple[str, ...]:
    """What would make a gradient of the wrong shape correct: tried, and confirmed by the numbers."""
    if not isinstance(fault, ShapeFault):
        return ()
    place = bench.subject.names.index(fault.name)
    repairs = list(repaired(fault.g, fault.x, bench.shape))
    for _ in range(DRAWS):
        v = upstream(bench.subject, bench.shape, bench.rng)
        arrays = [x.copy() for x in bench.subject.inputs]
        bench.subject.f(*arrays)
        g = np.asarray(bench.subject.apart(bench.subject.pull(v, *arrays))[place], np.float64)
        slopes = jacobian(bench.subject, bench.subject.inputs, place, bench.rng)
        numeric = slopes.pulled(v).reshape(fault.x.shape)
        known = np.isfinite(numeric)
        scale = float(np.abs(numeric[known]).max(initial=0.0))
        fits = {says: mended for says, mended in repaired(g, fault.x, bench.shape)}
        repairs = [(says, g) for says, g in repairs
                   if says in fits and alike(fits[says][known], numeric[known], scale)]  # fmt: skip
    return tuple(says for says, _ in repairs[:1])


def repaired(g: Array, x: Array, out: tuple[int, ...]) -> Iterator[tuple[str, Array]]:
    """Ways to give a gradient the shape of its input."""
    stretched = stretched_axes(x.shape, g.shape)
    if stretched and g.size > x.size:
        axes = stretched[0] if len(stretched) == 1 else stretched
        yield (
            f"the sum over axis {axes} is missing, along which the input was broadcast: "
            f"return g.sum(axis={axes}{', keepdims=True' if g.ndim == x.ndim else ''})",
            g.sum(axis=stretched).reshape(x.shape),
        )
        yield (
            f"the mean over axis {axes} is missing, along which the input was broadcast",
            g.mean(axis=stretched).reshape(x.shape),
        )
    if g.size < x.size and stretched_axes(g.shape, x.shape):
        yield (
            f"it must be stretched to the shape of the input: return np.broadcast_to(g, {x.shape})",
            np.broadcast_to(g, x.shape),
        )
    kept = np.expand_dims(g, -1) if g.ndim < x.ndim else g
    if kept.shape != g.shape and stretched_axes(kept.shape, x.shape):
        yield (
            "it must be stretched to the shape of the input, and needs keepdims=True for that",
            np.broadcast_to(kept, x.shape),
        )
    if g.T.shape == x.shape:
        yield "it is transposed: return its .T", g.T
    if g.size == x.size:
        yield f"it is correct but for its shape: return g.reshape({x.shape})", g.reshape(x.shape)
