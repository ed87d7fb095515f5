"""The equations of a trace: the rule of each op, with the user's words and the recorded values."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from typing import Any

import numpy as np

from minigrad.errors import TraceError
from minigrad.view import formulas
from minigrad.view.formulas import Formula
from minigrad.view.formulas.expression import Constant, Name, inner_first
from minigrad.view.records import Contributed, Node, Unbroadcast
from minigrad.view.snapshot import Snapshot
from minigrad.view.steps.equation import Equation
from minigrad.view.steps.frame import Frame
from minigrad.view.steps.local_check import REPEATED
from minigrad.view.steps.step import Operand


def forward(frame: Frame, node: Node) -> Equation | None:
    """`h = x * y`; None where the op is not known here, as in a file from elsewhere."""
    try:
        op = frame.trace.fn(node)
    except TraceError:
        return None
    if node.value is None:
        return None
    formula = formulas.forward(op, arrays(frame, node), node.params, node.value)
    names, values = words(frame, node), inputs(frame, node)
    definition = op.definition is not None
    return Equation(formula, names | {"into": frame.label(node.id)}, values, node.value, definition)


Known = dict[Hashable, Formula]
"""Formulas that were read already, by all that a rule may look at but the numbers."""


def contribution(
    frame: Frame, event: Contributed | Unbroadcast, known: Known | None = None
) -> Equation | None:
    """`dL/dx = dL/dh * y`; if x is used more than once, `dL/dx (via h) = ...`."""
    node = frame.trace.nodes[event.node]
    try:
        op = frame.trace.fn(node)
    except TraceError:
        return None
    g = arrived(frame, event)
    names = words(frame, node)
    names["g"] = frame.gradient(event.node, event.pass_)
    names["into"] = part(frame, event)
    values: dict[str, Any] = {"g": g, "out": node.value, **inputs(frame, node)}
    wide = event.wide if isinstance(event, Unbroadcast) else event.g
    # Reading a rule takes longer than all else here. A rule may ask for the numbers it is given, so what was
    # read at others is taken only if it gives what was recorded, bit for bit.
    known = {} if known is None else known
    alike = op, op.rules, event.slot, repr(node.params), tuple(map(kind_of, values.values()))
    if alike in known:
        equation = Equation(known[alike], names, values, wide)
        if gives(equation, wide):
            return equation
    formula = formulas.contribution(op, event.slot, arrays(frame, node), node.params, node.value, g)
    if formula.exact and formula.expression is not None:
        parts = inner_first(formula.expression)
        if not any(isinstance(e, Constant) and e.shape for e in parts):
            known[alike] = formula
    equation = Equation(formula, names, values, wide)
    if formula.expression is not None and differs(equation, wide):
        why = f"that of {node.op} has been changed since this run"
        unknown = replace(formula, expression=None, words="", reason=why, exact=False)
        return replace(equation, formula=unknown)
    return equation


def kind_of(x: Any) -> Hashable:
    """The shape and dtype of an array; a number itself, for which a rule may have a formula of its own."""
    return (x.shape, x.dtype) if isinstance(x, Snapshot) else (type(x), x)


def gives(equation: Equation, wide: Snapshot) -> bool:
    if wide.array is None or equation.arrays is None:
        return False
    found = np.asarray(equation.evaluate())
    return found.dtype == wide.dtype and bool(np.array_equal(found, wide.array, equal_nan=True))


def differs(equation: Equation, wide: Snapshot) -> bool:
    """Whether the formula is of another rule than the one that was run: rounding does not go that far."""
    if wide.array is None or equation.arrays is None:
        return False
    finite = wide.array[np.isfinite(wide.array)]
    size = np.abs(finite).max(initial=0.0)
    found = np.asarray(equation.evaluate())
    return not np.allclose(found, wide.array, rtol=0, atol=REPEATED * float(size), equal_nan=True)


def part(frame: Frame, event: Contributed | Unbroadcast) -> str:
    """The gradient that is sent, by name; if it is one of several, with the way that it came."""
    whole = frame.gradient(event.to, event.pass_)
    if len(frame.arrivals[event.pass_, event.to]) == 1:
        return whole
    same = frame.parts[event.pass_, event.to, event.node]
    via = frame.label(event.node)
    return f"{whole} (via {via}, input {event.slot + 1})" if same > 1 else f"{whole} (via {via})"


def arrived(frame: Frame, event: Contributed | Unbroadcast) -> Snapshot | None:
    """The gradient that the rule was given."""
    return frame.complete.get((event.pass_, event.node))


def arrays(frame: Frame, node: Node) -> list[Any]:
    nodes = frame.trace.nodes
    return [s.constant if s.node is None else nodes[s.node].value for s in node.slots]


def inputs(frame: Frame, node: Node) -> dict[str, Any]:
    return {slot.name: x for slot, x in zip(node.slots, arrays(frame, node))}


def words(frame: Frame, node: Node) -> dict[str, str]:
    """For each name in the rule, the user's word."""
    found = {s.name: frame.label(s.node) for s in node.slots if s.node is not None}
    return found | {"out": frame.label(node.id)}


def operands(
    frame: Frame, node: Node, equation: Equation | None, pass_: int | None = None
) -> tuple[Operand, ...]:
    """What the equation is computed from: the gradient first, then the inputs and the result."""
    found: list[Operand] = []
    if pass_ is not None:
        g = frame.complete.get((pass_, node.id))
        label = frame.gradient(node.id, pass_)
        found.append(Operand(label, frame.key(node.id), g, gradient=True))
    needed = mentioned(equation)
    for slot, value in zip(node.slots, arrays(frame, node)):
        if needed is not None and pass_ is not None and slot.name not in needed:
            continue
        if slot.node is not None:
            operand = Operand(frame.label(slot.node), frame.key(slot.node), value)
        elif slot.constant is not None:
            operand = Operand(slot.name, None, None, slot.constant)
        else:
            continue
        if operand not in found:
            found.append(operand)
    if pass_ is not None and needed is not None and "out" in needed:
        found.append(Operand(frame.label(node.id), frame.key(node.id), node.value))
    return tuple(found)


def mentioned(equation: Equation | None) -> set[str] | None:
    """The names in the equation; None if it has only words."""
    if equation is None or equation.formula.expression is None:
        return None
    return {e.name for e in inner_first(equation.formula.expression) if isinstance(e, Name)}
