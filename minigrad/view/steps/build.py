"""From what happened to a step: one function for each kind."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, final

from minigrad.view.formulas import numbers
from minigrad.view.records import (
    Accumulated,
    Began,
    Contributed,
    Ended,
    Landed,
    Node,
    Unbroadcast,
)
from minigrad.view.snapshot import Snapshot
from minigrad.view.steps import equations
from minigrad.view.steps.equation import Equation, exact
from minigrad.view.steps.frame import Frame
from minigrad.view.steps.order import Beat
from minigrad.view.steps.step import Edge, Operand, Step, Term
from minigrad.view.steps.words import axes, ordinal, times, why

TERMS = 8
"""A gradient of more parts is shown as before + contribution = after only."""


@final
class Builder:
    """Builds steps one by one, when they are looked at."""

    def __init__(self) -> None:
        self.equation = lru_cache(maxsize=1024)(self._equation)

    def step(self, index: int, beat: Beat) -> Step:
        kind, frame, n, place, phase = beat
        node = frame.trace.nodes[n]
        event: Any = None if place is None else frame.event(place)
        parts = getattr(self, "of_" + kind)(frame, node, event, place)
        change = None if place is None or kind == "contribution" else frame.changes.get(place)
        if kind == "contribution" and not isinstance(event, Unbroadcast):
            change = frame.changes.get(place or 0)
        elif kind == "unbroadcast":
            change = frame.changes.get((place or 0) + 1)
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

    # ---- forwards ----

    def of_input(self, frame: Frame, node: Node, *_: Any) -> dict[str, Any]:
        label = frame.label(node.id)
        if node.kind == "parameter":
            says = (
                f"{label} was given, not computed: a leaf. It requires a gradient, so the backward pass will "
                f"end here, with how much the output changes if {label} does."
            )
        elif node.kind == "input":
            says = (
                f"{label} was given, and does not require a gradient: none will be sent back to it."
            )
        else:
            says = f"{label} is a plain array: a constant. No gradient is sent back to it."
        result = Operand(label, frame.key(node.id), node.value)
        return {"title": described(label, node.value), "sentence": says, "result": result}

    def of_forward(self, frame: Frame, node: Node, *_: Any) -> dict[str, Any]:
        label = frame.label(node.id)
        equation = equations.forward(frame, node)
        given = [frame.label(s.node) for s in node.slots if s.node is not None]
        title = (
            equation.text if equation is not None else f"{label} = {node.op}({', '.join(given)})"
        )
        says = [f"{node.op} computes {label} from {listed(unique(given))}."]
        uses = len(frame.trace.consumers[node.id])
        if node.recorded and uses > 1:
            says.append(
                f"{label} will be used {times(uses)}, so as many gradients come back to it, and are added."
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

    def of_error(self, frame: Frame, node: Node, *_: Any) -> dict[str, Any]:
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

    # ---- backwards ----

    def of_seed(self, frame: Frame, node: Node, event: Began, place: int) -> dict[str, Any]:
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
            **self.terms(frame, event.pass_, node.id, place),
        }

    def of_contribution(
        self, frame: Frame, node: Node, event: Contributed | Unbroadcast, place: int
    ) -> dict[str, Any]:
        equation = self.equation(frame, place)
        slot = node.slots[event.slot]
        out, x = frame.label(node.id), frame.label(event.to)
        g = frame.gradient(node.id, event.pass_)
        says = [
            f"{out} was computed from {x}, so a change of {x} reaches the output through {out}. The chain "
            f"rule: what has arrived at {out}, {g}, times the slope of {node.op} along {x}."
        ]
        reason = why(node.op, event.slot)
        if reason:
            says.append(reason)
        arrivals = frame.arrivals[event.pass_, event.to]
        notes = []
        if isinstance(event, Contributed) and len(arrivals) > 1:
            which = arrivals.index(place) + 1
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
        result = Operand(label, frame.key(event.to), wide, gradient=True)
        before = isinstance(event, Contributed)
        terms = self.terms(frame, event.pass_, event.to, place) if before else {}
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
        self, frame: Frame, node: Node, event: Unbroadcast, place: int
    ) -> dict[str, Any]:
        x, label = frame.label(event.to), equations.part(frame, event)
        narrow, wide = event.g.shape, event.wide.shape
        if event.axes:
            title = (
                f"summed over {axes(event.axes)}, because {x} was stretched from {narrow} to {wide}"
            )
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
            **self.terms(frame, event.pass_, event.to, place + 1),
        }

    def of_accumulate(
        self, frame: Frame, node: Node, event: Accumulated, place: int
    ) -> dict[str, Any]:
        x, g = frame.label(node.id), frame.gradient(node.id, event.pass_)
        parts = self.terms(frame, event.pass_, node.id, place)
        uses, key = parts["uses"], frame.key(node.id)
        so_far = sum(i < place for i in frame.arrivals[event.pass_, node.id])
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
            f"{g}: {b} + {signed(c)} = {a}"
            if a and b and c
            else f"{g}: before + contribution = after"
        )
        return {
            "title": title,
            "sentence": says,
            "operands": (before, added),
            "result": Operand(g, key, event.after, gradient=True),
            **parts,
        }

    def of_land(self, frame: Frame, node: Node, event: Landed, place: int) -> dict[str, Any]:
        x, g, key = frame.label(node.id), frame.gradient(node.id, event.pass_), frame.key(node.id)
        operands = [Operand(g, key, event.g, gradient=True)]
        if event.before is None:
            title = f"{x}.grad = {exact(event.g) or g}"
            says = (
                f"{x} is a leaf: nothing lies behind it. {g} is complete, and is kept as {x}.grad."
            )
        else:
            operands.insert(0, Operand(f"{x}.grad before", key, event.before, gradient=True))
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

    def of_return(self, frame: Frame, node: Node, event: Ended, place: int) -> dict[str, Any]:
        x, g, key = frame.label(node.id), frame.gradient(node.id, event.pass_), frame.key(node.id)
        value = frame.arrived_last(event.pass_, node.id, place)
        return {
            "title": f"returned: {described(g, value)}",
            "sentence": f"{g} is complete, and is returned to who asked for it; {x}.grad is left as it was.",
            "result": Operand(g, key, value, gradient=True),
        }

    # ---- sums ----

    def _equation(self, frame: Frame, place: int) -> Equation | None:
        event: Any = frame.event(place)
        return equations.contribution(frame, event)

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


def described(label: str, value: Snapshot | None) -> str:
    """`x = 2.0`, or `x: float32 (2, 3)`."""
    if value is None:
        return label
    number = exact(value)
    return f"{label} = {number}" if number else f"{label}: {value.dtype} {value.shape}"


def shapes(frame: Frame, node: Node) -> str:
    """The inputs of an op with their shapes."""
    said = []
    for slot in node.slots:
        if slot.node is None:
            said.append(numbers.exact(slot.constant))
        else:
            said.append(f"{frame.label(slot.node)} {frame.trace.shape(slot.node)}")
    return listed(said)


def listed(words: list[str]) -> str:
    if len(words) < 2:
        return "".join(words) or "numbers alone"
    return f"{', '.join(words[:-1])} and {words[-1]}"


def unique(words: list[str]) -> list[str]:
    return list(dict.fromkeys(words))


def signed(term: str | None) -> str:
    """In parentheses where a term is a sum itself, or begins with a sign."""
    term = term or ""
    return f"({term})" if " + " in term or " - " in term or term.startswith("-") else term


def sentence(words: str) -> str:
    words = words[:1].upper() + words[1:]
    return words if words.endswith((".", "!", "?")) else words + "."
