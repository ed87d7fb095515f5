"""A report as text, for a terminal of 80 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

import numpy as np

from minigrad.check.kinks import Kink
from minigrad.check.report import Report

WIDTH = 80
LISTED = 6
"""How many elements, or inputs, are listed."""


def as_text(report: Report) -> str:
    return "\n".join(line.rstrip() for line in lines(report))


def lines(report: Report) -> Iterator[str]:
    yield headline(report)
    yield ""
    if report.fault:
        yield from wrapped("fault", report.fault)
    if report.trials:
        if len(report.names) > 1:
            yield from inputs(report)
            yield ""
        yield from sides(report.kink) if report.kink else elements(report)
    if report.kink:
        yield from wrapped("kink", str(report.kink))
    for cause in report.causes:
        yield from wrapped("why", cause)
    if report.trials:
        if report.verdict == "correct":
            yield from wrapped("resolution", resolution(report))
        if not report.kink:
            yield from wrapped("V curve", v_curve(report))
        yield from wrapped("samples", samples(report))
    if report.analytic:
        yield from wrapped("complex", report.analytic)
    if report.precision:
        yield from wrapped("precision", str(report.precision))
    for note in report.notes:
        yield from wrapped("note", note)
    if report.snippet:
        yield ""
        yield "  This shows it:"
        yield ""
        yield from textwrap.indent(report.snippet, "    ").splitlines()


def headline(report: Report) -> str:
    what = f"{report.gradient}, the {report.noun} of {report.name}"
    if report.verdict == "correct" and report.precision and not report.precision.passed:
        return f"{what}: correct, but NOT IN {report.precision.dtype}"
    if report.verdict == "correct" and report.digits:
        return f"{what}: correct, to {report.digits:.1f} digits"
    if report.verdict == "kink":
        return f"{what}: kink (correct: a subgradient)"
    at_a_kink = " at a kink" if report.kink else ""
    return f"{what}: {report.verdict if report.passed else report.verdict.upper()}{at_a_kink}"


def wrapped(label: str, text: str) -> Iterator[str]:
    indent = " " * 14
    yield from textwrap.wrap(
        text, WIDTH, initial_indent=f"  {label:<12}", subsequent_indent=indent, break_long_words=False
    )  # fmt: skip


def inputs(report: Report) -> Iterator[str]:
    yield f"  {'input':<22}{'shape':<20}{'verdict':<12}digits"
    rows = [
        (name, shape, *report.of(k))
        for k, (name, shape) in enumerate(zip(report.names, report.shapes))
    ]
    wrong_first = sorted(rows, key=lambda row: row[2] != "wrong")
    listed = rows if len(rows) <= 3 * LISTED else wrong_first[: 3 * LISTED]
    for name, shape, verdict, digits in listed:
        loud = "WRONG" if verdict == "wrong" else verdict.split(":")[0]
        yield f"  {name:<22}{shape!s:<20}{loud:<12}{digits:.1f}"
    if len(rows) > len(listed):
        yield f"  and {len(rows) - len(listed)} more"


def elements(report: Report) -> Iterator[str]:
    """The worst element, or the worst few of those that are wrong."""
    wrong = [t for t in report.by_element if t.sweep.verdict == "wrong"]
    wrong.sort(key=lambda t: -abs(t.error))
    shown = wrong[:LISTED] or ([report.shown] if report.shown else [])
    yield f"  {'':<18}{'gradient':>16}{'numeric':>16}{'difference':>13}{'relative':>11}"
    for t in shown:
        off = abs(t.claimed - t.numeric)
        relative = off / max(np.finfo(float).eps, abs(t.claimed) + abs(t.numeric))
        label = "random direction" if t.index is None else t.label(report.names)
        yield f"  {label:<18}{t.claimed:>16.9g}{t.numeric:>16.9g}{0.0 - t.error:>13.2g}{relative:>11.1g}"
    size = sum(int(np.prod(shape)) for shape in report.shapes)
    if len(wrong) > LISTED or (len(wrong) == LISTED and len(report.by_element) < size):
        yield "  These are the worst elements, and others are wrong or not examined."
    yield ""


def sides(kink: Kink) -> Iterator[str]:
    """The slopes on both sides of the elements at a kink."""
    if kink.sides:
        yield f"  {'at the kink':<18}{'gradient':>16}{'slope behind':>16}{'slope ahead':>16}"
        for side in kink.sides[:LISTED]:
            yield f"  {side.label:<18}{side.claimed:>16.9g}{side.behind:>16.9g}{side.ahead:>16.9g}"
        if len(kink.sides) > LISTED:
            yield f"  and {len(kink.sides) - LISTED} more elements"
        yield ""


def resolution(report: Report) -> str:
    if not np.isfinite(report.resolution):
        return "gradient and slope are 0 everywhere"
    seen = f"a relative error of {report.resolution:.1g} would have been seen"
    worst = report.worst
    if worst:
        seen += f"; the worst element agrees to {worst.decimals} decimals"
    if report.escape:
        seen += f". An error 1000 times as large is missed with probability {report.escape:.1g}"
    return seen


def v_curve(report: Report) -> str:
    arms = [
        f"{name} slope {slope:+.2f}"
        for name, slope in (
            ("truncation", report.truncation_slope),
            ("round-off", report.roundoff_slope),
        )
        if slope is not None
    ]
    if report.truncation_slope is None and report.verdict == "correct":
        arms.append("no truncation arm")
    if report.verdict == "correct":
        arms.append(f"lowest at epsilon = {report.step:.1g}")
    elif report.shown is not None and report.shown.sweep.verdict == "wrong":
        arms.insert(
            0, f"levels off at {abs(report.shown.error):.2g}: the gradient is wrong by that much"
        )
    return ", ".join(arms) or "too noisy to show its arms"


def samples(report: Report) -> str:
    single, joint = len(report.by_element), len(report.by_direction)
    parts = [f"{joint} random directions"] if joint else []
    parts += [f"{single} element{'s' * (single != 1)}"] if single else []
    return f"{report.samples:,} in {' and '.join(parts)}; {report.discarded:,} not finite"


def as_table(report: Report) -> str:
    """epsilon | D(epsilon) | gradient | difference | noise, one line for each step."""
    trial = report.shown
    if trial is None:
        return f"{report.name}: no sweep was made"
    head = f"{'epsilon':>10} {'D(epsilon)':>20} {'gradient':>20} {'difference':>12} {'noise':>10}"
    rows = [trial.label(report.names), head]
    for epsilon, slope, difference, noise in zip(*trial.curve()):
        rows.append(
            f"{epsilon:>10.2e} {slope:>20.13g} {trial.claimed:>20.13g} {difference:>12.2e} {noise:>10.1e}"
        )
    return "\n".join(rows)
