"""Substitution: an expression of the backward pass gets the value that it should have.

If that makes wrong gradients correct at two samples, and leaves correct expressions correct, the bug is in
that expression or in what it was made of. Tried are the gradients of the expressions of f, times a factor
that correct expressions carry, and their values, for a wrong recomputation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from minigrad.check.matches import Target, agree, laid_out, nice, pairings
from minigrad.check.replay import Event, Group, New, same_values
from minigrad.check.samples import CLOSE, OutOfCalls, constant
from minigrad.check.search import Search
from minigrad.typing import Array

EMPTY = re.compile(r"\b(zeros|empty|full)(_like)?\(")
"""An array before anything was computed."""

CHEAP = 300
"""Elements of the gradients that are found first. Dearer ones follow only if no cheap one heals."""


@dataclass(frozen=True)
class Cure:
    """A substitution that makes wrong gradients correct at two samples.

    heals      the inputs whose gradients become correct
    plausible  the factor is 1, or one that correct expressions carry, as the length of an axis
    known      the expression already is something correct, but not this
    own        it is a multiple of this
    place      when the wrong value first was there; root: the same, of the whole group
    """

    group: Group
    target: Target
    factor: float
    heals: frozenset[int]
    plausible: bool
    known: bool
    own: bool
    place: int
    root: int


class Substitution:
    """The substitutions that heal what a search knows."""

    def __init__(self, search: Search):
        self.search, self.matcher, self.samples = search, search.matcher, search.samples
        self.wrong, self.right = search.wrong, search.right

    def cures(self, complete: bool) -> list[Cure]:
        """Substitutions that heal, the best first: those of all wrong gradients, or of some."""
        suspects = [
            g for g in self.search.groups
            if not empty(g) and self.suspected(g, complete)
        ]  # fmt: skip
        # First what is not known to be anything: there is the bug, most often.
        suspects.sort(
            key=lambda g: (bool(self.search.matches[g.key]) or g.key in self.search.values, g.last)
        )
        found: list[Cure] = []
        try:
            for dear in (False, True):
                for group in suspects:
                    found += self.cures_of(group, dear, found)
                if any(c.heals == self.wrong for c in found):
                    break
        except OutOfCalls:
            if not found:
                raise
        return self.ranked(found)

    def suspected(self, group: Group, complete: bool) -> bool:
        affected = self.search.affected(group)
        enough = affected >= self.wrong if complete else affected & self.wrong
        return bool(enough) and not affected & self.right

    def cures_of(self, group: Group, dear: bool, before: Sequence[Cure]) -> Iterator[Cure]:
        """The cures by substitution for one group. After a complete cure only its target is tried."""
        done = {c.target for c in before if c.heals == self.wrong and c.plausible and not c.known}
        events = [g.states for g in self.search.pair(group)]
        if len(events[0]) != len(events[1]):
            return
        zero: list[Array | None] = []
        for target in self.targets(group, events[0]):
            price = self.matcher.price(target)
            if (price > CHEAP) != dear or (done and target not in done):
                continue
            if 4 * price > self.search.budget.left:
                continue  # its gradient would use up the budget
            if not target.value and not zero:
                zero.append(
                    self.samples[0].results({e.index: constant(0 * e.value) for e in events[0]})
                )
            for c in self.factors(events[0], target, zero):
                if cure := self.confirmed(group, events, target, c):
                    yield cure

    def targets(self, group: Group, events: Sequence[Event]) -> Iterator[Target]:
        """What a group may be replaced by: gradients, then values."""
        matcher = self.matcher
        claimed = self.samples[0].claimed
        if claimed is not None and np.isnan(claimed).any():  # targets of any shape
            if len(events) == 1:
                yield from (Target(p) for p in range(len(self.search.subject.inputs)))
            for key, g in matcher.groups.items():
                yield from (Target(key, picked) for picked in pairings(len(g.events), len(events)))
        found = [t for t, _ in matcher.targets(events)]
        yield from sorted(found, key=matcher.price)
        if group.key in self.search.values:
            return
        shapes = [e.value.shape for e in events]
        alone = len(events) == 1 and not self.search.matches[group.key]
        seen: list[list[Array]] = []
        for key, g in matcher.groups.items():
            for picked in pairings(len(g.events), len(events)):
                arrays = [g.events[i].value for i in picked]
                fits = [a.shape for a in arrays] == shapes
                if (fits or alone) and not any(map(lambda old: equal(old, arrays), seen)):
                    seen.append(arrays)
                    yield Target(key, picked, value=True)

    def replacement(
        self, events: Sequence[Event], target: Target, k: int, c: float
    ) -> dict[int, New]:
        """The new values of these events: c times the target, laid out as they are."""
        new = {}
        for e, a in zip(events, self.matcher.arrays(target, k)):
            fits = not target.value and a.size == e.value.size
            new[e.index] = constant(c * (laid_out(a, target.layout, e.value.shape) if fits else a))
        return new

    def factors(
        self, events: Sequence[Event], target: Target, zero: list[Array | None]
    ) -> list[float]:
        """The c for which c times the target makes a wrong gradient correct, at the first sample."""
        s = self.samples[0]
        one = s.results(self.replacement(events, target, 0, 1.0))
        healed = self.search.healed(0, one)
        if one is None or target.value or healed == self.wrong:
            return [1.0] if healed else []
        found = [1.0] if healed else []
        if zero[0] is None:
            return found
        for p in self.wrong:
            slope, rest = one[p] - zero[0][p], s.truth[p] - zero[0][p]
            if not np.isfinite(slope).all() or np.abs(slope).max() <= 1e-12 * s.scales[p]:
                continue
            k = int(np.argmax(np.abs(slope)))
            c = float(rest[k] / slope[k])
            off = np.abs(zero[0][p] + c * slope - s.truth[p]).max()
            if (
                1e-4 < abs(c) < 1e4
                and off <= CLOSE * s.scales[p]
                and not any(agree(c, f) for f in found)
            ):
                found.append(nice(c))
        return found

    def confirmed(
        self, group: Group, events: Sequence[Sequence[Event]], target: Target, c: float
    ) -> Cure | None:
        """The cure, if the substitution heals at both samples and spoils nothing."""
        heals = self.wrong
        for k, s in enumerate(self.samples):
            heals &= self.search.healed(k, s.results(self.replacement(events[k], target, k, c)))
            if not heals:
                return None
        matches = self.search.matches[group.key]
        own = [m.factor for m in matches if m.target == target]
        new = self.replacement(events[0], target, 0, c)
        # A multiple of what is correct already only makes up for a mistake elsewhere.
        if 1.0 in own or self.spoils(group, new):
            return None
        value = group.key in self.search.values
        # What lacks the division by a length, say, may be meant so: it is divided later.
        carries = any(agree(f, n) or agree(f, 1 / n) for f in own for n in self.search.lengths)
        known = (bool(matches) and (carries or not own) and not target.value) or value
        usual = [*self.search.carried(group), *(m.factor for m in matches if known)]
        root = min(
            (
                g.first
                for g in self.samples[0].backward.values()
                if same_values(g.states, events[0])
            ),
            default=group.first,
        )
        changed = [e.index for e in events[0] if differ(e.value, new[e.index](e.value))]
        place = (group.first if value else root) if known else min(changed, default=group.first)
        plausible = any(agree(c, f) for f in usual)
        return Cure(group, target, c, heals, plausible, known, bool(own), place, root)

    def spoils(self, group: Group, replacements: dict[int, New]) -> bool:
        """Whether a substitution changes an expression that is correct as it is."""
        before = self.samples[0].backward
        _, after = self.samples[0].recorded(replacements)
        return any(
            key in after
            and not same_values(after[key].events, before[key].events)
            and not same_values(before[key].events, group.events)
            for key in self.search.sound
        )

    def ranked(self, found: Sequence[Cure]) -> list[Cure]:
        """The best first: heals most, by a usual factor, an unknown expression, the earliest.

        Of two unknown expressions that would become the same gradient, the later one is meant to be it. An
        expression that is a gradient already, of something else, is used too late: the last of those.
        """
        last: dict[object, int] = {}
        for c in found:
            key = (c.heals, c.target, c.factor)
            last[key] = max(last.get(key, 0), c.root)
        kept = [c for c in found if c.own or c.known or c.root == last[c.heals, c.target, c.factor]]
        return sorted(
            kept,
            key=lambda c: (
                -len(c.heals),
                not c.plausible,
                c.known,
                *(
                    (-c.place, c.group.read, -c.group.depth, -c.group.first)
                    if c.known
                    else (c.place, c.group.first)
                ),
            ),
        )


def equal(a: Sequence[Array], b: Sequence[Array]) -> bool:
    return all(x.shape == y.shape and np.array_equal(x, y) for x, y in zip(a, b))


def empty(group: Group) -> bool:
    """Whether it is an array that is yet to be filled."""
    made = EMPTY.search(group.site.text) is not None
    return made and not any(e.value.any() for e in group.events)


def differ(a: Array, b: Array) -> bool:
    if np.shape(a) != np.shape(b):
        return True
    return bool(np.abs(a - b).max(initial=0.0) > 1e-6 * np.abs(a).max(initial=0.0))
