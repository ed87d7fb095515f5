"""In which order things happened: the skeleton of the list of steps.

A result comes before the backward pass that starts at it; what a recorded backward pass computes comes
where its rule runs; and the definition of an opened op takes the place of the op, forwards and backwards.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import Literal, NamedTuple

from minigrad.errors import TraceError
from minigrad.view.records import (
    Accumulated,
    Arrived,
    Began,
    Contributed,
    Ended,
    Landed,
    Node,
    Unbroadcast,
)
from minigrad.view.steps.frame import Frame
from minigrad.view.steps.step import Kind, Phase

Opens = Literal[True] | Collection[int | str]
"""Which fused ops are stepped through as their definition: by number, key or name; or all of them."""


class Beat(NamedTuple):
    """A step before it is put into words.

    node    in the trace of the frame
    event   the place of the event, None where an op is computed
    """

    kind: Kind
    frame: Frame
    node: int
    event: int | None = None
    phase: Phase = "forward"


class Order:
    """beats     all of them
    notes     sentences about ops that were to be opened and cannot be
    """

    def __init__(self, frame: Frame, open: Opens = ()):
        self.open, self.notes = open, list[str]()
        self.met: set[int | str] = set()
        """What was asked for and is there."""
        self.beats = list(self.of(frame))
        missing = [] if open is True else [name for name in open if name not in self.met]
        if missing:
            nodes = frame.trace.nodes
            fused = dict.fromkeys(str(n.op) for n in nodes if is_fused(frame, n))
            there = (
                f"the fused ops here are {', '.join(fused)}"
                if fused
                else "there is no fused op here"
            )
            raise TraceError(f"open={missing[0]!r} names no op of this trace: {there}")

    def of(self, frame: Frame) -> Iterator[Beat]:
        return Walk(frame, self).beats()

    def opened(self, frame: Frame, node: Node) -> Frame | None:
        """The definition of this op, if it is to be stepped through and can be."""
        asked = self.open is not True
        if self.open is not True:
            names = {node.op, node.id if frame.outer is None else None, frame.key(node.id)}
            names &= set(self.open)
            if not names:
                return None
            self.met.update(name for name in names if name is not None)
        try:
            if frame.trace.fn(node).definition is None and not asked:
                return None
            return frame.opened(node)
        except TraceError as error:
            if asked or "not kept" in str(error):
                self.notes.append(f"{frame.label(node.id)} is not opened: {error}")
            return None


class Walk:
    """Through one frame."""

    def __init__(self, frame: Frame, order: Order):
        self.frame, self.order, self.trace = frame, order, frame.trace
        self.under_way: set[int] = set()
        """The backward passes that have begun and not ended."""
        self.given: set[int] = set()
        """The leaves that have been shown."""
        self.computed: dict[tuple[int, int | None], list[int]] = defaultdict(list)
        """By backward pass and node: what the gradient rule of that node computed, in a recorded pass."""
        self.forward: list[int] = []
        for node in self.trace.nodes:
            if node.made_in is None:
                self.forward.append(node.id)
            else:
                self.computed[node.made_in, node.rule_of].append(node.id)
        if frame.outer is not None:
            ends = sum(s.node is not None for s in frame.outer[1].slots)
            self.given.update(range(ends))
            self.forward = [n for n in self.forward if n <= frame.result]
        self.forward.reverse()
        self.definitions: dict[int, Walk] = {}
        self.last_arrival: dict[int, int] = {}
        for i, event in enumerate(self.trace.events):
            if isinstance(event, Arrived):
                self.last_arrival[event.node] = i

    def beat(self, kind: Kind, node: int, event: int | None = None) -> Beat:
        back = event is not None or self.under_way
        return Beat(kind, self.frame, node, event, "backward" if back else "forward")

    def beats(self) -> Iterator[Beat]:
        yield from self.backwards()
        while self.forward:
            yield from self.shown(self.forward.pop())
        for nodes in self.computed.values():  # by a pass that raised
            for n in nodes:
                yield from self.shown(n)
        if self.trace.exception is not None and not any(n.error for n in self.trace.nodes):
            yield self.beat("error", self.stopped_at())

    def backwards(self) -> Iterator[Beat]:
        """The backward passes, and what comes before each."""
        frame, events = self.frame, self.trace.events
        for i, event in enumerate(events):
            if isinstance(event, Began):
                if self.trace.passes[event.pass_].inside is None:
                    self.under_way.intersection_update({event.pass_})  # others have raised
                yield from self.up_to(event.node)
                self.under_way.add(event.pass_)
                if frame.outer is None and self.trace.passes[event.pass_].inside is None:
                    yield self.beat("seed", event.node, i)
            elif isinstance(event, Arrived):
                for n in self.computed.pop((event.pass_, event.node), ()):
                    yield from self.shown(n)
                if self.last_arrival[event.node] == i and event.node in self.definitions:
                    yield from self.definitions[event.node].backwards()
            elif isinstance(event, Unbroadcast):
                yield self.beat("contribution", event.node, i)
                yield self.beat("unbroadcast", event.node, i)
            elif isinstance(event, Contributed):
                if not isinstance(events[i - 1], Unbroadcast):
                    yield self.beat("contribution", event.node, i)
            elif isinstance(event, Accumulated):
                yield self.beat("accumulate", event.node, i)
            elif isinstance(event, Landed) and frame.outer is None:
                yield self.beat("land", event.node, i)
            elif isinstance(event, Ended):
                self.under_way.discard(event.pass_)
                for node in frame.ended(event):
                    yield self.beat("return", node, i)

    def stopped_at(self) -> int:
        """The node whose gradient rule raised, or else the newest one."""
        incomplete = {p.id for p in self.trace.passes if not p.complete}
        for event in reversed(self.trace.events):
            if isinstance(event, Arrived) and event.pass_ in incomplete:
                return event.node
        return len(self.trace.nodes) - 1

    def up_to(self, node: int) -> Iterator[Beat]:
        while self.forward and self.forward[-1] <= node:
            yield from self.shown(self.forward.pop())

    def shown(self, n: int) -> Iterator[Beat]:
        """A node, after the leaves that it is the first to use."""
        node = self.trace.nodes[n]
        if node.kind != "op":
            if n not in self.given:
                self.given.add(n)
                yield self.beat("input", n)
            return
        for x in node.inputs:
            if self.trace.nodes[x].kind != "op":
                yield from self.shown(x)
        inner = None if node.error else self.order.opened(self.frame, node)
        if inner is not None:
            walk = self.definitions[n] = Walk(inner, self.order)
            yield from walk.up_to(inner.result)
            return
        yield self.beat("error" if node.error else "forward", n)


def is_fused(frame: Frame, node: Node) -> bool:
    try:
        return node.op is not None and frame.trace.fn(node).definition is not None
    except TraceError:
        return False
