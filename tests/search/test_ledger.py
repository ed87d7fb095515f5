"""The moments at which a kill could lose a trial, one by one, and two that join at once."""

from collections import Counter
from contextlib import contextmanager

import pytest
from optuna.trial import Trial, TrialState
from searched import FAST, X

from minigrad import search
from minigrad.search.ledger import Ledger
from minigrad.search.plan import random_plan
from minigrad.search.storage import join, locate, opened
from minigrad.search.work import tell

PLAN = random_plan(X, trials=3, seed=0, name="n", direction="maximize")


@contextmanager
def joined(path):
    """A worker's view of the study."""
    with opened(locate(path), FAST) as storage:
        ledger = Ledger(join(storage, PLAN), storage, PLAN)
        ledger.read()
        yield ledger


def finished(path):
    return search.random(lambda p, t: p["x"], X, trials=3, storage=path, name="n", heartbeat=FAST)


def states(ledger):
    ledger.read()
    return {k: [a.state.name for a in tries] for k, tries in ledger.attempts.items()}


def test_killed_while_it_enqueues(storage):
    with joined(storage) as ledger:
        ledger.enqueue()
        # As if it had died before the second and third, and the first were elsewhere by now.
        for attempt in ledger.study.get_trials()[1:]:
            ledger.storage.set_trial_state_values(attempt._trial_id, TrialState.FAIL)
        ledger.claim()
        ledger.enqueue()
        assert states(ledger) == {0: ["RUNNING"], 1: ["FAIL", "WAITING"], 2: ["FAIL", "WAITING"]}


def test_killed_the_moment_it_has_claimed(storage):
    """It never gave a sign of life of its own."""
    with joined(storage) as ledger:
        ledger.enqueue()
        assert ledger.claim().user_attrs["draw"] == 0
    assert [trial.params for trial in finished(storage).trials] == [
        PLAN.params(k) for k in range(3)
    ]


def test_a_trial_that_runs_elsewhere_is_left_to_it(storage):
    with joined(storage) as mine, joined(storage) as other:
        mine.enqueue()
        other.enqueue()
        claimed = [ledger.claim().user_attrs["draw"] for ledger in (mine, other, mine)]
        assert claimed == [0, 1, 2]
        assert mine.claim() is None
        assert other.claim() is None
        assert len(mine.left()) == len(other.left()) == 3


def test_two_that_enqueue_at_once_run_each_trial_once(storage):
    with joined(storage) as mine, joined(storage) as other:
        for ledger in (mine, other):
            ledger.read()
        mine.enqueue()
        other.read = lambda: None  # it has not seen the other's
        other.enqueue()
        del other.read
        assert states(other) == {k: ["WAITING", "WAITING"] for k in range(3)}
    ran = Counter()

    def objective(params, trial):
        ran[trial.number] += 1
        return params["x"]

    search.random(objective, X, trials=3, storage=storage, name="n", heartbeat=FAST)
    assert ran == Counter(range(3))
    with joined(storage) as ledger:
        assert states(ledger) == {k: ["COMPLETE", "FAIL"] for k in range(3)}, (
            "and none is left to wait"
        )


def test_what_a_worker_that_was_given_up_finds_late_is_dropped(storage):
    with joined(storage) as ledger:
        ledger.enqueue()
        late = ledger.claim()
        trial = Trial(ledger.study, late._trial_id)
        ledger.storage.set_trial_state_values(late._trial_id, TrialState.FAIL)
        ledger.read()
        ledger.enqueue()
        tell(ledger.study, trial, 99.0, TrialState.COMPLETE)
    assert [t.value for t in finished(storage).trials] == [PLAN.params(k)["x"] for k in range(3)]


@pytest.mark.parametrize("state", [TrialState.COMPLETE, TrialState.PRUNED])
def test_what_has_come_to_an_end_is_not_run_again(storage, state):
    with joined(storage) as ledger:
        ledger.enqueue()
        for value in range(3):
            trial = Trial(ledger.study, ledger.claim()._trial_id)
            tell(ledger.study, trial, float(value) if state == TrialState.COMPLETE else None, state)
            ledger.read()
        ledger.enqueue()
        assert ledger.left() == []
        assert states(ledger) == {k: [state.name] for k in range(3)}
