"""Boxes coloured by a measure: the size of the gradient, the memory that is held, or the time it took.

Every colour comes with its number in the box, and every warning is in words.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Literal

from minigrad.errors import ParameterError
from minigrad.view.pictures import lines, words
from minigrad.view.pictures.graph import LEVELS, Graph, Line
from minigrad.view.pictures.stage import Placed
from minigrad.view.records import Arrived, Began, Contributed, Event, Landed
from minigrad.view.snapshot import Snapshot
from minigrad.view.trace import Trace

Overlay = Literal["gradient", "memory", "time"]

VANISHING = 1e-6
"""A gradient is said to vanish below this part of the largest one."""

EXPLODING = 1e4
"""A gradient is said to explode beyond so many times the one that the pass started from."""

DECADES = 6
"""Measures that are smaller than the largest by more powers of ten than this have the palest colour."""


def lay_over(
    graph: Graph, members: Sequence[Sequence[Placed]], trace: Trace, kind: Overlay
) -> None:
    """Colour the boxes of the graph, which stand for these members, and say what the colours mean."""
    if kind == "gradient":
        gradient(graph, members, trace)
    elif kind == "memory":
        memory(graph, members)
    elif kind == "time":
        time(graph, members)
    else:
        raise ParameterError(f"draw: overlay={kind!r} must be 'gradient', 'memory' or 'time'")


# ---- gradients ----


def gradient(graph: Graph, members: Sequence[Sequence[Placed]], trace: Trace) -> None:
    found = {x.key: rms for places in members for x in places if (rms := size(x)) is not None}
    if not found:
        raise ParameterError(
            "draw: overlay='gradient' needs gradients: record a backward pass too, "
            "with view.trace() as t: loss = ...; loss.backward()"
        )
    largest = max(found.values())
    start = max((e.g.statistics.rms for e in trace.events if isinstance(e, Began)), default=0.0)
    firsts = (first_forward(members), first_backward(trace))
    for box, places in zip(graph.boxes, members):
        sizes = [found[x.key] for x in places if x.key in found]
        said = [Line(lines.spread(sizes), "grad")] if sizes else []
        if not any(line.role in ("grad", "state", "warn") for line in box.lines):
            said += odd(places)
        vanishing = sum(rms < VANISHING * largest for rms in sizes)
        exploding = sum(rms > EXPLODING * start > 0 for rms in sizes)
        for n, what in ((vanishing, "vanishing"), (exploding, "exploding")):
            if n:
                said.append(
                    Line(what if len(sizes) == 1 else f"{n} of {len(sizes)} {what}", "warn")
                )
        said += [Line(f[x.key], "warn") for f in firsts for x in places if x.key in f]
        said += dead(places)
        box.lines += tuple(said)
    colour(
        graph,
        [[found[x.key] for x in places if x.key in found] for places in members],
        "gradient rms",
    )


def size(x: Placed) -> float | None:
    """The root mean square of the gradient; None where there is none."""
    g = x.trace.gradient(x.node.id)
    return None if g is None or g.state in ("nan", "inf") else g.statistics.rms


def odd(places: Sequence[Placed]) -> list[Line]:
    """Say which gradients have no size: those that are nan, or were not computed."""
    found = lines.gradients(places) if len(places) > 1 else []
    if len(places) == 1:
        state = places[0].trace.gradient_state(places[0].node.id)
        if state in ("nan", "inf"):
            found = [Line(f"grad {state}", "warn")]
        elif state == "not computed":
            found = [Line("gradient not computed", "state")]
    return [line for line in found if line.role != "grad"]


def first_forward(members: Sequence[Sequence[Placed]]) -> dict[str, str]:
    """The first tensor that had a nan, or else an inf, by the key of its node."""
    for state in ("nan", "inf"):
        for x in sorted((x for places in members for x in places), key=lambda x: x.node.id):
            if x.node.value is not None and x.node.value.state == state:
                return {x.key: f"the first {state} is in this value"}
    return {}


def first_backward(trace: Trace) -> dict[str, str]:
    """The first gradient that had a nan, by the key of the node whose rule computed it."""
    for event in trace.events:
        g = sent(event)
        if g is not None and g.state == "nan":
            return {str(event.node): "the first nan in a gradient is computed here"}
    return {}


def sent(event: Event) -> Snapshot | None:
    return event.g if isinstance(event, Began | Arrived | Contributed | Landed) else None


ENOUGH = 8
"""Of fewer examples than this, a unit that is alive may well be 0 in all: half of them in 1 of 2^n."""


def dead(places: Sequence[Placed]) -> list[Line]:
    """The share of ReLUs that are 0 in every example of the batch, if those are enough to tell."""
    shares = []
    for x in places:
        value = x.node.value
        if x.node.op != "relu" or value is None or value.shape[:1] < (ENOUGH,):
            continue
        if value.statistics.dead:
            shares.append((value.statistics.dead, value.shape[0]))
    if not shares:
        return []
    share, examples = max(shares)
    most = "up to " if len(shares) > 1 else ""
    return [Line(f"{most}{share:.0%} of the units dead (0 in all {examples})", "warn")]


# ---- memory and time ----


def memory(graph: Graph, members: Sequence[Sequence[Placed]]) -> None:
    held = [[x.node.held for x in places if x.node.held] for places in members]
    if not any(held):
        raise ParameterError(
            "draw: overlay='memory' needs a recorded graph, and nothing here is held for a backward pass"
        )
    for box, some in zip(graph.boxes, held):
        if some:
            box.lines += (Line(f"holds {words.of_bytes(sum(some))}", "grad"),)
    total = words.of_bytes(sum(map(sum, held)))
    graph.notes.append(f"{total} are held for the backward pass, besides what was given")
    colour(graph, [[sum(some)] if some else [] for some in held], "held", words.of_bytes)


def time(graph: Graph, members: Sequence[Sequence[Placed]]) -> None:
    spent = [
        (sum(x.node.seconds for x in places), sum(x.node.seconds_back for x in places))
        for places in members
    ]
    total = sum(map(sum, spent))
    if not total:
        raise ParameterError(
            "draw: overlay='time' needs times: draw the view.trace() of a run that was not loaded from a file"
        )
    for box, (forward, back) in zip(graph.boxes, spent):
        if forward + back:
            text = f"{of_seconds(forward)}" + (f" + {of_seconds(back)} back" if back else "")
            box.lines += (Line(f"{text}, {(forward + back) / total:.0%}", "grad"),)
    graph.notes.append(f"{of_seconds(total)} in all, in ops and their gradient rules")
    colour(graph, [[f + b] if f + b else [] for f, b in spent], "took", of_seconds)


def of_seconds(t: float) -> str:
    for unit, scale in (("s", 1.0), ("ms", 1e3)):
        if t * scale >= 1:
            return f"{t * scale:.3g} {unit}"
    return f"{t * 1e6:.3g} µs"


# ---- colours ----


def colour(
    graph: Graph,
    measures: Sequence[Sequence[float]],
    what: str,
    form: Callable[[float], str] = words.short,
) -> None:
    """One of `LEVELS` colours for each box, by the logarithm of its largest measure."""
    positive = [max(m) for m in measures if m and max(m) > 0]
    if not positive:
        return
    high = math.log10(max(positive))
    low = max(math.log10(min(positive)), high - DECADES)
    step = (high - low) / LEVELS
    for box, m in zip(graph.boxes, measures):
        if m:
            box.level = level(max(m), low, step)
    if step:
        bounds = [form(10 ** (low + i * step)) for i in range(LEVELS)]
        graph.legend = (f"{what} from {bounds[0]}", *bounds[1:])


def level(measure: float, low: float, step: float) -> int:
    if measure <= 0 or not step:
        return 0 if measure <= 0 else LEVELS // 2
    return min(max(int((math.log10(measure) - low) / step), 0), LEVELS - 1)
