"""The first wrong expression of a backward function, proven by substitution or by an edit.

The user's functions run with probes, at two samples. Expressions of the backward pass are matched with
gradients of f, replaced by what they should be, and edited, until the wrong gradients are correct. That is a
proof, and not a guess: the correct ones stay correct.
"""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from minigrad.check.exchange import (
    Unreadable,
    exchanged,
    functions_of,
    path_of,
    reachable,
    source_of,
)
from minigrad.check.meaning import Meaning
from minigrad.check.preserve import preserved
from minigrad.check.probes import NAME
from minigrad.check.repair import Repair, Repairs
from minigrad.check.replay import Group, TooLong
from minigrad.check.samples import LARGE, Budget, OutOfCalls
from minigrad.check.search import Search
from minigrad.check.subject import Subject
from minigrad.check.substitution import Cure, Substitution
from minigrad.typing import Array

CALLS = 40_000
"""Calls of the user's functions, after which the search ends with the best that it has found."""


@dataclass(frozen=True)
class Location:
    """Where a backward function is wrong first.

    gradients    the names of the inputs whose gradients become correct
    line, column where the expression begins in `file`, as `ast` counts; the end is exclusive
    expression   its source
    function     the function that it is in
    iterations   how often it was evaluated
    now          what it computes, in words; empty if nothing is known of it
    needed       what it should compute, in words; empty if only `remedy` is known
    value        what it was at the inputs; a stack of all iterations if there are several
    target       what it should have been there; None if that is not known in each element
    remedy       an expression or a statement to write in its place, if one was found
    proven       whether the substitution or the edit made the gradients correct at two samples
    """

    gradients: tuple[str, ...]
    file: str
    line: int
    column: int
    end_line: int
    end_column: int
    expression: str
    function: str
    iterations: int
    now: str
    needed: str
    value: Array | None
    target: Array | None
    remedy: str = ""
    proven: bool = True

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.expression}"


@dataclass(frozen=True)
class Located:
    """What was found.

    locations  the first wrong expressions, or none, and then the reason
    lines      file, line, and what the line computes in words, where that is known
    functions  file, first and last line of each function that only the backward pass runs
    """

    locations: tuple[Location, ...] = ()
    reason: str = ""
    lines: tuple[tuple[str, int, str], ...] = ()
    functions: tuple[tuple[str, int, int], ...] = ()


def locate(subject: Subject, calls: int = CALLS) -> Located:
    """Where the gradients of a subject are wrong first, and what each line of its backward pass computes.

    The user's objects, arrays and global state are the same afterwards.
    """
    if not subject.functions:
        return Located(reason="the gradient is not computed by functions that were given")
    budget = Budget(calls)
    roots = [f for f, _ in subject.functions]
    things = reachable(roots)
    if not functions_of(things):
        return Located(reason="the functions are not written in Python, or belong to a library")
    try:
        with preserved([*things, *subject.inputs]):
            return Finder(subject, readable(things, roots), budget).located()
    except Unreadable as reason:
        return Located(reason=str(reason))
    except (OutOfCalls, TooLong):
        return Located(reason=f"the functions are too long to be located within {calls} calls")
    except Exception as error:  # the user's code may fail with any error: no location is no failure
        return Located(reason=f"the functions cannot be run again: {type(error).__name__}: {error}")


def readable(things: Sequence[Any], roots: Sequence[Any]) -> list[Any]:
    """The functions whose source can be read. Those that are checked must be among them."""
    found = []
    needed = {id(getattr(f, "__func__", f)) for f in roots}
    for f in functions_of(things):
        try:
            path_of(f.__code__, source_of(f.__code__.co_filename))
            found.append(f)
        except Unreadable:
            if id(f) in needed:
                raise
    return found


