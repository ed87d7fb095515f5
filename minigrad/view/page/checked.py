"""Checks and questions for the page: verdicts with their V curves, answers with the usual mistakes."""

from __future__ import annotations

from typing import Any

import numpy as np

from minigrad.check import curve
from minigrad.check.oracle import Sweep
from minigrad.view.steps.list import Steps
from minigrad.view.steps.local_check import Checks, is_wrong, said_of
from minigrad.view.steps.quiz import CLOSE, question
from minigrad.view.steps.step import Step

QUICK = 20
"""A run on single numbers, with no more ops than this, is checked as the page is made: a second or two."""

CURVES = 40
"""Of more checks than this only those that are not correct have their curve on the page."""


def quick(steps: Steps) -> bool:
    nodes = steps.trace.nodes
    single = all(
        n.value is None or (n.value.size == 1 and n.value.array is not None) for n in nodes
    )
    return single and sum(n.op is not None for n in nodes) <= QUICK


def checks(steps: Steps, found: Checks) -> dict[str, Any]:
    many = len(found.reports) > CURVES
    nodes: dict[str, dict[str, Any]] = {}
    for key, label in found.labels.items():
        report = found.reports.get(key)
        if report is None:
            nodes[key] = {"verdict": "not checked", "words": found.unchecked[key]}
            continue
        wrong = is_wrong(report)
        verdict = "wrong" if wrong else "correct" if report.passed else "undecided"
        words = "; ".join(said_of(report)) if wrong else agreement(report.verdict, report.digits)
        nodes[key] = {"verdict": verdict, "words": f"{label}: {words}"}
        if report.shown is not None and (verdict != "correct" or not many):
            sweep = report.shown.sweep
            drawn = curve.svg(sweep, f"V curve of {label}, {report.verdict}")
            nodes[key] |= {"curve": drawn, "legend": legend(sweep)}
    first = (
        i
        for i, beat in enumerate(steps.beats)
        if beat.kind == "contribution" and beat.frame.key(beat.node) == found.first_wrong
    )
    return {"nodes": nodes, "first": next(first, None), "words": summary(found)}


def legend(sweep: Sweep) -> str:
    """How the curve is to be read."""
    if sweep.verdict == "wrong":
        seen = "stay at one height, the solid line: by so much is the rule wrong"
    elif np.any(sweep.residuals):
        seen = (
            "sink with epsilon until round-off, the dashed line, takes over; those of a linear function lie "
            "at it from the beginning. So a correct rule looks"
        )
    else:
        seen = "are missing, for here the two agree exactly"
    return (
        "A dot is how far the rule is from the slope of a step of this epsilon. The dots "
        f"{seen}. An error in the grey band could not be seen."
    )


def agreement(verdict: str, digits: float) -> str:
    if verdict == "correct":
        return f"the rule agrees with centered differences at the recorded values, to {digits:.1f} digits."
    return f"{verdict}."


def summary(found: Checks) -> str:
    if not found.reports:
        return "No gradient rule could be checked at the recorded values."
    said = f"{len(found.reports)} gradient rules were checked at the recorded values"
    if found.unchecked:
        said += f", {len(found.unchecked)} could not be"
    if found.first_wrong is not None:
        first = found.labels[found.first_wrong]
        return f"{said}: the first wrong one on the way back is that of {first}."
    return f"{said}: {'all are correct' if found.passed else 'none is known to be wrong'}."


def quiz(step: Step) -> dict[str, Any] | None:
    """The question of a step, its answer, and the wrong ones: (value, what it means, how far from it)."""
    asked = question(step)
    if asked is None:
        return None
    mistakes = [
        (w.value, w.says, max(CLOSE * abs(w.value), asked.bound * 1e-3)) for w in asked.mistakes
    ]
    return {
        "question": asked.text,
        "answer": asked.answer,
        "bound": asked.bound,
        "mistakes": mistakes,
        "label": asked.label,
    }
