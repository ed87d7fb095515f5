"""What a check has found: the verdict, how much it proves, and where to look.

The relative error is that of the course reports, |a - n| / max(eps, |a| + |n|); the decimals are those
that `numpy.testing.assert_almost_equal` would pass with.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from minigrad.check.annotate import format_annotated, format_location
from minigrad.check.kinks import Kink
from minigrad.check.locate import Located, Location, locate
from minigrad.check.oracle import RESOLUTION
from minigrad.check.precision import Precision
from minigrad.check.subject import Subject
from minigrad.check.trial import Trial
from minigrad.errors import WrongGradientError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Verdict = Literal["correct", "wrong", "kink", "undecided"]


@dataclass(frozen=True)
class Worst:
    """The element at which gradient and slope differ most, or the direction, where there are too many.

    label      as in "w[2, 1]"
    claimed    what the gradient says
    numeric    what the differences say
    bound      how far `numeric` may be from the truth
    """

    label: str
    claimed: float
    numeric: float
    bound: float

    @property
    def absolute_error(self) -> float:
        return abs(self.claimed - self.numeric)

    @property
    def relative_error(self) -> float:
        """|a - n| / max(eps, |a| + |n|)"""
        eps = float(np.finfo(float).eps)
        return self.absolute_error / max(eps, abs(self.claimed) + abs(self.numeric))

    @property
    def decimals(self) -> int:
        """The most decimals that assert_almost_equal would pass with: |a - n| < 1.5 * 10**-decimals."""
        off = max(self.absolute_error, 1e-300)
        return int(np.clip(np.ceil(-np.log10(off / 1.5)) - 1, 0, 17))


@dataclass(frozen=True)
class Report:
    """The result of a check. Print it, plot it, or let it raise.

    name           the function, `gradient` the one that was checked, `noun` what it states
    verdict        "correct" or "wrong"; "kink" where f has no derivative and the gradient lies between the
                   slopes on both sides, as a subgradient does; "undecided" where nothing is proven
    names, shapes  of the inputs
    trials         every sweep that was made
    fault          what is wrong with the gradient before its numbers are looked at
    causes         the names of the bug, each confirmed on fresh draws
    snippet        a program that shows the smallest case found that fails
    kink           how the gradient was judged where f has a kink
    analytic       what the complex step says, if it was asked
    precision      whether a float32 gradient is the float64 one rounded, for inputs of float32
    notes          what else was noticed
    samples        how often f was evaluated by the sweeps, and for how many of those it was not finite
    subject        what was checked: it is run again when `where` or `annotated()` is asked for
    """

    name: str
    gradient: str
    verdict: Verdict
    names: tuple[str, ...]
    shapes: tuple[tuple[int, ...], ...]
    trials: tuple[Trial, ...] = ()
    fault: str = ""
    causes: tuple[str, ...] = ()
    snippet: str = ""
    kink: Kink | None = None
    analytic: str = ""
    precision: Precision | None = None
    notes: tuple[str, ...] = ()
    samples: int = 0
    discarded: int = 0
    noun: str = "gradient"
    subject: Subject | None = field(default=None, repr=False, compare=False)

    @property
    def passed(self) -> bool:
        """Whether the gradient has been confirmed: correct, or a subgradient; in its own dtype as well."""
        good = self.verdict in ("correct", "kink")
        return good and (self.precision is None or self.precision.passed)

    def __bool__(self) -> bool:
        return self.passed  # so that `assert check.gradient(...)` asserts what it says

    def raise_if_wrong(self) -> Report:
        """Raise `WrongGradientError`, an AssertionError with this report, unless it `passed`.

        An undecided check raises too: it has proven nothing.
        """
        if not self.passed:
            __tracebackhide__ = True
            error = WrongGradientError(f"\n{self}")
            error.report = self
            raise error
        return self

    # ---- how much it says ----

    @cached_property
    def by_direction(self) -> tuple[Trial, ...]:
        return tuple(t for t in self.trials if t.index is None)

    @cached_property
    def by_element(self) -> tuple[Trial, ...]:
        return tuple(t for t in self.trials if t.index is not None)

    @property
    def digits(self) -> float:
        """To how many decimal digits the gradient is known to agree, along the worst direction."""
        return min((t.sweep.digits for t in self._telling), default=0.0)

    @property
    def resolution(self) -> float:
        """The error that would have been seen, relative to sum |g u|, the terms of the slope."""
        return max((t.sweep.resolution for t in self._telling), default=np.inf)

    @property
    def escape(self) -> float:
        """The probability that an error a thousand times the resolution is missed by all directions.

        Along a normal random direction it shows as less than t with probability below 0.8 t / |E|. Where
        every element was moved on its own none is missed.
        """
        joint = sum(1 for t in self.by_direction if t.place is None)
        return 0.0 if self.by_element else float(0.8e-3**joint)

    @property
    def _telling(self) -> list[Trial]:
        """The trials that have a slope to compare an error with.

        A slope near 0, which may be round-off alone, has been judged by the size of f instead. Example: the
        bias before a batch norm.
        """
        some = [t for t in self.by_direction if t.sweep.scale > 0 and not t.kinked]
        sloped = [
            t for t in some if t.sweep.verdict != "correct" or t.sweep.resolution <= RESOLUTION
        ]
        return sloped or some

    def __getstate__(self) -> dict[str, Any]:
        """A report can be pickled; what was checked need not be."""
        return vars(self) | {"subject": None}

    # ---- where, in the source ----

    @cached_property
    def located(self) -> Located:
        """What the search in the source has found. It runs when it is asked for first."""
        if self.subject is None:
            return Located(reason="the gradient is not computed by functions that were given")
        return locate(self.subject)

    @property
    def where(self) -> tuple[Location, ...]:
        """The first wrong expressions of the backward function; empty if `where_reason` says why."""
        return self.located.locations if self.verdict == "wrong" else ()

    @property
    def where_reason(self) -> str:
        """Why `where` is empty, in one sentence; "" if it is not."""
        return self.located.reason if self.verdict == "wrong" else "no gradient is wrong"

    def annotated(self) -> str:
        """Each line of the backward function, with what it computes; or why that is not known.

        A line is the gradient of an expression of f, a multiple of it, or a value of f. L is the sum of
        upstream gradient times f.
        """
        return format_annotated(self.located) or self.located.reason

    def format_where(self) -> str:
        """The lines around each wrong line, and the proof; or why there are none."""
        places = [format_location(place, self.located) for place in self.where]
        return "\n\n".join(places) or self.where_reason

    # ---- where, among the elements ----

    @cached_property
    def shown(self) -> Trial | None:
        """The trial that the V curve and the table show: the worst one."""
        wrong = [t for t in self.trials if t.sweep.verdict == "wrong"]
        kinked = [t for t in self.trials if t.kinked]
        for among in (wrong, kinked, list(self.trials)):
            by_element = [t for t in among if t.index is not None] or among
            finite = [t for t in by_element if np.isfinite(t.error)] or by_element
            if finite:
                return max(finite, key=lambda t: (abs(t.error), abs(t.claimed)))
        return None

    @property
    def worst(self) -> Worst | None:
        """Where gradient and slope differ most."""
        t = self.shown
        return None if t is None else Worst(t.label(self.names), t.claimed, t.numeric, t.bound)

    @property
    def truncation_slope(self) -> float | None:
        """The order of the error at large steps: about 2, or None for a linear or quadratic f."""
        return None if self.shown is None else self.shown.sweep.truncation_slope

    @property
    def roundoff_slope(self) -> float | None:
        """The order of the error at small steps: about -1, or None where f is exact."""
        return None if self.shown is None else self.shown.sweep.roundoff_slope

    @property
    def step(self) -> float:
        """The epsilon at which the centered difference comes closest to the gradient."""
        if self.shown is None:
            return np.nan
        epsilon, _, difference, _ = self.shown.curve()
        off = np.where(np.isfinite(difference), np.abs(difference), np.inf)
        return float(epsilon[np.argmin(off)])

    def of(self, place: int) -> tuple[Verdict, float]:
        """The verdict on one input's gradient, and its digits of agreement."""
        own = [t for t in self.trials if t.place == place]
        if any(t.sweep.verdict == "wrong" for t in own):
            return ("wrong", 0.0)
        verdict = self.verdict
        if verdict in ("wrong", "kink") and not any(t.kinked for t in own):  # that of another input
            verdict = "correct" if all(t.sweep.verdict == "correct" for t in own) else "undecided"
        scale = max((t.sweep.scale for t in own), default=0.0)
        off = max((max(abs(t.sweep.error), t.sweep.bound) for t in own), default=0.0)
        if not 0 < off < scale:
            return (verdict, self.digits if off else 16.0)
        return (verdict, min(16.0, float(-np.log10(off / scale))))

    def format_summary(self, inputs: str = "inputs") -> str:
        """The verdict in one line, as "correct, 10 of 10 parameters, 7 digits"; `inputs` is their noun.

        One that did not pass is in capitals: "WRONG, 9 of 10 parameters are correct".
        """
        if self.fault or not self.trials:
            return self.verdict if self.passed else self.verdict.upper()
        verdicts = [self.of(place)[0] for place in range(len(self.names))]
        correct = f"{sum(v in ('correct', 'kink') for v in verdicts)} of {len(verdicts)} {inputs}"
        if not self.passed:
            return f"{self.verdict.upper()}, {correct} are correct"
        where = " at a kink" if self.verdict == "kink" else ""
        return f"correct{where}, {correct}, {int(self.digits)} digits"

    # ---- as it is shown ----

    def __str__(self) -> str:
        from minigrad.check.text import as_text

        return as_text(self)

    def _repr_html_(self) -> str:
        from minigrad.check.html import as_html

        return as_html(self)

    def table(self) -> str:
        """epsilon | D(epsilon) | gradient | difference | predicted noise, of the worst element."""
        from minigrad.check.text import as_table

        return as_table(self)

    def plot(self) -> Figure:
        """The V curve: error against epsilon, with what truncation and round-off predict."""
        from minigrad.check.plot import v_curve

        return v_curve(self)
