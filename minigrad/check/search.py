"""What is known of a backward function: two samples, and what each of its expressions is.

An expression matches a gradient of f, times a factor; or it is a value of f; or nothing is known of it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from functools import cached_property

import numpy as np

from minigrad.check.exchange import Exchange, exchanged, functions_of, rewritten
from minigrad.check.matches import Match, Matcher
from minigrad.check.probes import NAME, Rewriter, Site
from minigrad.check.replay import Group, Machine, same_values
from minigrad.check.samples import Budget, OutOfCalls, Sample, nearby, shifted
from minigrad.check.subject import Subject
from minigrad.typing import Array


class Search:
    """Two samples of a backward function, and what is known of its expressions there."""

    def __init__(self, subject: Subject, functions: Sequence[object], budget: Budget):
        self.subject, self.budget = subject, budget
        self.functions = functions_of(functions)
        self.sites: list[Site] = []
        self.machine = Machine(self.sites)

    def probed(self) -> Exchange:
        return rewritten(self.functions, lambda file, s: Rewriter(file, self.sites).visit(s))

    # ---- the samples ----

    def take_samples(self, codes: Exchange) -> None:
        """Two samples: the inputs that were given, and a point nearby."""
        subject, rng = self.subject, np.random.default_rng(0)
        with exchanged(codes, NAME, self.machine):
            shape = np.shape(subject.f(*(x.copy() for x in subject.inputs)))
            v = rng.normal(size=shape) if subject.upstream else np.ones(shape)
            self.samples = [self.sample(subject.inputs, v)]
            for attempt in range(5):
                w = rng.normal(size=shape) if subject.upstream else v
                inputs = [nearby(x, rng, 0.5**attempt) for x in subject.inputs]
                try:
                    self.samples.append(self.sample(inputs, w))
                    break
                except OutOfCalls:
                    raise
                except Exception:  # outside of the domain of f: a closer point may be inside
                    if attempt == 4:
                        raise
            first, second = self.samples
            claimed = first.claimed
            assert claimed is not None
            second.forward_run()  # does the backward function use what f has kept?
            again = first.projected(first.backward_run())
            first.stateful = second.stateful = not np.array_equal(again, claimed, equal_nan=True)
            self.inert = self.found_inert()
        everything = frozenset(range(len(subject.inputs)))
        self.right = frozenset.intersection(*(s.correct(s.claimed) for s in self.samples))
        self.wrong = everything - self.right
        self.matcher = Matcher(subject, self.samples, self.inert)

    def sample(self, inputs: Sequence[Array], v: Array) -> Sample:
        made = Sample(self.subject, self.machine, self.budget, inputs, v)
        if made.claimed is None:
            raise ValueError("the backward function fails there")
        return made

    def found_inert(self) -> set[object]:
        """The groups of f that only its backward pass needs, where one function computes both."""
        s = self.samples[0]
        both, loss = {key[0] for key in s.backward}, s.loss_at({})
        found = set()
        for key, group in s.forward.items():
            if key[0] in both and group.floats:
                moves = {e.index: shifted(0.01 + 0.01 * np.abs(e.value)) for e in group.states}
                with contextlib.suppress(ArithmeticError, LookupError, ValueError):
                    if s.loss_at(moves) == loss:
                        found.add(key)
        active = [g.states for key, g in s.forward.items() if key not in found]
        # A variable that is only returned, for the backward pass to use, is part of f as well.
        return {
            key
            for key in found
            if not any(same_values(s.forward[key].states, some) for some in active)
        }

    # ---- the groups of the backward pass ----

    @cached_property
    def groups(self) -> list[Group]:
        """The groups that only the backward pass has, as long at both samples, in their order."""
        first, second = (s.backward for s in self.samples)
        # A helper that the forward pass uses too is correct by definition: its argument may be wrong.
        shared = {key[0] for key in self.samples[0].forward.keys() - self.inert}
        return [
            g
            for key, g in first.items()
            if g.site.kind != "use" and g.floats and key[0] not in shared
            and key in second and len(second[key].events) == len(g.events)
        ]  # fmt: skip

    def pair(self, group: Group) -> list[Group]:
        return [s.backward[group.key] for s in self.samples]

    @cached_property
    def values(self) -> set[object]:
        """The groups that hold values of f."""
        some = [g for g in self.groups if not g.placeholder]
        return {g.key for g in some if self.matcher.is_value(self.pair(g))}

    @cached_property
    def matches(self) -> dict[object, list[Match]]:
        return {
            g.key: [] if g.placeholder else self.matcher.matches(self.pair(g)) for g in self.groups
        }

    @cached_property
    def sound(self) -> set[object]:
        """The groups that are correct as they are: values, and variables that are gradients of variables."""
        return self.values | {
            g.key
            for g in self.groups
            if g.stored
            and any(m.factor == 1.0 and self.matcher.named(m.target) for m in self.matches[g.key])
        }

    @cached_property
    def lengths(self) -> list[float]:
        return sorted(
            {
                float(n)
                for g in self.matcher.groups.values()
                for e in g.events
                for n in e.value.shape
                if n > 1
            }
        )

    def carried(self, group: Group) -> list[float]:
        """Factors that a gradient may have on its way: 1, a length, and those of earlier matches."""
        earlier = [
            m.factor for g in self.groups if g.first < group.first for m in self.matches[g.key]
        ]
        return [1.0, *self.lengths, *(1 / n for n in self.lengths), *earlier]

    def affected(self, group: Group) -> frozenset[int]:
        """The inputs whose gradients depend on a group."""
        if group.key not in self._affected:
            s, rng = self.samples[0], np.random.default_rng(group.first)
            moves = {}
            for e in group.states:
                size = np.abs(e.value).mean() if e.value.size else 0.0
                moves[e.index] = shifted(0.01 * (size + 1e-3) * rng.normal(size=e.value.shape))
            results, claimed = s.results(moves), s.claimed
            assert claimed is not None
            moved = (
                self.wrong
                if results is None
                else np.flatnonzero(
                    ~np.isclose(results, claimed, rtol=1e-9, atol=1e-12).all(axis=1)
                ).tolist()
            )
            self._affected[group.key] = frozenset(moved)
        return self._affected[group.key]

    @cached_property
    def _affected(self) -> dict[object, frozenset[int]]:
        return {}

    def healed(self, k: int, results: Array | None) -> frozenset[int]:
        """The wrong gradients that are correct now; none if a correct one no longer is."""
        correct = self.samples[k].correct(results)
        return correct & self.wrong if correct >= self.right else frozenset()
