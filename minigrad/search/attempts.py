"""The trials of a plan in an Optuna study: which have ended, which wait, and which one is next.

Optuna cannot begin a trial twice, so trial k of a plan may take several of Optuna's trials. These are its
attempts; each stores k as its attribute "number". Optuna fails an attempt whose heartbeat has stopped, and
the rule of `enqueue` adds another one. The same rule covers a search that is new, resumed or extended.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import optuna
from optuna.storages import RDBStorage
from optuna.trial import FrozenTrial, TrialState

from minigrad.errors import SearchError
from minigrad.search.plan import Plan
from minigrad.search.storage import format_url, quiet

NUMBER, METRICS, FAULT = "number", "metrics", "fault"
"""Attributes of an attempt: the trial's number; its metrics; the reason for which it has no value."""
NOT_FINITE = "not finite"
"""The fault of an attempt starts with this if its value was not finite. The trial is then not repeated."""
Attempts = dict[int, list[FrozenTrial]]
"""The attempts at each trial, the first one first."""


def join_study(storage: RDBStorage, plan: Plan) -> optuna.Study:
    """The study of the plan; made if it does not exist. Raises `SearchError` if it has other trials."""
    with quiet():
        study = optuna.create_study(
            storage=storage, study_name=plan.name, direction=plan.direction, load_if_exists=True
        )
    difference = ""
    if study.direction.name.lower() != plan.direction:
        difference = f"it does not {plan.direction}"
    for attempt in study.get_trials(deepcopy=False):
        number, params = attempt.user_attrs.get(NUMBER, -1), attempt.params
        same = params == plan.trials.get(number, params) and attempt.distributions == plan.space
        if number < 0 or not same:
            difference = f"it has a trial with {params} from {attempt.distributions}"
    if difference:
        raise SearchError(
            f"the study {plan.name!r} in {format_url(storage.url)} is another search: {difference}\n"
            "  Give this search another name= or storage=, or the space, seed and direction of that one."
        )
    return study


def read_attempts(study: optuna.Study) -> Attempts:
    """All attempts that the storage has now."""
    attempts: Attempts = defaultdict(list)
    for attempt in study.get_trials(deepcopy=False):
        attempts[attempt.user_attrs[NUMBER]].append(attempt)
    return attempts


def find_final(attempts: Sequence[FrozenTrial]) -> FrozenTrial | None:
    """The attempt that ended the trial, with a value or with one that is not finite. None if none has."""
    for attempt in attempts:
        not_finite = attempt.user_attrs.get(FAULT, "").startswith(NOT_FINITE)
        if attempt.state == TrialState.COMPLETE or (attempt.state.is_finished() and not_finite):
            return attempt
    return None


def find_unfinished(plan: Plan, attempts: Attempts) -> list[int]:
    """The numbers of the trials that have not ended, in the order in which they begin."""
    return [number for number in plan.trials if find_final(attempts[number]) is None]


def enqueue(study: optuna.Study, plan: Plan) -> Attempts:
    """Add a waiting attempt to each unfinished trial for which none waits or runs. Returns all attempts.

    Optuna's `RetryFailedTrialCallback` would add one when it fails an attempt. But these are two
    transactions, and a process that is killed between them would lose the trial.
    """
    with quiet():
        optuna.storages.fail_stale_trials(study)
    attempts = read_attempts(study)
    unfinished = find_unfinished(plan, attempts)
    missing = [k for k in unfinished if all(a.state.is_finished() for a in attempts[k])]
    waiting, space = TrialState.WAITING, dict[str, Any](plan.space)
    for k in missing:
        attempt = optuna.create_trial(
            state=waiting, params=plan.trials[k], distributions=space, user_attrs={NUMBER: k}
        )
        study.add_trial(attempt)
    return read_attempts(study) if missing else attempts


def claim(storage: RDBStorage, plan: Plan, attempts: Attempts) -> FrozenTrial | None:
    """Begin the next attempt that waits. Returns None if all trials that are left run elsewhere.

    Optuna's `Study.ask` is not used for two reasons. If no attempt waits, it makes a trial that is not in the
    plan. And it writes no heartbeat. Optuna never fails a running attempt that has no heartbeat, so if its
    worker were killed at once, the trial would be lost. Here the heartbeat is written first.
    """
    for number in find_unfinished(plan, attempts):
        states = [attempt.state for attempt in attempts[number]]
        # Two programs that join at once may both enqueue a trial. It must not run in both of them.
        if TrialState.RUNNING in states or TrialState.WAITING not in states:
            continue
        attempt = attempts[number][states.index(TrialState.WAITING)]
        storage.record_heartbeat(attempt._trial_id)
        try:
            if storage.set_trial_state_values(attempt._trial_id, TrialState.RUNNING):
                return attempt
        except RuntimeError:
            continue  # it has ended since `attempts` was read: another worker has run it
    return None
