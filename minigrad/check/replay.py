"""Runs of probed functions: what every expression was, and what becomes of the result if one is replaced.

A run is a list of events, in the order in which they happen. The events of one site that are reached along
the same path of calls are a group: the iterations of a loop, or the calls of a layer.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from minigrad.check.probes import NAME, Site
from minigrad.typing import Array

New = Callable[[Array], Any]
"""The value that takes the place of an event's."""

LONGEST = 200_000
"""Events of a run that are remembered. A longer one is not located."""


@dataclass(frozen=True, eq=False)
class Event:
    """A value that was seen: its number in the run, and its site."""

    index: int
    site: int
    path: tuple[Any, ...]
    value: Array
    target: int
    """For something written: which array it was written into."""


@dataclass(frozen=True, eq=False)
class Group:
    """The events of one site that were reached along one path of calls."""

    site: Site
    key: Any
    events: tuple[Event, ...]

    @property
    def first(self) -> int:
        return self.events[0].index

    @property
    def last(self) -> int:
        return self.events[-1].index

    @property
    def depth(self) -> int:
        """Number of probed functions that call the one that it is in."""
        return len(self.events[0].path)

    @cached_property
    def floats(self) -> bool:
        return all(e.value.dtype.kind == "f" for e in self.events)

    @property
    def stored(self) -> bool:
        """Whether it is what a variable holds, and not an expression on the way."""
        return self.site.kind in ("assigned", "written")

    @property
    def placeholder(self) -> bool:
        """Whether it is a variable at a `pass`, which a missing statement would have changed."""
        return self.site.text == "pass"

    @property
    def read(self) -> bool:
        """Whether it is no more than a variable that is read."""
        return not self.stored and self.site.text.isidentifier()

    @cached_property
    def states(self) -> tuple[Event, ...]:
        """The events that count: of an array that is written into repeatedly, the last state does."""
        if self.site.kind != "written":
            return self.events
        last = {(e.target, e.value.shape): e for e in self.events}
        return tuple(last.values())


def grouped(sites: Sequence[Site], events: Sequence[Event]) -> dict[Any, Group]:
    """The groups of a run, in the order in which they begin."""
    found: dict[Any, list[Event]] = {}
    for e in events:
        found.setdefault((e.site, e.path), []).append(e)
    return {key: Group(sites[key[0]], key, tuple(some)) for key, some in found.items()}


def same_values(a: Sequence[Event], b: Sequence[Event]) -> bool:
    """Whether these hold the same numbers, but for rounding."""
    return len(a) == len(b) and all(
        x.value.shape == y.value.shape
        and x.value.dtype.kind == y.value.dtype.kind == "f"
        and np.abs(x.value - y.value).max(initial=0) <= 1e-9 * np.abs(y.value).max(initial=0)
        for x, y in zip(a, b)
    )


class TooLong(Exception):  # noqa: N818  # a reason, and not a mistake
    """More events than are remembered."""


class Machine:
    """What the probes talk to. A run without a record and without replacements only counts."""

    def __init__(self, sites: list[Site]):
        self.sites = sites
        self.count = 0
        self.events: list[Event] | None = None
        self.kept: list[Array] = []
        self.replacements: Mapping[int, New] = {}

    # ---- called by the probed code ----

    def value(self, site: int, value: Any) -> Any:
        kind = type(value)
        usual = kind is np.ndarray or kind is np.float64 or kind is float
        if not usual and not isinstance(value, np.number | np.ndarray):
            return value
        if kind is np.ndarray and value.dtype.kind not in "fiub":
            return value
        index = self.count
        self.count = index + 1
        if index in self.replacements:
            new = self.replacements[index](np.asarray(value))
            value = new if np.ndim(new) or isinstance(value, np.ndarray) else np.float64(new)
        if self.events is not None:
            self.remember(index, site, value, 0)
        return value

    def written(self, site: int, base: Any, key: Any) -> None:
        if isinstance(base, list | dict):
            try:
                new = self.value(site, base[key])
                if new is not base[key]:
                    base[key] = new
            except (LookupError, TypeError):
                return
        elif isinstance(base, np.ndarray) and base.dtype.kind == "f":
            index = self.count
            self.count = index + 1
            if index in self.replacements:
                base[...] = self.replacements[index](base.copy())
            if self.events is not None:
                self.kept.append(base)  # so that no other array gets its id
                self.remember(index, site, base, id(base))

    def placeholder(self, sites: Mapping[str, int], local: Mapping[str, Any]) -> None:
        """A `pass`: the arrays that a missing statement may have been about."""
        for name, site in sites.items():
            if isinstance(local.get(name), np.ndarray):
                self.written(site, local[name], None)

    def remember(self, index: int, site: int, value: Any, target: int) -> None:
        assert self.events is not None
        if index >= LONGEST:
            raise TooLong
        self.events.append(Event(index, site, call_path(), np.array(value), target))

    # ---- runs ----

    def record(
        self, run: Callable[[], Any], replacements: Mapping[int, New] | None = None
    ) -> tuple[Any, list[Event]]:
        """The result of a run, and its events."""
        self.events = []
        try:
            return self.replaced(run, replacements or {}), self.events
        finally:
            self.events, self.kept = None, []

    def replaced(self, run: Callable[[], Any], replacements: Mapping[int, New]) -> Any:
        """The result of a run in which these events have other values."""
        self.replacements, self.count = replacements, 0
        try:
            return run()
        finally:
            self.replacements = {}


def call_path() -> tuple[Any, ...]:
    """The lines along which the probed code was called: the same in each iteration of a loop."""
    frame: Any = sys._getframe(1)
    while frame.f_code.co_filename == __file__:
        frame = frame.f_back
    frame = frame.f_back  # the probed function itself, whose place is the site's
    found: list[Any] = []
    while frame is not None and len(found) < 12:
        if NAME in frame.f_code.co_names:
            found.append((frame.f_code.co_filename, frame.f_code.co_qualname, frame.f_lineno))
        frame = frame.f_back
    return tuple(found)
