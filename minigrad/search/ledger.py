"""Which trial is next: what has been done, what is running somewhere, what its worker left behind.

In Optuna a trial that has begun cannot begin again, so trial k of a search may take several of Optuna's:
its *attempts*, which bear k as their attribute "draw". An attempt whose worker died is failed by Optuna
when its heartbeat stops, and k is then missing like one that was never begun. One rule, `enqueue`,
covers the first run, one that is resumed, one with more trials, and one that lost a worker.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, final

from minigrad.search.library import quiet
from minigrad.search.plan import Plan

if TYPE_CHECKING:
    from optuna import Study as OptunaStudy
    from optuna.storages import RDBStorage
    from optuna.trial import FrozenTrial

DRAW, RESULT, FAULT = "draw", "result", "fault"
"""Attributes of an attempt: the trial's number; its seconds and metrics; why it has no value."""
NOT_FINITE = "not finite"
"""Begins the fault of a trial that ran to its end without a number for a value: it would again."""


@final
class Ledger:
    """The attempts of an Optuna study by trial, as they were at the last `read`."""

    def __init__(self, study: OptunaStudy, storage: RDBStorage, plan: Plan) -> None:
        self.study, self.storage, self.plan = study, storage, plan
        self.attempts: dict[int, list[FrozenTrial]] = {}

    def read(self) -> None:
        self.attempts = attempts(self.study)

    def left(self) -> list[int]:
        """The numbers of the trials that have not come to an end, in the order of the plan."""
        return [k for k in self.plan.order if finished(self.attempts.get(k, ())) is None]

    def enqueue(self) -> None:
        """Fail the attempts whose heart has stopped; add one that waits to each trial that has none open.

        Optuna's `RetryFailedTrialCallback` would add one when it fails an attempt; but the two are
        separate writes, and a process that is killed in between loses the trial for good.
        """
        from optuna.trial import TrialState, create_trial

        with quiet() as package:
            package.storages.fail_stale_trials(self.study)
        self.read()
        distributions = {name: domain.distribution() for name, domain in self.plan.space.items()}
        missing = [
            k for k in self.left() if all(a.state.is_finished() for a in self.attempts.get(k, ()))
        ]
        for number in missing:
            self.study.add_trial(
                create_trial(
                    state=TrialState.WAITING,
                    params=self.plan.params(number),
                    distributions=distributions,
                    user_attrs={DRAW: number},
                )
            )
        if missing:
            self.read()  # what a worker costs is the reading of all that waits

    def claim(self) -> FrozenTrial | None:
        """Begin the next attempt that waits, or None: all that are left run elsewhere.

        The heart beats before the attempt runs: Optuna takes an attempt that never gave a sign of life
        for a healthy one, and it would run for ever if its worker were killed in between.
        """
        from optuna.exceptions import UpdateFinishedTrialError
        from optuna.trial import TrialState

        for number in self.left():
            if any(a.state.name == "RUNNING" for a in self.attempts[number]):
                continue
            waiting = next((a for a in self.attempts[number] if a.state.name == "WAITING"), None)
            if waiting is None:
                continue  # just now another worker has failed it
            self.storage.record_heartbeat(waiting._trial_id)
            try:
                if self.storage.set_trial_state_values(waiting._trial_id, TrialState.RUNNING):
                    return waiting
            except UpdateFinishedTrialError:
                continue  # another worker has been through it since
        return None

    def tidy(self) -> None:
        """Close the attempts that wait for a finished trial: two that join at once enqueue it twice."""
        from optuna.exceptions import UpdateFinishedTrialError
        from optuna.trial import TrialState

        for tries in self.attempts.values():
            if finished(tries) is not None:
                for attempt in tries:
                    if attempt.state == TrialState.WAITING:
                        try:
                            self.storage.set_trial_state_values(attempt._trial_id, TrialState.FAIL)
                        except UpdateFinishedTrialError:
                            continue


def attempts(study: OptunaStudy) -> dict[int, list[FrozenTrial]]:
    """The attempts at each trial, the oldest first."""
    found: dict[int, list[FrozenTrial]] = defaultdict(list)
    for trial in study.get_trials(deepcopy=False):
        if DRAW in trial.user_attrs:
            found[trial.user_attrs[DRAW]].append(trial)
    return dict(sorted(found.items()))


def finished(tries: Sequence[FrozenTrial]) -> FrozenTrial | None:
    """The attempt that brought its trial to an end: it would end like that again."""
    from optuna.trial import TrialState

    for attempt in tries:
        if attempt.state in (TrialState.COMPLETE, TrialState.PRUNED):
            return attempt
        if attempt.state == TrialState.FAIL and attempt.user_attrs.get(FAULT, "").startswith(
            NOT_FINITE
        ):
            return attempt
    return None
