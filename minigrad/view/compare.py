"""`view.compare`: two runs side by side, and where they differ first.

    found = view.compare(view.trace(correct, x), view.trace(wrong, x))
    print(found); found.draw(); found.html("differences.html")

Of a run with a correct and one with a wrong gradient rule, of one before and one after a fix, of epochs 1 and
5. Nodes are aligned by module, op and order, and only those that differ are shown, with their numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, final

import numpy as np

from minigrad.errors import ParameterError
from minigrad.view.align import aligned
from minigrad.view.draw import Picture, draw
from minigrad.view.pictures.graph import Line
from minigrad.view.records import Arrived, Contributed, Landed, Node
from minigrad.view.snapshot import Snapshot
from minigrad.view.steps.equation import exact
from minigrad.view.steps.list import steps_of
from minigrad.view.trace import Trace

LISTED = 40
"""Of more differing nodes than this the first are shown."""


@dataclass(frozen=True)
class Difference:
    """A node that is not the same in both runs.

    a, b        its numbers in both
    label       what it is called in b; `op` what made it
    value       the values, None if they are equal; `gradient` likewise
    parameters  whether the op had other keyword parameters
    error       what failed in one of them
    """

    a: int
    b: int
    label: str
    op: str
    value: tuple[Snapshot | None, Snapshot | None] | None = None
    gradient: tuple[Snapshot | None, Snapshot | None] | None = None
    parameters: bool = False
    error: str = ""

    def said(self, forwards: bool | None = None) -> str:
        """In words, with the numbers; of one direction only, if that is what is asked for."""
        parts = []
        if self.value is not None and forwards is not False:
            parts.append(f"value {against(*self.value)}")
        if self.gradient is not None and forwards is not True:
            parts.append(f"gradient {against(*self.gradient)}")
        if self.parameters:
            parts.append("other parameters")
        if self.error:
            parts.append(self.error)
        return "; ".join(parts)


@final
class Comparison:
    """Two runs, a and b.

    differences        the nodes that differ, in forward order
    only_a, only_b     the nodes that the other run does not have
    first_forward      the first whose value differs
    first_backward     the first, on the way back, whose gradient differs
    tolerance          numbers count as equal if they differ by no more than this share of the largest
    """

    def __init__(self, a: Trace, b: Trace, tolerance: float = 0.0):
        self.a, self.b, self.tolerance = a, b, tolerance
        self.pairs = aligned(a, b)
        compared = (self.compared(a.nodes[i], b.nodes[j]) for i, j in self.pairs.items())
        self.differences = [d for d in compared if d is not None]
        matched = set(self.pairs.values())
        self.only_a = [n.id for n in a.nodes if n.id not in self.pairs]
        self.only_b = [n.id for n in b.nodes if n.id not in matched]

    @property
    def equal(self) -> bool:
        return not (self.differences or self.only_a or self.only_b)

    def __bool__(self) -> bool:
        raise TypeError("is it that they are equal, or that they differ? Ask for comparison.equal")

    def compared(self, x: Node, y: Node) -> Difference | None:
        g, h = self.a.gradient(x.id), self.b.gradient(y.id)
        value = None if self.same(x.value, y.value) else (x.value, y.value)
        gradient = None if self.same(g, h) else (g, h)
        parameters = repr(x.params) != repr(y.params)
        error = (
            ""
            if x.error == y.error
            else f"failed in {'a' if x.error else 'b'}: {x.error or y.error}"
        )
        if value is None and gradient is None and not parameters and not error:
            return None
        return Difference(x.id, y.id, y.label, y.op or y.kind, value, gradient, parameters, error)

    def same(self, x: Snapshot | None, y: Snapshot | None) -> bool:
        if x is None or y is None or x is y:
            return x is y
        if x.shape != y.shape or x.dtype != y.dtype:
            return False
        if x.array is not None and y.array is not None:
            return close(x.array, y.array, self.tolerance)
        one, other = (np.array(s.statistics, dtype=float) for s in (x, y))  # None becomes nan
        return close(one, other, self.tolerance) and close(x.patch, y.patch, self.tolerance)

    # ---- the first ----

    @cached_property
    def first_forward(self) -> Difference | None:
        found = (d for d in self.differences if d.value is not None or d.parameters or d.error)
        return next(found, None)

    @cached_property
    def first_backward(self) -> Difference | None:
        differing = {d.b: d for d in self.differences if d.gradient is not None}
        for event in self.b.events:
            if isinstance(event, Arrived | Landed) and event.node in differing:
                return differing[event.node]
        return next(iter(differing.values()), None)  # which got no gradient in b

    @cached_property
    def culprit(self) -> tuple[int, int] | None:
        """The node of b, and the slot, whose rule was the first to give something else from the same.

        The same inputs, the same result and the same gradient went in, so the rule itself must differ.
        """
        back = {j: i for i, j in self.pairs.items()}
        differing = {d.b for d in self.differences if d.value is not None}
        mine = {(e.node, e.slot): e.g for e in self.a.events if isinstance(e, Contributed)}
        arrived = [
            {e.node: e.g for e in t.events if isinstance(e, Arrived)} for t in (self.a, self.b)
        ]
        for event in self.b.events:
            if not isinstance(event, Contributed) or event.node not in back:
                continue
            i, node = back[event.node], self.b.nodes[event.node]
            if (i, event.slot) not in mine or {event.node, *node.inputs} & differing:
                continue
            fed = self.same(arrived[0].get(i), arrived[1].get(event.node))
            if fed and not self.same(mine[i, event.slot], event.g):
                return event.node, event.slot
        return None

    # ---- as it is shown ----

    @property
    def highlighted(self) -> tuple[frozenset[int], frozenset[int]]:
        """The nodes of a and of b that differ, or that the other does not have."""
        return (
            frozenset([d.a for d in self.differences] + self.only_a),
            frozenset([d.b for d in self.differences] + self.only_b),
        )

    def draw(self, which: Literal["a", "b"] = "b", **options: Any) -> Picture:
        """The picture of one run, with the nodes marked that differ; `options` are those of `view.draw`."""
        if which not in ("a", "b"):
            raise ParameterError(f"draw: which={which!r} must be 'a' or 'b'")
        picture = draw(self.a if which == "a" else self.b, **options)
        said = {str(d.a if which == "a" else d.b): marked(d) for d in self.differences}
        only = self.only_a if which == "a" else self.only_b
        said |= {str(n): f"≠ only in {which}" for n in only}
        first = self.first_backward or self.first_forward
        for box in picture.graph.boxes:
            differing = [said[key] for key in box.nodes if key in said]
            if differing:
                text = (
                    differing[0]
                    if len(box.nodes) == 1
                    else f"≠ {len(differing)} of {len(box.nodes)} differ"
                )
                box.lines = (*box.lines, Line(text, "warn"))
        if first is not None:
            picture.graph.notes.append(self.headline())
        return picture

    def html(self, path: str | Path | None = None, **options: Any) -> str:
        """The page that walks through b, what differs from a lit; `options` are those of `Steps.html`."""
        return steps_of(self.b).html(path, compare=self, **options)

    def headline(self) -> str:
        """What is to be known first."""
        if self.culprit is not None:
            node, slot = self.b.nodes[self.culprit[0]], self.culprit[1]
            to = node.slots[slot].node
            target = node.slots[slot].name if to is None else self.b.nodes[to].label
            return (
                f"The gradient rule of {node.op} ({node.label}) is not the same: from the same inputs and "
                f"the same gradient it sends something else to {target}."
            )
        only = [f"Only {which} has {name}." for which, name in self.inserted()]
        for first, way in ((self.first_forward, "forwards"), (self.first_backward, "backwards")):
            if first is not None:
                said = first.said(forwards=way == "forwards")
                only.append(f"They differ first, {way}, at {first.op} ({first.label}): {said}.")
                break
        return " ".join(only) or "They are equal."

    def inserted(self) -> list[tuple[str, str]]:
        """For each run, the first node that the other does not have."""
        found = []
        for which, trace, nodes in (("a", self.a, self.only_a), ("b", self.b, self.only_b)):
            if nodes:
                node = trace.nodes[nodes[0]]
                found.append((which, f"{node.op or node.kind} ({node.label})"))
        return found

    def __str__(self) -> str:
        if self.equal:
            return f"The two runs are equal: {len(self.pairs)} nodes, values and gradients."
        lines = [self.headline()]
        for way, first in (("forward", self.first_forward), ("backward", self.first_backward)):
            said = "nothing"
            if first is not None:
                said = f"{first.op} ({first.label}): {first.said(way == 'forward')}"
            lines.append(f"  first difference {way:<8}  {said}")
        lines += ["", f"{len(self.differences)} of {len(self.pairs)} nodes differ (a | b):"]
        shown = self.differences[:LISTED]
        width = max((len(f"{d.op} ({d.label})") for d in shown), default=0)
        for d in shown:
            at = f"{d.op} ({d.label})"
            for i, part in enumerate(d.said().split("; ")):
                lines.append(f"  {at if i == 0 else '':<{width}}  {part}")
        if len(self.differences) > LISTED:
            lines.append(f"  and {len(self.differences) - LISTED} more")
        for which, trace, nodes in (("a", self.a, self.only_a), ("b", self.b, self.only_b)):
            if nodes:
                names = [
                    f"{trace.nodes[n].op or trace.nodes[n].kind} ({trace.nodes[n].label})"
                    for n in nodes
                ]
                more = f" and {len(nodes) - LISTED} more" if len(nodes) > LISTED else ""
                lines.append(f"only in {which}: {', '.join(names[:LISTED])}{more}")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"<Comparison: {len(self.differences)} of {len(self.pairs)} nodes differ>"


def compare(a: Trace, b: Trace, tolerance: float = 0.0) -> Comparison:
    """Where two runs differ. Numbers count as equal if they are within `tolerance`, relative to the largest.

    Raises `ParameterError` for anything but two traces.
    """
    for each in (a, b):
        if not isinstance(each, Trace):
            raise ParameterError(
                f"compare: a {type(each).__name__} is no trace; record both runs with view.trace"
            )
    if not 0 <= tolerance < 1:
        raise ParameterError(f"compare: tolerance={tolerance!r} must be at least 0 and below 1")
    return Comparison(a, b, tolerance)


def close(x: Any, y: Any, tolerance: float) -> bool:
    if not tolerance or x.dtype.kind != "f":
        return bool(np.array_equal(x, y, equal_nan=x.dtype.kind == "f"))
    known = np.isfinite(x) & np.isfinite(y)
    largest = max(np.abs(x[known]).max(initial=0.0), np.abs(y[known]).max(initial=0.0))
    return bool(np.allclose(x, y, rtol=0, atol=tolerance * float(largest), equal_nan=True))


def against(x: Snapshot | None, y: Snapshot | None) -> str:
    """`3.0 | 6.0`; of arrays the largest difference, and where it is."""
    if x is None or y is None or x.shape != y.shape:
        return f"{brief(x)} | {brief(y)}"
    if x.size == 1 or x.array is None or y.array is None or x.dtype.kind not in "fiu":
        return f"{brief(x)} | {brief(y)}"
    with np.errstate(invalid="ignore"):
        off = np.abs(x.array.astype(float) - y.array.astype(float))
    at = np.unravel_index(np.argmax(np.where(np.isnan(off), np.inf, off)), off.shape)
    place = ", ".join(str(int(i)) for i in at)
    return f"[{place}] {x.array[at]:.6g} | {y.array[at]:.6g}, the largest difference of {x.size}"


def brief(x: Snapshot | None) -> str:
    if x is None:
        return "none"
    number = exact(x)
    if number is not None:
        return number
    s = x.statistics
    return f"{x.dtype} {x.shape}, rms {s.rms:.6g}"


def marked(d: Difference) -> str:
    what = [
        name for name, there in (("value", d.value), ("gradient", d.gradient)) if there is not None
    ]
    return f"≠ {' and '.join(what) or 'parameters'}"
