"""Steps of a backward pass, in words."""

from __future__ import annotations

from bisect import bisect
from typing import Any

from minigrad.view.records import Accumulated, Began, Contributed, Ended, Landed, Node, Unbroadcast
from minigrad.view.steps import equations
from minigrad.view.steps.equation import exact
from minigrad.view.steps.frame import Frame
from minigrad.view.steps.step import Edge, Operand
from minigrad.view.steps.sums import Sums
from minigrad.view.steps.words import axes, described, ordinal, sentence, signed, times, why


def of_seed(sums: Sums, frame: Frame, node: Node, event: Began, place: int) -> dict[str, Any]:
    label, g = frame.label(node.id), frame.gradient(node.id, event.pass_)
    whole = frame.whole(event.pass_)
    if whole == label:
        says = (
            f"The backward pass starts at {label}. If {label} grows a little, {label} grows by just as "
            f"much: its gradient with respect to itself is 1. From here on d{label}/d... says how much "
            f"{label} changes, for a small change of what stands in the place of the dots."
        )
    elif len(frame.seeds[event.pass_]) == 1:
        says = (
            f"The backward pass starts at {label} with a gradient that was given. It is that of "
            f"{whole} = sum({label} * what was given), a single number."
        )
    else:
        says = (
            f"The backward pass starts at several outputs, {label} among them. {whole} is the sum of "
            "them all, each times the gradient that was given for it."
        )
    return {
        "title": described(g, event.g),
        "sentence": says,
        "operands": (Operand(label, frame.key(node.id), node.value),),
        "result": Operand(g, frame.key(node.id), event.g, gradient=True),
        **sums.terms(frame, event.pass_, node.id, place),
    }


def of_contribution(
    sums: Sums, frame: Frame, node: Node, event: Contributed | Unbroadcast, place: int
) -> dict[str, Any]:
    equation = sums.equation(frame, place)
    slot = node.slots[event.slot]
    out, x = frame.label(node.id), frame.label(event.to)
    g = frame.gradient(node.id, event.pass_)
    whole = frame.whole(event.pass_)
    on = "" if out == whole else f", and that changes {whole}"
    says = [
        f"A change of {x} changes {out}{on}. The chain rule: {g}, which has arrived, is multiplied by the "
        f"slope of {node.op} along {x}."
    ]
    reason = why(node.op, event.slot)
    if reason:
        says.append(reason)
    arrivals = frame.arrivals[event.pass_, event.to]
    notes = []
    if len(arrivals) > 1:
        which = frame.ranks[place + isinstance(event, Unbroadcast)]
        says.append(f"{x} is used {times(len(arrivals))}; this is the {ordinal(which)} part.")
    if equation is not None:
        if equation.formula.words and equation.formula.expression is not None:
            notes.append(sentence(equation.formula.words))
        if equation.formula.expression is None and equation.formula.reason:
            notes.append(f"The rule is not shown as a formula: {equation.formula.reason}.")
    wide = event.wide if isinstance(event, Unbroadcast) else event.g
    if wide.state in ("nan", "inf"):
        notes.append(f"This contains {wide.state}.")
    label = equations.part(frame, event)
    final = isinstance(event, Contributed)
    label = label if final else f"{label}, stretched"
    result = Operand(label, frame.key(event.to), wide, gradient=True)
    terms = sums.terms(frame, event.pass_, event.to, place) if final else {}
    return {
        "title": f"{node.op} sends a gradient to {x}",
        "sentence": " ".join(says),
        "edge": Edge(frame.key(node.id), frame.key(event.to), event.slot, slot.name),
        "formula": equation,
        "operands": equations.operands(frame, node, equation, event.pass_),
        "result": result,
        "notes": tuple(notes),
        **terms,
    }


