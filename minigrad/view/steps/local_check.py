"""Check gradient rules where they were used: each op on its own, at the values that were recorded.

A wrong rule spoils all gradients behind it, so a check of the whole says that something is wrong and not
where. Here every op is asked alone, and the first wrong one is the one to mend.

Differences are taken in float64, whatever the run was computed in. And what was sent in the run must be
what the rule gives now: else the rule has been changed since, or does not give the same twice.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, final

import numpy as np

from minigrad import check
from minigrad.backward import grad
from minigrad.check.report import Report
from minigrad.errors import CheckError, GradientError, MinigradError, TraceError
from minigrad.op import Op
from minigrad.tensor import Tensor
from minigrad.view.records import Arrived, Contributed, Node
from minigrad.view.trace import Trace

if TYPE_CHECKING:
    from minigrad.view.steps.list import Steps

COMPUTED = {"statistics"}
"""Parameters that are computed from the inputs, by a caller who has them at hand: not to be held fixed."""

REPEATED = 1e-3
"""How far a rule may be from itself, relative to its largest element: another order of summation, no more."""


def check_step(trace: Trace, node: Node | int) -> Report:
    """Check the gradient rules of the op at `node`, at its recorded inputs.

    Raises `TraceError` where there is nothing to check or inputs were not kept, `CheckError` where nothing
    could be said, as at inputs that are not finite.
    """
    node = trace.nodes[node] if isinstance(node, int) else node
    op = trace.fn(node)
    if node.error is not None:
        raise TraceError(f"{op.__name__} failed here: there is no gradient to check")
    arrays = [s.constant if s.node is None else trace.values(s.node) for s in node.slots]
    sent = contributions(trace, node.id)
    slots = sorted(sent) or differentiable(trace, node, op)
    if not slots:
        raise TraceError(f"{node.label}: no gradient flows back through this {op.__name__}")
    function = with_parameters(op, node.params)
    inputs = [leaf(x) if i in slots else x for i, x in enumerate(arrays)]
    with np.errstate(all="ignore"):  # a check looks beyond the edge of a domain
        report = check.gradcheck(function, *inputs, names=names(trace, node))
        fault = changed(trace, node, op, arrays, sent)
    return replace(report, verdict="wrong", fault=fault) if fault and report.passed else report


def leaf(x: Any) -> Tensor:
    return Tensor(np.asarray(x, np.float64), requires_grad=True)


def with_parameters(op: Op, params: Mapping[str, Any]) -> Callable[..., Any]:
    kept = {name: value for name, value in params.items() if name not in COMPUTED}
    return functools.update_wrapper(functools.partial(op, **kept), op) if kept else op


def contributions(trace: Trace, node: int) -> dict[int, Any]:
    """By slot: what the op sent there last."""
    return {e.slot: e.g for e in trace.events if isinstance(e, Contributed) and e.node == node}


def differentiable(trace: Trace, node: Node, op: Op) -> list[int]:
    """The slots that a gradient could be sent to; those that require one, if any does."""
    floats = []
    for i, slot in enumerate(node.slots):
        value = None if slot.node is None else trace.nodes[slot.node].value
        if value is not None and value.dtype.kind == "f" and (op.joint or op.rules[i] is not None):
            floats.append(i)
    asking = [i for i in floats if trace.nodes[node.slots[i].node or 0].requires_grad]
    return asking or floats


def names(trace: Trace, node: Node) -> list[str]:
    """The user's words; with the op's own where one stands in two slots."""
    words = [s.name if s.node is None else trace.nodes[s.node].label for s in node.slots]
    return [
        f"{word} as {slot.name}" if words.count(word) > 1 else word
        for word, slot in zip(words, node.slots)
    ]


def changed(trace: Trace, node: Node, op: Op, arrays: list[Any], sent: Mapping[int, Any]) -> str:
    """A sentence, if the rule gives other numbers for the recorded gradient than it gave in the run."""
    arrived = [e.g for e in trace.events if isinstance(e, Arrived) and e.node == node.id]
    if not arrived or arrived[-1].array is None:
        return ""
    leaves = {i: Tensor(arrays[i], requires_grad=True) for i in sent}
    inputs = [leaves.get(i, x) for i, x in enumerate(arrays)]
    try:
        found = grad(op(*inputs, **node.params), list(leaves.values()), arrived[-1].array)
    except GradientError as error:
        return str(error)
    for (i, g), now in zip(sent.items(), found):
        if g.array is None or now is None:
            continue
        size = float(np.abs(g.array).max(initial=0.0))
        off = float(np.abs(now.data - g.array).max(initial=0.0))
        if not off <= REPEATED * size and np.isfinite(size):
            return (
                f"in the run {op.__name__} sent another gradient to {names(trace, node)[i]} than its rule "
                f"gives now: they differ by {off:.2g}. Has the rule been changed since, or is it random?"
            )
    return ""


@final
@dataclass
class Checks:
    """The reports on all ops through which gradients went, by the key of the node, in backward order.

    unchecked   why there is none, for the others
    """

    labels: dict[str, str] = field(default_factory=dict)
    reports: dict[str, Report] = field(default_factory=dict)
    unchecked: dict[str, str] = field(default_factory=dict)

    @property
    def wrong(self) -> list[str]:
        """The keys of the ops with a rule that is wrong, the first in backward order first."""
        return [key for key, report in self.reports.items() if is_wrong(report)]

    @property
    def passed(self) -> bool:
        return bool(self.reports) and all(r.passed for r in self.reports.values())

    def __bool__(self) -> bool:
        return self.passed

    @property
    def first_wrong(self) -> str | None:
        return next(iter(self.wrong), None)

    def mark(self, key: str) -> str:
        """A word for a face to show beside a node; "" for what was not asked."""
        report = self.reports.get(key)
        if report is None:
            return "not checked" if key in self.unchecked else ""
        return "WRONG" if is_wrong(report) else report.verdict

    def __str__(self) -> str:
        lines = [f"{len(self.reports)} gradient rules checked at the recorded values, in float64:"]
        width = max(map(len, self.labels.values()), default=0)
        for key, label in self.labels.items():
            report = self.reports.get(key)
            if report is None:
                lines.append(f"  {label:<{width}}  not checked: {self.unchecked[key]}")
                continue
            digits = f", to {report.digits:.1f} digits" if report.verdict == "correct" else ""
            lines.append(f"  {label:<{width}}  {self.mark(key)}{digits}")
            if is_wrong(report):
                lines += [f"  {'':<{width}}    {said}" for said in said_of(report)]
        first = self.first_wrong
        if first is not None:
            lines.append(f"The first wrong rule on the way back is that of {self.labels[first]}.")
        elif self.passed:
            lines.append("All are correct.")
        return "\n".join(lines)


def is_wrong(report: Report) -> bool:
    return report.verdict == "wrong"


def said_of(report: Report) -> list[str]:
    """What is wrong, in a line each."""
    if report.fault:
        return [report.fault.splitlines()[0]]
    worst = report.worst
    seen = (
        []
        if worst is None
        else [f"{worst.label}: {worst.claimed:.6g}, and it should be {worst.numeric:.6g}"]
    )
    return [*seen, *report.causes]


def check_all(steps: Steps) -> Checks:
    """Check every op that sends a gradient in these steps, once, in the order of the backward pass."""
    found = Checks()
    for beat in steps.beats:
        if beat.kind != "contribution":
            continue
        key, node = beat.frame.key(beat.node), beat.frame.trace.nodes[beat.node]
        if key in found.labels:
            continue
        label = beat.frame.label(beat.node)
        found.labels[key] = f"{node.op} ({label})"
        try:
            found.reports[key] = check_step(beat.frame.trace, node)
        except (CheckError, TraceError) as error:
            found.unchecked[key] = str(error).splitlines()[0]
        except MinigradError as error:
            found.unchecked[key] = f"{type(error).__name__}: {str(error).splitlines()[0]}"
    return found
