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
from minigrad.search.work import close

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


@contextmanager
def enqueued_twice(storage):
    """Two joined at once, and neither saw what the other enqueued."""
    with joined(storage) as mine, joined(storage) as other:
        mine.enqueue()
        other.read = lambda: None
        other.enqueue()
        del other.read
        assert states(other) == {k: ["WAITING", "WAITING"] for k in range(3)}
        yield mine, other


def test_of_two_attempts_one_is_begun(storage):
    numbers = []
    with enqueued_twice(storage) as (mine, other):
        for ledger in (mine, other, mine):
            ledger.read()
            numbers.append(ledger.claim().user_attrs["draw"])
        assert numbers == [0, 1, 2]
        mine.read()
        assert mine.claim() is None


def test_of_two_attempts_one_is_run_and_none_is_left_to_wait(storage):
    ran = Counter()

    def objective(params, trial):
        ran[trial.number] += 1
        return params["x"]

    with enqueued_twice(storage):
        pass
    search.random(objective, X, trials=3, storage=storage, name="n", heartbeat=FAST)
    assert ran == Counter(range(3))
    with joined(storage) as ledger:
        assert states(ledger) == {k: ["COMPLETE", "FAIL"] for k in range(3)}


@pytest.mark.parametrize("state", [TrialState.COMPLETE, TrialState.PRUNED])
def test_what_has_come_to_an_end_is_not_run_again(storage, state):
    with joined(storage) as ledger:
        ledger.enqueue()
        for value in range(3):
            trial = Trial(ledger.study, ledger.claim()._trial_id)
            value_or_none = float(value) if state == TrialState.COMPLETE else None
            close(ledger.study, trial, value_or_none, state, {})
            ledger.read()
        ledger.enqueue()
        assert ledger.left() == []
        assert states(ledger) == {k: [state.name] for k in range(3)}
