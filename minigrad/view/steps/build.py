"""From what happened to a step: each kind of step has its function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, final

from minigrad.view.records import Unbroadcast
from minigrad.view.steps import backwards, forwards
from minigrad.view.steps.order import Beat
from minigrad.view.steps.step import Change, Kind, Step
from minigrad.view.steps.sums import Sums

FUNCTIONS: dict[Kind, Callable[..., dict[str, Any]]] = {
    "input": forwards.of_input,
    "forward": forwards.of_forward,
    "error": forwards.of_error,
    "seed": backwards.of_seed,
    "contribution": backwards.of_contribution,
    "unbroadcast": backwards.of_unbroadcast,
    "accumulate": backwards.of_accumulate,
    "land": backwards.of_land,
    "return": backwards.of_return,
}


@final
class Builder:
    """Builds steps one by one, when they are looked at."""

    def __init__(self) -> None:
        self.sums = Sums()

    def step(self, index: int, beat: Beat) -> Step:
        kind, frame, n, place, phase = beat
        node = frame.trace.nodes[n]
        event: Any = None if place is None else frame.event(place)
        parts = FUNCTIONS[kind](self.sums, frame, node, event, place)
        change = changed(beat)
        return Step(
            index,
            phase,
            kind,
            frame.key(n),
            n,
            frame.trace,
            pass_=None if event is None else event.pass_,
            inside=frame.inside,
            source=node.source,
            changes=() if change is None else (change,),
            **parts,
        )


def changed(beat: Beat) -> Change | None:
    """What a step does to a gradient; what is summed over stretched axes arrives only after the sum."""
    kind, frame, _, place, _ = beat
    if place is None:
        return None
    if isinstance(frame.event(place), Unbroadcast):
        return frame.changes.get(place + 1) if kind == "unbroadcast" else None
    return frame.changes.get(place)
