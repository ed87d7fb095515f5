"""The results of a search: its trials, the best of them, a table, pictures, and the space around the best."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan
from pathlib import Path
from typing import Any, final

import optuna
from optuna.trial import TrialState

from minigrad.errors import SearchError
from minigrad.search.attempts import FAULT, METRICS, find_final, read_attempts
from minigrad.search.plan import Direction, Params, require_whole
from minigrad.search.plots import draw_pictures
from minigrad.search.space import Domain, Space, narrow
from minigrad.search.storage import quiet


@final
@dataclass(frozen=True)
class Trial:
    """A trial that has ended. Without a value, `value` is nan and `fault` tells the reason."""

    number: int
    params: Params
    value: float
    metrics: dict[str, Any]
    seconds: float
    fault: str = ""


@final
@dataclass(frozen=True)
class Study:
    """The trials at the time when the search returned. It has no connection to the storage."""

    name: str
    direction: Direction
    space: Space
    trials: tuple[Trial, ...]
    """The trials with a value, in the order of their numbers."""
    failed: tuple[Trial, ...] = ()
    """The trials whose objective returned nan or inf, or raised and has not been repeated."""

    @property
    def best(self) -> Trial:
        """The best trial; of equal ones the first. Raises `SearchError` if no trial has a value."""
        return self.top(1)[0]

    def top(self, count: int) -> list[Trial]:
        """The `count` best trials, the best first; all trials if there are fewer."""
        require_whole("top", count, 1)
        if not self.trials:
            raise SearchError(f"the study {self.name!r} has no trial with a value; see its .failed")
        sign = -1 if self.direction == "maximize" else 1
        return sorted(self.trials, key=lambda trial: sign * trial.value)[:count]

    def around(self, top: int = 3) -> dict[str, Domain]:
        """A finer space: for each parameter the part that holds the best `top` trials, and a margin.

        The margin of a log range is a factor. The part never exceeds the range from which it is taken. A
        choice keeps the options that occur among the best trials.
        """
        best = self.top(top)
        return {name: narrow(d, [t.params[name] for t in best]) for name, d in self.space.items()}

    def table(self) -> list[dict[str, Any]]:
        """One flat row for each trial: number, parameters, value, metrics; the same for any `jobs`."""
        return [{"number": t.number, **t.params, "value": t.value} | t.metrics for t in self.trials]

    def plot(self, folder: Path | str) -> list[Path]:
        """Draw history, slices and parallel coordinates as SVG and PNG; returns the paths of the files."""
        self.top(1)  # raises if no trial has a value
        return draw_pictures(self.to_optuna(), self.name, Path(folder))

    def to_optuna(self) -> optuna.Study:
        """The trials with a value as an Optuna study in memory, in the order of their numbers."""
        with quiet():
            made = optuna.create_study(direction=self.direction)
        space: dict[str, Any] = dict(self.space)
        for t in self.trials:
            made.add_trial(optuna.create_trial(params=t.params, distributions=space, value=t.value))
        return made


def read_study(study: optuna.Study, space: Space) -> Study:
    """The trials that an Optuna study holds now."""
    ended: dict[bool, list[Trial]] = {False: [], True: []}
    for number, attempts in sorted(read_attempts(study).items()):
        attempt = find_final(attempts) or attempts[-1]
        fault, metrics = (attempt.user_attrs.get(key) for key in (FAULT, METRICS))
        if attempt.state == TrialState.COMPLETE or (attempt.state == TrialState.FAIL and fault):
            params = {name: attempt.params[name] for name in space}
            value = nan if attempt.value is None else attempt.value
            assert attempt.duration is not None
            seconds = attempt.duration.total_seconds()
            trial = Trial(number, params, value, metrics or {}, seconds, fault or "")
            ended[bool(fault)].append(trial)
    direction: Any = study.direction.name.lower()
    return Study(study.study_name, direction, space, tuple(ended[False]), tuple(ended[True]))