class Finder:
    """From the cures and the repairs to locations."""

    def __init__(self, subject: Subject, functions: Sequence[Any], budget: Budget):
        self.subject, self.budget = subject, budget
        self.search = Search(subject, functions, budget)
        self.codes = self.search.probed()
        self.search.take_samples(self.codes)
        self.substitution, self.meaning = Substitution(self.search), Meaning(self.search)

    def located(self) -> Located:
        if not self.search.groups:
            return Located(reason="the gradient is not computed in the functions that were given")
        lines, functions = tuple(self.lines()), tuple(self.repairs.functions())
        if not self.search.wrong:
            reason = "no gradient is wrong by enough to be located"
            return Located((), reason, lines, functions)
        found = self.locations()
        reason = "" if found else "no single expression explains it"
        return Located(tuple(found), reason, lines, functions)

    @cached_property
    def repairs(self) -> Repairs:
        return Repairs(self.search)

    def lines(self) -> list[tuple[str, int, str]]:
        with exchanged(self.codes, NAME, self.search.machine):
            return self.meaning.lines()

    # ---- the search ----

    def locations(self) -> list[Location]:
        """One substitution for all; or one edit; or several substitutions, each for some gradients."""
        cures = self.cures(complete=True)
        if cures:
            return [self.of_cure(cures[0])]
        repairs, wrong = self.repairs, self.search.wrong
        first = [*repairs.loops(), *repairs.placeholders(), *repairs.returns()]
        rest = [k for k in range(len(repairs.statements)) if k not in first]
        if repair := repairs.healing([*first, *rest], wrong):
            return [self.of_repair(repair, None)]
        repairs.left += 500
        chosen: list[Cure] = []
        left = set(wrong)
        for cure in self.cures(complete=False):
            if cure.heals & left and (cure.heals <= left or not chosen):
                chosen.append(cure)
                left -= cure.heals
        return [self.of_cure(cure) for cure in chosen]

    def cures(self, complete: bool) -> list[Cure]:
        with exchanged(self.codes, NAME, self.search.machine):
            return self.substitution.cures(complete)

    def of_cure(self, cure: Cure) -> Location:
        """The edit around a cure that heals as much; else the cure itself."""
        place = self.repairs.at(cure.group.site)
        suspects = [] if place is None else self.repairs.suspects(place)
        with contextlib.suppress(OutOfCalls, TooLong):
            if repair := self.repairs.healing(suspects, cure.heals):
                return self.of_repair(repair, cure)
        return self.substituted(cure)

    def substituted(self, cure: Cure) -> Location:
        group, site = cure.group, cure.group.site
        with exchanged(self.codes, NAME, self.search.machine):
            new = self.substitution.replacement(group.states, cure.target, 0, cure.factor)
            arrays = [new[e.index](e.value) for e in group.states]
        p = cure.target.source
        known = not isinstance(p, int) or self.subject.inputs[p].size <= LARGE
        return Location(
            gradients=self.names(cure.heals),
            file=site.file, line=site.line, column=site.column, end_line=site.end_line,
            end_column=site.end_column, expression=site.text, function=site.function,
            iterations=len(group.events), now=self.meaning.what(group),
            needed=self.meaning.words(cure.target, cure.factor),
            value=stacked([e.value for e in group.states]), target=stacked(arrays) if known else None,
        )  # fmt: skip

    def of_repair(self, repair: Repair, cure: Cure | None) -> Location:
        old: Any = repair.edit.old
        group = self.group_at(repair, old)
        same = (
            cure is not None
            and group is not None
            and cure.group.site.statement == group.site.statement
        )
        value = target = None
        if cure is not None and same:
            there = self.substituted(cure)
            value, target, group = there.value, there.target, cure.group
        return Location(
            gradients=self.names(repair.heals),
            file=repair.statement.file, line=old.lineno, column=old.col_offset,
            end_line=old.end_lineno, end_column=old.end_col_offset,
            expression=ast.unparse(old), function=repair.statement.function.__qualname__,
            iterations=len(group.events) if group else 1,
            now=self.meaning.what(group) if group else "",
            needed=self.meaning.words(cure.target, cure.factor) if cure is not None and same else "",
            value=value, target=target, remedy=ast.unparse(repair.edit.new),
        )  # fmt: skip

    def group_at(self, repair: Repair, old: Any) -> Group | None:
        """What the edited statement made."""
        some = [
            g
            for g in self.search.samples[0].backward.values()
            if g.site.file == repair.statement.file
            and g.site.statement[0] == repair.statement.node.lineno
        ]
        return some[-1] if some else None

    def names(self, places: frozenset[int]) -> tuple[str, ...]:
        return tuple(self.subject.names[p] for p in sorted(places))


def stacked(arrays: Sequence[Array]) -> Array:
    some = [np.asarray(a) for a in arrays]
    alike = len({a.shape for a in some}) == 1
    return np.stack(some) if alike and len(some) > 1 else some[0]
