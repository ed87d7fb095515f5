"""What a search has found: its trials, the best of them, a table, pictures, and the space around the best."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from minigrad.errors import ParameterError, SearchError
from minigrad.search.ledger import FAULT, RESULT, attempts, finished
from minigrad.search.space import Domain, Value

if TYPE_CHECKING:
    from optuna import Study as OptunaStudy


@final
@dataclass(frozen=True)
class Trial:
    """A trial that has come to its end. `value` is nan where there is none, and `fault` then says why."""

    number: int
    params: dict[str, Value]
    value: float
    metrics: dict[str, Any]
    seconds: float
    fault: str = ""


@final
@dataclass(frozen=True)
class Study:
    """The trials as they were when the search returned; nothing in it is connected to the storage."""

    name: str
    direction: str
    space: Mapping[str, Domain]
    trials: tuple[Trial, ...]
    """Those that have a value, in the order of their numbers."""
    failed: tuple[Trial, ...] = field(default=())
    """Those whose objective returned nan or inf, or raised and was not run again since."""
    pruned: tuple[Trial, ...] = field(default=())
    """Those that were broken off, with the last value they reported."""

    @property
    def best(self) -> Trial:
        """The best trial; of equals the first. Raises `SearchError` if none has a value."""
        return self.top(1)[0]

    def top(self, count: int) -> list[Trial]:
        """The best so many, the best first; all of them if there are not as many."""
        if isinstance(count, bool) or not isinstance(count, int) or count < 1:
            raise ParameterError(f"top={count!r}: needed: a whole number, at least 1")
        if not self.trials:
            raise SearchError(
                f"the study {self.name!r} has no trial with a value: {len(self.failed)} failed and "
                f"{len(self.pruned)} were pruned; study.failed says why"
            )
        sign = -1 if self.direction == "maximize" else 1
        return sorted(self.trials, key=lambda trial: sign * trial.value)[:count]

    def around(self, top: int = 3) -> dict[str, Domain]:
        """A finer space: of each parameter the part in which the best `top` trials lie, and a margin.

        A range is measured on its own scale, so that the margin of a log range is a factor; it never
        reaches beyond the range that it comes from. A choice keeps the options that occur among them.
        """
        best = self.top(top)
        return {
            name: domain.around([trial.params[name] for trial in best])
            for name, domain in self.space.items()
        }

    def table(self) -> list[dict[str, Any]]:
        """One flat row a trial: number, parameters, value, metrics; the same however the search went."""
        return [
            {"number": t.number, **t.params, "value": t.value, **t.metrics} for t in self.trials
        ]

    def plot(self, folder: Path | str) -> list[Path]:
        """Draw history, slices and parallel coordinates as SVG and PNG; returns the paths of the files."""
        from minigrad.search import plots

        return plots.draw(self, Path(folder))


def read(study: OptunaStudy, direction: str, space: Mapping[str, Domain]) -> Study:
    """What an Optuna study holds by now."""
    from optuna.trial import TrialState

    found: dict[str, list[Trial]] = {"trials": [], "failed": [], "pruned": []}
    for number, tries in attempts(study).items():
        last = finished(tries) or tries[-1]
        fault = last.user_attrs.get(FAULT, "")
        if last.state == TrialState.COMPLETE:
            kind = "trials"
        elif last.state == TrialState.PRUNED:
            kind = "pruned"
        elif last.state == TrialState.FAIL and fault:
            kind = "failed"
        else:
            continue
        result = last.user_attrs.get(RESULT, {"seconds": float("nan"), "metrics": {}})
        found[kind].append(
            Trial(
                number=number,
                params={name: last.params[name] for name in space},
                value=float("nan") if last.value is None else last.value,
                metrics=result["metrics"],
                seconds=result["seconds"],
                fault=fault,
            )
        )
    parts = {kind: tuple(trials) for kind, trials in found.items()}
    return Study(study.study_name, direction, space, **parts)