def of_unbroadcast(
    sums: Sums, frame: Frame, node: Node, event: Unbroadcast, place: int
) -> dict[str, Any]:
    x, label = frame.label(event.to), equations.part(frame, event)
    narrow, wide = event.g.shape, event.wide.shape
    if event.axes:
        title = f"summed over {axes(event.axes)}, because {x} was stretched from {narrow} to {wide}"
        says = (
            f"On the way forward each element of {x} was copied along {axes(event.axes)} to fit. Each "
            f"copy has a gradient of its own, and a change of {x} changes all copies at once: they are "
            "added up."
        )
    else:
        title = f"put into the shape of {x}: from {wide} to {narrow}"
        says = f"A gradient has the shape of what it belongs to, {x}."
    key = frame.key(event.to)
    return {
        "title": title,
        "sentence": says,
        "edge": Edge(frame.key(node.id), key, event.slot, node.slots[event.slot].name),
        "operands": (Operand(f"{label}, stretched", key, event.wide, gradient=True),),
        "result": Operand(label, key, event.g, gradient=True),
        **sums.terms(frame, event.pass_, event.to, place + 1),
    }


def of_accumulate(
    sums: Sums, frame: Frame, node: Node, event: Accumulated, place: int
) -> dict[str, Any]:
    x, g = frame.label(node.id), frame.gradient(node.id, event.pass_)
    parts = sums.terms(frame, event.pass_, node.id, place)
    uses, key = parts["uses"], frame.key(node.id)
    so_far = bisect(frame.arrivals[event.pass_, node.id], place)
    says = (
        f"{x} was used {times(uses)}, so a change of it reaches the output in {uses} ways, and what they "
        "contribute is added. "
    )
    says += (
        f"All have arrived: {g} is complete."
        if so_far == uses
        else f"{so_far} of {uses} have arrived."
    )
    before = Operand(f"{g} so far", key, event.before, gradient=True)
    added = Operand("contribution", key, event.g, gradient=True)
    b, c, a = exact(event.before), exact(event.g), exact(event.after)
    title = (
        f"{g}: {b} + {signed(c)} = {a}" if a and b and c else f"{g}: before + contribution = after"
    )
    return {
        "title": title,
        "sentence": says,
        "operands": (before, added),
        "result": Operand(g, key, event.after, gradient=True),
        **parts,
    }


def of_land(sums: Sums, frame: Frame, node: Node, event: Landed, place: int) -> dict[str, Any]:
    x, g, key = frame.label(node.id), frame.gradient(node.id, event.pass_), frame.key(node.id)
    operands: list[Operand] = []
    if event.before is None:
        title = f"{x}.grad = {exact(event.g) or g}"
        says = f"{x} is a leaf: nothing lies behind it. {g} is complete, and is kept as {x}.grad."
    else:
        operands = [
            Operand(f"{x}.grad before", key, event.before, gradient=True),
            Operand(g, key, event.g, gradient=True),
        ]
        b, c, a = exact(event.before), exact(event.g), exact(event.after)
        title = (
            f"{x}.grad: {b} + {signed(c)} = {a}"
            if a and b and c
            else f"{x}.grad: before + {g} = after"
        )
        says = (
            f"{x}.grad already held the gradient of an earlier backward pass, and the new one is added "
            f"to it. Where that is not wanted, the optimiser's zero_grad() comes first."
        )
    return {
        "title": title,
        "sentence": says,
        "operands": tuple(operands),
        "result": Operand(f"{x}.grad", key, event.after, gradient=True),
    }


def of_return(sums: Sums, frame: Frame, node: Node, event: Ended, place: int) -> dict[str, Any]:
    x, g, key = frame.label(node.id), frame.gradient(node.id, event.pass_), frame.key(node.id)
    value = frame.arrived_last(event.pass_, node.id, place)
    return {
        "title": f"returned: {described(g, value)}",
        "sentence": f"{g} is complete, and is returned to who asked for it; {x}.grad is left as it was.",
        "result": Operand(g, key, value, gradient=True),
    }
