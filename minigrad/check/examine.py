"""From a subject to a report: sweeps, kinks, a second oracle, and a name for what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from minigrad.check import diagnosis, kinks, oracle, precision
from minigrad.check.complex_step import complex_step
from minigrad.check.report import Report, Verdict
from minigrad.check.smallest import smallest
from minigrad.check.snippet import program
from minigrad.check.subject import Fault, Subject
from minigrad.check.trial import Bench, Trial, flat
from minigrad.typing import Array

WIDE = 40_000
"""Elements are not moved each on their own where there are more pairs of an element and an output."""


@dataclass(frozen=True)
class Effort:
    """How much is done.

    joint, own   along how many random directions all inputs move together, and each one alone where
                 there are too many elements to move each
    elements     up to how many in all are each moved on their own
    wrong        how many wrong elements of an input are enough, where the gradient is proven to be wrong
    steps        of the sweeps, relative to the size of each element
    """

    joint: int = 4
    own: int = 2
    elements: int = 200
    wrong: int = 6
    steps: Array = field(default_factory=lambda: oracle.STEPS)


def examine(
    subject: Subject,
    given: tuple[Array, ...],
    *,
    analytic: bool = False,
    seed: int = 0,
    effort: Effort | None = None,
) -> Report:
    """Check the gradient of a subject whose inputs were `given` in a precision of their own."""
    effort = effort or Effort()
    rng = np.random.default_rng(seed)
    out = subject.examined()
    bench = Bench(subject, out, rng, effort.steps)
    finding = Finding(bench, analytic, effort)
    single = None
    try:
        finding.sweep()
        single = precision.compared(subject, given, rng)
    except Fault as fault:
        finding.verdict, finding.fault = "wrong", str(fault)
        finding.causes = diagnosis.of_fault(fault, bench)
    causes, snippet = finding.causes, ""
    if finding.verdict == "wrong" and not finding.fault:
        causes = diagnosis.named(bench, finding.trials)
        case = smallest(bench, finding.trials) if subject.claim else None
        snippet = program(subject, case) if case else ""
    return Report(
        subject.name,
        subject.gradient,
        finding.verdict,
        subject.names,
        tuple(x.shape for x in subject.inputs),
        tuple(finding.trials),
        finding.fault,
        causes,
        snippet,
        finding.kink,
        finding.second,
        single,
        (*subject.notes, *finding.notes()),
        finding.samples,
        sum(t.discarded for t in finding.trials) * 2,
        subject.noun,
        subject=subject,
    )


class Finding:
    """What has been found out so far."""

    def __init__(self, bench: Bench, analytic: bool, effort: Effort):
        self.bench, self.analytic, self.effort = bench, analytic, effort
        self.trials: list[Trial] = []
        self.verdict: Verdict = "undecided"
        self.kink: kinks.Kink | None = None
        self.fault = self.second = ""
        self.causes: tuple[str, ...] = ()
        self.samples = 0

    def sweep(self) -> None:
        bench, subject = self.bench, self.bench.subject
        v, g = bench.draw()
        if not np.array_equal(g, flat(subject.gradients(v))):
            raise Fault(
                f"{subject.gradient} is random, or remembers: two calls with the same arguments gave "
                "different gradients"
            )
        if not subject.size:
            self.verdict = "correct"
            return
        before = subject.calls
        for _ in range(self.effort.joint):
            self.trials.append(bench.random(*bench.draw()))
        if subject.size <= self.effort.elements and subject.size * np.prod(bench.shape) <= WIDE:
            self.trials += self.elements(v, g)
        elif len(subject.inputs) > 1:
            places = [
                k for k, x in enumerate(subject.inputs) for _ in range(self.effort.own) if x.size
            ]
            self.trials += [bench.random(*bench.draw(), place) for place in places]
        self.locate()
        self.verdict = self.judged()
        self.samples = subject.calls - before
        if self.analytic and self.kink is None and self.verdict != "undecided":
            self.compare()

    def elements(self, v: Array, g: Array) -> Iterator[Trial]:
        """Each element on its own; of an input that is proven to be wrong, the worst few."""
        proven = any(t.sweep.verdict == "wrong" and not t.kinked for t in self.trials)
        errors = self.bench.rough_errors(v, g) if proven else np.zeros(g.size)
        ends = self.bench.ends
        for begin, end in pairwise(ends):
            wrong = 0
            for i in begin + np.argsort(-errors[begin:end], kind="stable"):
                if wrong < self.effort.wrong or not proven:
                    trial = self.bench.coordinate(int(i), v, g)
                    wrong += trial.sweep.verdict == "wrong"
                    yield trial

    def locate(self) -> None:
        """The element to blame, where there were too many to move each."""
        wrong = [t for t in self.trials if t.sweep.verdict == "wrong"]
        if wrong and not any(t.index is not None for t in self.trials):
            own = [t for t in wrong if t.place is not None] or wrong
            culprit = self.bench.found(max(own, key=lambda t: abs(t.sweep.error)))
            self.trials += [culprit] if culprit else []

    def judged(self) -> Verdict:
        wrong = [t for t in self.trials if t.sweep.verdict == "wrong"]
        if any(not t.kinked for t in wrong):
            return "wrong"
        kinked = [t for t in self.trials if t.kinked]
        if kinked:
            ends = self.bench.ends
            elements = [
                int(ends[t.place]) + int(np.ravel_multi_index(t.index, self._shape(t.place)))
                for t in kinked
                if t.place is not None and t.index is not None
            ]
            self.kink = kinks.judge(self.bench, np.array(elements, int))
            outside = wrong or not self.kink.inside
            return "wrong" if outside else "kink"
        # All elements, or all random directions: each alone shows that there is no error anywhere.
        by_direction = [t.sweep.verdict for t in self.trials if t.index is None]
        by_element = [t.sweep.verdict for t in self.trials if t.index is not None]
        for verdicts in (by_direction, by_element):
            if verdicts and all(each == "correct" for each in verdicts):
                return "correct"
        return "undecided"

    def _shape(self, place: int) -> tuple[int, ...]:
        return self.bench.subject.inputs[place].shape

    def compare(self) -> None:
        """The complex step against the differences: if they contradict each other, neither may accuse."""
        worst = 0.0
        for t in (t for t in self.trials if t.index is None):
            inputs = self.bench.subject.inputs
            second = complex_step(self.bench.subject.f, inputs, t.direction, t.upstream)
            if not second.trusted:
                self.verdict = "undecided"
                self.second = (
                    f"{self.bench.subject.name} was declared analytic, but {second.objection}; leave out "
                    "analytic=True, or compute with what complex numbers pass through unharmed"
                )
                return
            if not second.agrees(t.sweep.derivative, t.sweep.bound):
                self.verdict = "undecided"
                self.second = (
                    f"the differences give a slope of {t.sweep.derivative:.12g} and the complex step one of "
                    f"{second.derivative:.12g}: one of them is wrong, and neither may accuse the gradient"
                )
                return
            off = abs(second.derivative - t.sweep.derivative + t.sweep.error)
            worst = max(worst, off / (t.sweep.scale or 1.0))
        digits = min(16.0, -np.log10(worst)) if worst else 16.0
        self.second = f"the gradient agrees with the complex step to {max(digits, 0.0):.1f} digits"

    def notes(self) -> list[str]:
        names, found = self.bench.subject.names, []
        if not self.bench.subject.size:
            found.append("the inputs have no elements: nothing was there to be wrong")
        edges = [t for t in self.trials if t.sweep.edge and t.index is not None and not t.kinked]
        if edges and self.verdict == "correct":
            near = min(edges, key=lambda t: (t.sweep.edge or 1.0) * t.unit)
            distance = (near.sweep.edge or 0.0) * near.unit
            found.append(
                f"f has a kink, a jump or an edge within {distance:.1g} of {near.label(names)}: larger "
                "steps were not listened to"
            )
        flat = [t.sweep for t in self.trials if t.sweep.verdict == "undecided" and t.sweep.stair]
        if flat and self.verdict == "undecided":
            found.append(
                f"f is too flat here to be measured: rounding inside f moves it in stairs of "
                f"{max(s.stair for s in flat):.1g}, and a slope of {max(s.scale for s in flat):.1g} is lost "
                "in them. Check before training, or at examples with a larger loss"
            )
        if broken := [t for t in self.trials if t.index is not None and t.broken]:
            first, more = broken[0], len(broken) - 1
            fine = first.sweep.steps * first.unit
            found.append(
                f"f jumps at {first.label(names)}"
                + (f" and at {more} other element{'s' * (more != 1)}" if more else "")
                + f": it moves as far in a step of {fine[-1]:.1g} as in one of {fine[len(fine) // 2]:.1g}, "
                "so it is not continuous there and has no gradient"
            )
        if self.bench.subject.failures:
            found.append(
                f"{self.bench.subject.name} raised at {self.bench.subject.failures} of the points around the "
                f"inputs ({self.bench.subject.failure}), which do not count"
            )
        unmoved = [
            name
            for k, name in enumerate(names)
            if (own := [t for t in self.trials if t.place == k])
            and all(t.sweep.derivative == 0 == t.sweep.scale for t in own)
        ]
        found += [f"f does not depend on {name} here, and its gradient is 0" for name in unmoved]
        return found
