"""What `minigrad check` finds out about a function: one row of its table."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

import numpy as np

from minigrad.check import oracle, properties
from minigrad.check.failures import RaisedError
from minigrad.check.functions import Function, with_arrays
from minigrad.check.recorded import OpFunction
from minigrad.check.report import Report
from minigrad.check.slopes import UndecidedError, accept, gradient_is_the_slope, judged, probe
from minigrad.domain import Case, Cases, RandomDraw
from minigrad.errors import CheckError, GradientError

Verdict = Literal["correct", "wrong", "undecided", "not written"]

RAISED = "an error was raised"
"""What is said in the place of a property where a function did not even run."""


@dataclass
class Row:
    """How a function did at all its cases.

    sweeps    one along a random direction at each case that has an element to move
    kinks     at how many points with a kink the gradient was held to be a subgradient
    broken    the property that was broken first, or "", and at which case; said in `why`
    report    all there is to be said of the gradient, at the case where it failed
    unwritten what is to be written still, where the function or its gradient says so; or ""
    examine   makes a report at the last case, if there is none
    """

    name: str
    cases: int = 0
    sweeps: list[oracle.Sweep] = field(default_factory=list)
    kinks: int = 0
    broken: str = ""
    why: str = ""
    report: Report | None = None
    unwritten: str = ""
    examine: Callable[[], Report | None] | None = field(default=None, repr=False, compare=False)

    def annotated(self) -> str:
        """Each line of the backward function with what it computes: see `Report.annotated`."""
        report = self.report or (self.examine() if self.examine else None)
        return "nothing is known of its lines" if report is None else report.annotated()

    @property
    def verdict(self) -> Verdict:
        """Wrong if anything is; correct if at least half of the sweeps prove it."""
        if self.unwritten:
            return "not written"
        if self.broken:
            return "wrong"
        if self.report is not None:
            unproved = self.report.verdict == "undecided"
            return "correct" if self.report.passed else "undecided" if unproved else "wrong"
        proved = sum(s.verdict == "correct" for s in self.sweeps)
        return "correct" if self.sweeps and 2 * proved >= len(self.sweeps) else "undecided"

    @property
    def ran(self) -> bool:
        """Whether there was a gradient to look at."""
        return not self.unwritten and self.broken != RAISED

    @property
    def digits(self) -> float:
        """Of agreement, at the worst case; nan where the gradient is 0 everywhere."""
        if self.report is not None and not self.broken:
            return self.report.digits
        return min((s.digits for s in self.sweeps if s.scale > 0), default=np.nan)

    @property
    def truncation_slope(self) -> float | None:
        return median([s.truncation_slope for s in self.sweeps])

    @property
    def roundoff_slope(self) -> float | None:
        return median([s.roundoff_slope for s in self.sweeps])

    @property
    def shown(self) -> oracle.Sweep | None:
        """The sweep whose V curve is drawn: the worst one, if one is wrong, or one with both arms."""
        return max(self.sweeps, key=telling, default=None)


def telling(s: oracle.Sweep) -> tuple[bool, int, float]:
    arms = (s.truncation_slope is not None) + (s.roundoff_slope is not None)
    return s.verdict == "wrong", arms, s.digits


def median(slopes: Sequence[float | None]) -> float | None:
    found = [slope for slope in slopes if slope is not None]
    return float(np.median(found)) if found else None


def row(function: Function, draws: Cases, samples: int, seed: int) -> Row:
    """Every property of the function at `samples` random cases, as far as the first that is broken."""
    result = Row(function.name)
    others = [holds for holds in properties.of(function) if holds is not gradient_is_the_slope]
    for k in range(samples):
        rng = np.random.default_rng([seed, k])
        case = draws(RandomDraw(rng))
        result.examine = partial(explained, function, case, seed)
        result.cases += 1
        try:
            probed = probe(function, case, rng)
            if probed is not None:
                result.sweeps.append(judged(function, probed))
                decided(accept, result.sweeps[-1])
            for holds in others:
                decided(holds, function, case, rng)
        except (AssertionError, GradientError, CheckError) as error:
            if isinstance(error.__cause__, NotImplementedError):
                raise error.__cause__ from None  # a rule that is to be written still
            result.broken = blamed(error)
            result.why = str(error)
            result.report = explained(function, case, seed)
            return result
        kinked = at_a_kink(function, case, rng)
        if kinked is not None:
            result.kinks += 1
            if kinked.kink is not None and kinked.verdict == "wrong":
                result.broken, result.report = "gradient at a kink is a subgradient", kinked
                return result
    return result


def at_a_kink(function: Function, case: Case, rng: np.random.Generator) -> Report | None:
    """The report at the nearest whole numbers, if f has a kink there: zeros and ties are where kinks are."""
    whole = with_arrays(case, lambda x: np.round(x) if x.dtype.kind == "f" else x)
    with np.errstate(all="ignore"), contextlib.suppress(Exception):  # f need not be defined there
        probed = probe(function, whole, rng)
        if probed is not None:
            sweep = judged(function, probed)
            if sweep.jump > sweep.bound:
                report = function.report(whole)
                kink = report.kink
                # In a network several kinks may meet in one output, and then rules that are all correct by
                # themselves need not add up to a subgradient: see `kinks`. One input of a convex function,
                # as of a maximum with ties, is not such a case.
                bent = kink is not None and kink.shape in ("convex", "concave")
                alone = bent and len(report.names) == 1
                composed = kink is not None and kink.composed and not alone
                return report if not composed or isinstance(function, OpFunction) else None
    return None


def decided(holds: Callable[..., float], *arguments: Any) -> None:
    """Ask for a property; a case that the oracle cannot judge says nothing."""
    with contextlib.suppress(UndecidedError):
        holds(*arguments)


def blamed(error: BaseException) -> str:
    """The property whose code was running."""
    if isinstance(error, RaisedError):
        return RAISED
    names = {holds.__name__ for holds in properties.PROPERTIES} | {"accept"}
    trace = error.__traceback__
    while trace is not None:
        name = trace.tb_frame.f_code.co_name
        if name in names:
            return "gradient is the slope" if name == "accept" else name.replace("_", " ")
        trace = trace.tb_next
    return "gradient"


def explained(function: Function, case: Case, seed: int) -> Report | None:
    try:
        return function.report(case, seed)
    except Exception:  # where f itself cannot be examined, `why` has said so
        return None


def of_report(report: Report) -> Row:
    """The row of a layer or a model, which is examined as a whole."""
    kinks = int(report.kink is not None)
    return Row(report.name, 1, [t.sweep for t in report.trials], kinks, report=report)
