"""A number of a report, ours and the reference's, and whether they agree."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Any, Literal

ONE_RUN = 0.01
"""Largest distance of ours from a reference of one run, or from a report's single number."""

RULES = """A number of ours is the mean over its runs, with the standard deviation between them. It agrees
with the reference if it is within two standard deviations of the reference's runs, to the digits in which
they are printed. If the reference is one run or its spread is not given, within 0.01 is enough. The report's
number is reproduced if ours is within 0.01 of it, or within two standard deviations between our runs or the
reference's."""

Rule = Literal["close", "at least", "at most", "order", "equal"]


@dataclass(frozen=True)
class Number:
    """One line of the table.

    what        the setting and the quantity
    report      the report's number; None if it gives none; a text is printed and not judged
    ours        one value for each seed
    reference   the same setting in PyTorch, or a target; None if there is none
    spread      the standard deviation of the reference's runs; None for a single run
    note        the reason why the report cannot be reproduced, or another remark
    rule        how to judge: "close" by `RULES`; "at least" and "at most" the reference, or else the report;
                "order": a power of ten or less away; "equal": exactly
    form        how it is printed
    headline    is in the table of the index too
    """

    what: str
    report: float | str | None
    ours: Sequence[float]
    reference: float | None = None
    spread: float | None = None
    note: str = ""
    rule: Rule = "close"
    form: str = ".4f"
    headline: bool = False

    @property
    def mean(self) -> float:
        return fmean(self.ours)

    @property
    def deviation(self) -> float | None:
        """Standard deviation of our runs; None for a single run."""
        return stdev(self.ours) if len(self.ours) > 1 else None

    @property
    def allowed(self) -> float:
        """Largest distance of ours from the reference.

        A spread printed as .002 stands for anything up to .0025: half a unit of its last digit is added.
        """
        return ONE_RUN if self.spread is None else 2 * (self.spread + 0.0005)

    @property
    def agrees(self) -> bool | None:
        """Whether ours agrees with the reference; None without a reference."""
        if self.reference is None:
            return None
        return self._follows(self.mean, self.reference, self.allowed)

    @property
    def reproduced(self) -> bool | None:
        """Whether the report's setting gives its number; None if the report has none."""
        if self.report is None or isinstance(self.report, str):
            return None
        slack = max(ONE_RUN, 2 * (self.deviation or 0.0), 2 * (self.spread or 0.0))
        return self._follows(self.mean, self.report, slack)

    def _follows(self, value: float, wanted: float, slack: float) -> bool:
        match self.rule:
            case "at least":
                return value >= wanted
            case "at most":
                return value <= wanted
            case "equal":
                return value == wanted
            case "order":
                return value > 0 and wanted > 0 and abs(math.log10(value / wanted)) <= 1
        return abs(value - wanted) <= slack + 1e-12

    # ---- as it is shown ----

    def shown(self, value: float | str | None) -> str:
        if value is None or isinstance(value, str):
            return value or "–"
        return format(value, self.form)

    @property
    def ours_shown(self) -> str:
        spread = "" if self.deviation is None else f" ± {format(self.deviation, self.form)}"
        return self.shown(self.mean) + spread

    @property
    def reference_shown(self) -> str:
        if self.reference is None:
            return "–"
        sign = {"at least": "≥ ", "at most": "≤ "}.get(self.rule, "")
        # The digest prints spreads to three decimals.
        spread = "" if self.spread is None else f" ± {self.spread:.3f}"
        return sign + self.shown(self.reference) + spread

    def as_json(self) -> dict[str, Any]:
        return {
            "what": self.what,
            "report": self.report,
            "ours": list(self.ours),
            "mean": self.mean,
            "deviation": self.deviation,
            "reference": self.reference,
            "spread": self.spread,
            "rule": self.rule,
            "agrees": self.agrees,
            "reproduced": self.reproduced,
            "note": self.note,
            "headline": self.headline,
            "shown": [self.shown(self.report), self.ours_shown, self.reference_shown],
        }


def unexplained(numbers: Sequence[Number]) -> list[str]:
    """The numbers without a note that were not reproduced, or do not agree."""
    return [n.what for n in numbers if False in (n.reproduced, n.agrees) and not n.note]
