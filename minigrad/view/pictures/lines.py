"""The lines of a box: what is said of one node, and of many that one box stands for."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Sequence

from minigrad.errors import TraceError
from minigrad.view.pictures import words
from minigrad.view.pictures.graph import Line
from minigrad.view.pictures.stage import Placed

LISTED = 4
"""How many ops are named of those that are left out."""


def given(x: Placed) -> list[Line]:
    """What the op was given besides tensors: numbers, and parameters that are not the default."""
    numbers = [
        f"{s.name}={words.brief(s.constant)}"
        for s in x.node.slots
        if s.node is None and s.constant is not None
    ]
    try:
        defaults = x.trace.fn(x.node).defaults
    except TraceError:
        defaults = {}
    parameters = words.parameters_in_words(x.node.params, defaults)
    return [Line(text) for text in textwrap.wrap(", ".join(numbers + parameters), words.WIDTH)]


def values(some: Sequence[Placed]) -> list[Line]:
    """The value, or of several the range of all."""
    found = [x.node.value for x in some if x.node.value is not None]
    if len(found) == 1:
        return [Line(text, "value") for text in words.value_lines(found[0])]
    if not found:
        return []
    low = min(v.statistics.min for v in found)
    high = max(v.statistics.max for v in found)
    lines = [Line(f"{words.short(low)} … {words.short(high)} in all {len(found):,}", "value")]
    states = Counter(v.state for v in found)
    for state in ("nan", "inf"):
        if states[state]:
            lines.append(Line(f"{words.count(states[state], 'value')} {state}", "warn"))
    return lines


def gradients(some: Sequence[Placed]) -> list[Line]:
    """The gradient, or of several how large they are, and how many are what they should not be."""
    if len(some) == 1:
        return words.gradient_lines(some[0].trace, some[0].node.id)
    states = Counter(x.trace.gradient_state(x.node.id) for x in some)
    sizes = [
        g.statistics.rms
        for x in some
        if (g := x.trace.gradient(x.node.id)) is not None and g.state == "value"
    ]
    lines = [Line(spread(sizes), "grad")] if sizes else []
    for state in ("nan", "inf", "zero"):
        if states[state]:
            lines.append(Line(f"{words.count(states[state], 'gradient')} {state}", "warn"))
    if lines:
        return lines
    return [
        Line("gradient not computed" if states["not computed"] else "no gradient required", "state")
    ]


def spread(sizes: Sequence[float]) -> str:
    low, high = words.short(min(sizes)), words.short(max(sizes))
    return f"grad rms {low}" + (f" … {high}" if high != low else "")


def complaint(error: str) -> list[Line]:
    """What an error says, in the width of a box."""
    return [
        Line(part, "warn")
        for line in error.splitlines()
        for part in textwrap.wrap(line, words.WIDTH, subsequent_indent="  ")
    ]


def left_out(some: Sequence[Placed]) -> tuple[str, list[Line]]:
    """A title and lines for what is not shown."""
    ops = Counter(x.node.op for x in some if x.node.op is not None)
    leaves = len(some) - ops.total()
    if not ops:
        return f"… {words.count(leaves, 'leaf')}", []
    lines = [Line(f"{op} ×{n:,}" if n > 1 else str(op)) for op, n in ops.most_common(LISTED)]
    if len(ops) > LISTED:
        lines.append(Line(f"and {words.count(len(ops) - LISTED, 'other op')}"))
    if leaves:
        lines.append(Line(f"and {words.count(leaves, 'leaf')}"))
    return f"… {words.count(ops.total(), 'operation')}", lines
