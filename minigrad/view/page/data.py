"""What the page is given: the steps and the picture as plain data, each array and each formula once."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from minigrad.errors import RenderError
from minigrad.view.compare import Comparison
from minigrad.view.draw import Picture, draw
from minigrad.view.page import layout
from minigrad.view.page.arrays import Arrays
from minigrad.view.page.checked import checks, quick, quiz
from minigrad.view.page.code import Code
from minigrad.view.page.compared import compared
from minigrad.view.page.replay import Program
from minigrad.view.pictures import colours
from minigrad.view.steps.list import Steps
from minigrad.view.steps.step import Operand, Step

FULL = 400
"""A run of more nodes than this is drawn with parts put together."""


def data(
    steps: Steps,
    what_if: bool = True,
    check: bool | None = None,
    compare: Comparison | None = None,
    picture: Picture | None = None,
) -> dict[str, Any]:
    picture, trace = picture or drawn(steps, compare), steps.trace
    boxes = {key: box.id for box in picture.graph.boxes for key in box.nodes}
    edges = {
        (use.source, use.target, use.slot): edge.id
        for edge in picture.graph.edges
        for use in edge.uses
    }
    into: dict[str, list[str]] = defaultdict(list)
    for (_, target, _), edge in edges.items():
        into[target].append(edge)
    arrays, code, program = Arrays(), Code(), Program(trace)
    nodes: dict[str, Any] = {}
    shown = []
    for step in steps:
        replayed = program.add(step) if what_if else None
        shown.append(
            as_data(step, arrays, code, edges, into) | {"replay": replayed, "quiz": quiz(step)}
        )
        node = step.trace.nodes[step.node]
        computed = step.result if step.kind in ("input", "forward") else None
        label = node.label if computed is None else computed.label
        nodes.setdefault(step.key, {"label": label, "op": node.op, "box": boxes.get(step.key)})
    return {
        "steps": shown,
        "nodes": nodes,
        "arrays": arrays.entries,
        "files": code.files(),
        "graph": graph(picture),
        "what_if": program.data() if what_if else None,
        "no_what_if": program.reason if what_if else "What if was left out of this page.",
        "notes": list(steps.notes),
        "check": checked(steps, check),
        "compare": None if compare is None else compared(steps, compare),
    }


def checked(steps: Steps, check: bool | None) -> dict[str, Any] | None:
    if check or (check is None and quick(steps)):
        steps.check()
    return None if steps.checks is None or check is False else checks(steps, steps.checks)


def drawn(steps: Steps, compare: Comparison | None) -> Picture:
    """With its numbers if all are single ones; larger tensors are shown beside the picture."""
    nodes = steps.trace.nodes
    numbers = all(n.value is None or n.value.size == 1 for n in nodes)
    opened = {beat.frame.inside[-1] for beat in steps.beats if beat.frame.inside}
    options: dict[str, Any] = {
        "values": numbers,
        "grads": numbers,
        "full": len(nodes) <= FULL,
        "open": sorted(int(key) for key in opened if key.isdigit()),
    }
    return draw(steps.trace, **options) if compare is None else compare.draw("b", **options)


def graph(picture: Picture) -> dict[str, Any]:
    shown = {"colours": {"value": colours.VALUE.light, "grad": colours.GRAD.light}}
    try:
        return shown | {"svg": layout.svg(picture)}
    except RenderError as error:
        return shown | {"reason": str(error), "text": picture.text}


def as_data(
    step: Step,
    arrays: Arrays,
    code: Code,
    edges: dict[tuple[str, str, int], str],
    into: dict[str, list[str]],
) -> dict[str, Any]:
    edge = step.edge
    return {
        "index": step.index,
        "phase": step.phase,
        "kind": step.kind,
        "key": step.key,
        "title": step.title,
        "sentence": step.sentence,
        "edge": None
        if edge is None
        else {"id": edges.get((edge.target, edge.source, edge.slot)), "to": edge.target},
        "arrows": into[step.key] if step.kind in ("forward", "error") else [],
        "equation": equation(step),
        "operands": [operand(o, arrays) for o in step.operands],
        "result": None if step.result is None else operand(step.result, arrays),
        "sum": step.sum,
        "changes": [
            {"key": c.key, "after": arrays.place(c.after), "state": c.state} for c in step.changes
        ],
        "source": code.place(step.source),
        "error": step.error,
        "notes": list(step.notes),
    }


def equation(step: Step) -> dict[str, Any] | None:
    e = step.formula
    if e is None:
        return None
    numbers = e.numbers
    return {
        "left": e.formula.left(e.names),
        "mathml": e.mathml,
        "indices": e.mathml_indices,
        "shapes": None if numbers is not None else e.shapes,
        "numbers": numbers,
    }


def operand(o: Operand, arrays: Arrays) -> dict[str, Any]:
    return {
        "label": o.label,
        "key": o.key,
        "array": arrays.place(o.value),
        "number": None if o.number is None else str(o.number),
        "gradient": o.gradient,
    }
