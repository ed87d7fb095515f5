"""A frame: one trace with the words for its nodes and gradients, and what arrived where.

The definition of a fused op that is opened is a frame of its own, inside that of the op.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import final

from minigrad.errors import TraceError
from minigrad.view.records import (
    Accumulated,
    Arrived,
    Began,
    Contributed,
    Ended,
    Event,
    Landed,
    Node,
)
from minigrad.view.snapshot import Snapshot
from minigrad.view.steps.step import Change, State
from minigrad.view.trace import Trace


@final
@dataclass(eq=False)
class Frame:
    """outer    the frame of the fused op, and its node; None for the trace that is stepped through"""

    trace: Trace
    outer: tuple[Frame, Node] | None = None

    # ---- names ----

    @cached_property
    def result(self) -> int:
        """The node of a definition that stands for the result of the fused op."""
        passes, nodes = self.trace.passes, self.trace.nodes
        if passes:
            return passes[0].output
        return next((n.id for n in reversed(nodes) if n.kind == "op"), -1)

    @cached_property
    def keys(self) -> list[str]:
        """By the number of a node: "3", or "12.3" in a definition, whose ends keep their keys."""
        if self.outer is None:
            return [str(n.id) for n in self.trace.nodes]
        frame, node = self.outer
        own = frame.keys[node.id]
        keys = [f"{own}.{n.id}" for n in self.trace.nodes]
        sources = [frame.keys[s.node] for s in node.slots if s.node is not None]
        keys[: len(sources)] = sources
        if self.result >= len(sources):
            keys[self.result] = own
        return keys

    def key(self, node: int) -> str:
        return self.keys[node]

    def label(self, node: int) -> str:
        """The user's word; in a definition that of its author, and t12.3 for what has none."""
        n = self.trace.nodes[node]
        if self.outer is None:
            return n.label
        if node == self.result:
            return self.outer[0].label(self.outer[1].id)
        return n.label if n.name is not None else f"t{self.keys[node]}"

    @cached_property
    def inside(self) -> tuple[str, ...]:
        if self.outer is None:
            return ()
        frame, node = self.outer
        return (*frame.inside, frame.keys[node.id])

    def whole(self, pass_: int) -> str:
        """What the gradients of a pass are those of: its output, if that is one number, or else L."""
        if self.outer is not None:
            frame, node = self.outer
            passes = [e.pass_ for e in frame.trace.events if e.node == node.id]
            return frame.whole(passes[-1]) if passes else "L"
        began = self.seeds[pass_]
        if len(began) == 1:
            g = began[0].g
            if g.size == 1 and g.array is not None and g.array.item() == 1:
                return self.label(began[0].node)
        return self.invented

    @cached_property
    def invented(self) -> str:
        """A word for what is differentiated which the user has for nothing else."""
        taken = {n.name for n in self.trace.nodes}
        return next(word for word in ("L", "J", "S", "the objective") if word not in taken)

    def gradient(self, node: int, pass_: int) -> str:
        """`dL/dx`; `dL/d(fc.weight)`."""
        whole, label = self.whole(pass_), self.label(node)
        return f"d{parenthesised(whole)}/d{parenthesised(label)}"

    # ---- what happened ----

    @cached_property
    def seeds(self) -> dict[int, list[Began]]:
        found: dict[int, list[Began]] = defaultdict(list)
        for event in self.trace.events:
            if isinstance(event, Began):
                found[event.pass_].append(event)
        return found

    @cached_property
    def arrivals(self) -> dict[tuple[int, int], list[int]]:
        """By pass and node: the places, among the events, of what was sent there, seeds included."""
        found: dict[tuple[int, int], list[int]] = defaultdict(list)
        for i, event in enumerate(self.trace.events):
            if isinstance(event, Contributed):
                found[event.pass_, event.to].append(i)
            elif isinstance(event, Began):
                found[event.pass_, event.node].append(i)
        return found

    @cached_property
    def ranks(self) -> dict[int, int]:
        """By the place of an event that sent something: the how manieth it was at its node, from 1."""
        return {i: k for places in self.arrivals.values() for k, i in enumerate(places, 1)}

    @cached_property
    def parts(self) -> Counter[tuple[int, int, int]]:
        """How many parts a node sent to another, by pass, receiver and sender."""
        return Counter(
            (p, to, self.trace.events[i].node) for (p, to), x in self.arrivals.items() for i in x
        )

    @cached_property
    def changes(self) -> dict[int, Change]:
        """By the place of the event: what it does to the gradient of a node."""
        found: dict[int, Change] = {}
        now: dict[int, tuple[Snapshot, State]] = {}
        received: dict[tuple[int, int], int] = defaultdict(int)
        ends = 0 if self.outer is None else sum(s.node is not None for s in self.outer[1].slots)
        for i, event in enumerate(self.trace.events):
            state: State = "landed"
            if isinstance(event, Landed | Accumulated):
                node, after = event.node, event.after
            elif isinstance(event, Contributed | Began):
                node, after = event.to if isinstance(event, Contributed) else event.node, event.g
                if received[event.pass_, node]:
                    continue  # until it has been added to what is there
            else:
                continue
            if not isinstance(event, Landed):
                place = event.pass_, node
                received[place] += 1
                state = "complete" if received[place] == len(self.arrivals[place]) else "partial"
            if node < ends:
                continue  # the op as a whole will say what it sends there
            before = now.get(node, (None, None))
            found[i] = Change(self.keys[node], before[0], after, state, before[1])
            now[node] = after, state
        return found

    @cached_property
    def complete(self) -> dict[tuple[int, int], Snapshot]:
        """By pass and node: the gradient that was pulled back through its op."""
        events = self.trace.events
        return {(e.pass_, e.node): e.g for e in events if isinstance(e, Arrived)}

    @cached_property
    def landings(self) -> set[tuple[int, int]]:
        """The passes and leaves in which a gradient was added to `grad`."""
        return {(e.pass_, e.node) for e in self.trace.events if isinstance(e, Landed)}

    def arrived_last(self, pass_: int, node: int, place: int) -> Snapshot | None:
        """What a node's gradient had become by then, in this pass."""
        for i in range(place, -1, -1):
            event = self.trace.events[i]
            if isinstance(event, Began) and event.pass_ == pass_ and event.node == node:
                return event.g
            if isinstance(event, Contributed) and event.pass_ == pass_ and event.to == node:
                return event.g
            if isinstance(event, Accumulated) and event.pass_ == pass_ and event.node == node:
                return event.after
        return None

    def event(self, place: int) -> Event:
        return self.trace.events[place]

    def ended(self, event: Ended) -> list[int]:
        """The nodes whose gradients a pass returns to who asked for them."""
        if self.trace.passes[event.pass_].inside is not None or self.outer is not None:
            return []
        return [n for n in event.found if (event.pass_, n) not in self.landings]

    def opened(self, node: Node) -> Frame:
        """The definition of a fused op. Raises `TraceError` where there is none."""
        frame = Frame(self.trace.opened(node.id), (self, node))
        if frame.result < 0:
            raise TraceError(f"at these inputs the definition of {node.op} computes nothing")
        return frame


def parenthesised(label: str) -> str:
    """In parentheses if it is no single word, as a path is not; t12.3 is one."""
    word = label.replace("_", "")
    one = word.isalnum() or (word[0] == "t" and word[1:].replace(".", "").isdigit())
    return label if one else f"({label})"
