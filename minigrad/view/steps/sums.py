"""What has arrived at a node, part by part: one term for each use of it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, final

from minigrad.view.records import Began, Unbroadcast
from minigrad.view.steps import equations
from minigrad.view.steps.equation import Equation, exact
from minigrad.view.steps.frame import Frame
from minigrad.view.steps.step import Edge, Term
from minigrad.view.steps.words import signed

TERMS = 8
"""A gradient of more parts is shown as before + contribution = after only."""


@final
class Sums:
    """Knows the equations that it has made last: each is met again where a sum is shown."""

    def __init__(self) -> None:
        self.known: equations.Known = {}
        self.equation = lru_cache(maxsize=1024)(self._equation)

    def _equation(self, frame: Frame, place: int) -> Equation | None:
        event: Any = frame.event(place)
        return equations.contribution(frame, event, self.known)

    def terms(self, frame: Frame, pass_: int, to: int, place: int) -> dict[str, Any]:
        """What has arrived at a node up to that place."""
        arrivals = frame.arrivals[pass_, to]
        found: dict[str, Any] = {"uses": len(arrivals)}
        if len(arrivals) > TERMS:
            return found
        terms = tuple(self.term(frame, i) for i in arrivals if i <= place)
        found["terms"] = terms
        if len(terms) > 1:
            label = frame.gradient(to, pass_)
            first, *others = (t.text for t in terms)
            found["sum"] = " + ".join([f"{label} = {first}", *map(signed, others)])
        return found

    def term(self, frame: Frame, place: int) -> Term:
        event: Any = frame.event(place)
        if isinstance(event, Began):
            key = frame.key(event.node)
            return Term(Edge(key, key, 0, ""), exact(event.g) or "what was given", event.g)
        node = frame.trace.nodes[event.node]
        edge = Edge(
            frame.key(node.id), frame.key(event.to), event.slot, node.slots[event.slot].name
        )
        before = frame.event(place - 1)
        wide = isinstance(before, Unbroadcast)
        equation = self.equation(frame, place - 1 if wide else place)
        text = None
        if equation is not None and not wide:
            text = equation.arithmetic or equation.formula.text(equation.names)
        if equation is not None and wide:
            text = f"sum({equation.formula.text(equation.names)})"
        return Term(edge, text or exact(event.g) or f"the part via {frame.label(node.id)}", event.g)
