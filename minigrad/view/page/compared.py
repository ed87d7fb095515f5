"""Two runs on one page: the second is walked through, and what differs from the first is lit."""

from __future__ import annotations

from typing import Any

from minigrad.view.compare import Comparison
from minigrad.view.records import Contributed
from minigrad.view.steps.list import Steps


def compared(steps: Steps, found: Comparison) -> dict[str, Any]:
    """By node what differs, in words; and the step at which it begins."""
    nodes = {
        str(d.b): {
            "verdict": "differs",
            "words": f"{d.op} ({d.label}), the other run | this one: {d.said()}.",
        }
        for d in found.differences
    }
    nodes |= {
        str(n): {"verdict": "differs", "words": f"The other run has no {found.b.nodes[n].label}."}
        for n in found.only_b
    }
    return {"nodes": nodes, "first": first(steps, found), "words": found.headline()}


def first(steps: Steps, found: Comparison) -> int | None:
    """Where it begins: where a rule sends something else, or else a value, or else a gradient is another."""
    beats = [(i, b) for i, b in enumerate(steps.beats) if b.frame.trace is found.b]
    if found.culprit is not None:
        for i, beat in beats:
            event = None if beat.event is None else found.b.events[beat.event]
            if isinstance(event, Contributed) and (event.node, event.slot) == found.culprit:
                return i
    computed = {*found.only_b, *(d.b for d in found.differences if d.value is not None)}
    for i, beat in beats:
        if beat.event is None and beat.node in computed:
            return i
    last = found.first_backward
    nodes = set() if last is None else {last.b}
    return next((i for i, b in beats if b.event is not None and b.node in nodes), None)
