"""Steps of the forward pass, and the end of a run that failed, in words."""

from __future__ import annotations

from typing import Any

from minigrad.view.formulas import numbers
from minigrad.view.records import Node
from minigrad.view.steps import equations
from minigrad.view.steps.frame import Frame
from minigrad.view.steps.step import Operand
from minigrad.view.steps.sums import Sums
from minigrad.view.steps.words import described, listed, times, unique


def of_input(sums: Sums, frame: Frame, node: Node, *_: Any) -> dict[str, Any]:
    label = frame.label(node.id)
    if node.kind == "parameter":
        says = (
            f"{label} was given, not computed: a leaf. It requires a gradient, so the backward pass will "
            f"end here, with how much the output changes if {label} does."
        )
    elif node.kind == "input":
        says = f"{label} was given, and does not require a gradient: none will be sent back to it."
    else:
        says = f"{label} is a plain array: a constant. No gradient is sent back to it."
    result = Operand(label, frame.key(node.id), node.value)
    return {"title": described(label, node.value), "sentence": says, "result": result}


def of_forward(sums: Sums, frame: Frame, node: Node, *_: Any) -> dict[str, Any]:
    label = frame.label(node.id)
    equation = equations.forward(frame, node)
    given = [frame.label(s.node) for s in node.slots if s.node is not None]
    title = f"{label} = {node.op}({', '.join(given)})"
    if equation is not None and not equation.definition:
        title = equation.text
    says = [f"{node.op} computes {label} from {listed(unique(given))}."]
    consumers = [frame.trace.nodes[n] for n, _ in frame.trace.consumers[node.id]]
    uses = sum(n.recorded and n.made_in is None for n in consumers)
    if node.recorded and uses > 1:
        says.append(
            f"{label} will be used {times(uses)}, so {uses} gradients come back to it, and they are added."
        )
    notes = []
    if not node.recorded and node.value is not None and node.value.dtype.kind == "f":
        notes.append(f"Not recorded: no gradient can flow back through {label}.")
    if node.rule_of is not None:
        rule = frame.label(node.rule_of)
        notes.append(
            f"Part of the backward pass, which is recorded itself: the gradient rule of {rule} "
            "computes with Tensors."
        )
    state = None if node.value is None else node.value.state
    if state in ("nan", "inf"):
        notes.append(f"{label} contains {state}.")
    return {
        "title": title,
        "sentence": " ".join(says),
        "formula": equation,
        "operands": equations.operands(frame, node, equation),
        "result": Operand(label, frame.key(node.id), node.value),
        "notes": tuple(notes),
    }


def of_error(sums: Sums, frame: Frame, node: Node, *_: Any) -> dict[str, Any]:
    error = node.error or frame.trace.exception or ""
    label = frame.label(node.id)
    if node.error is not None:
        title = f"{node.op} failed"
        says = f"{node.op} could not be computed from {shapes(frame, node)}: the run ends here."
    elif any(not p.complete for p in frame.trace.passes):
        title = f"the backward pass stopped at {label}"
        says = f"The gradient could not be pulled back through {node.op}: the run ends here."
    else:
        title = "the run stopped"
        says = f"The program raised an error after {label} had been computed."
    return {
        "title": title,
        "sentence": says,
        "operands": equations.operands(frame, node, None),
        "error": error,
    }


def shapes(frame: Frame, node: Node) -> str:
    """The inputs of an op with their shapes."""
    said = []
    for slot in node.slots:
        if slot.node is None:
            said.append(numbers.exact(slot.constant))
        else:
            said.append(f"{frame.label(slot.node)} {frame.trace.shape(slot.node)}")
    return listed(said)
