"""A worker that was silent for too long: its trial has been given up, and what it brings comes too late."""

import pytest
from searched import X

from minigrad import search
from minigrad.errors import SearchError
from minigrad.search.ledger import Ledger
from minigrad.search.plan import random_plan
from minigrad.search.storage import HEARTBEAT, join, locate, opened


def give_up(storage, number):
    """What another worker does to a trial whose heart has stopped."""
    from optuna.trial import TrialState

    plan = random_plan(X, trials=3, seed=0, name="n", direction="maximize")
    with opened(locate(storage), HEARTBEAT) as database:
        ledger = Ledger(join(database, plan), database, plan)
        ledger.read()
        attempt = ledger.attempts[number][-1]
        database.set_trial_state_values(attempt._trial_id, TrialState.FAIL)


@pytest.mark.parametrize("prune", [False, True])
def test_what_comes_too_late_is_dropped_and_the_trial_is_run_again(storage, prune):
    called = []

    def objective(params, trial):
        called.append(trial.number)
        if called == [0, 1]:
            give_up(storage, 1)
            trial.report(99.0, 0)
            return {"value": 99.0, "late": True}
        return params["x"]

    study = search.random(objective, X, trials=3, storage=storage, name="n", prune=prune)
    assert called == [0, 1, 1, 2]
    assert [(trial.value, trial.metrics) for trial in study.trials] == [
        (trial.params["x"], {}) for trial in study.trials
    ]
    assert len(study.trials) == 3


def test_what_it_raises_is_not_lost(storage):
    def objective(params, trial):
        give_up(storage, 0)
        raise ValueError("however late")

    with pytest.raises(SearchError, match="trial 0 of 'n' raised ValueError: however late"):
        search.random(objective, X, trials=3, storage=storage, name="n")
