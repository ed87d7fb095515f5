"""The moments at which a kill could lose a trial, one by one, and two programs that join at once."""

from collections import Counter
from contextlib import contextmanager

import optuna
import pytest
from optuna.trial import TrialState
from searched import FAST, X

from minigrad import search
from minigrad.errors import SearchError
from minigrad.search.attempts import claim, enqueue, find_unfinished, join_study, read_attempts
from minigrad.search.plan import random_plan
from minigrad.search.storage import open_storage, quiet, storage_url

PLAN = random_plan(X, 3, 0, "n", "maximize")


class Program:
    """The view that one program has of the study."""

    def __init__(self, storage):
        self.storage, self.study = storage, join_study(storage, PLAN)

    def enqueue(self):
        self.attempts = enqueue(self.study, PLAN)

    def read(self):
        self.attempts = read_attempts(self.study)

    def claim(self):
        """The number of the trial that is claimed, or None."""
        attempt = claim(self.storage, PLAN, self.attempts)
        return None if attempt is None else attempt.user_attrs["number"]

    def states(self):
        self.read()
        return {k: [a.state.name for a in self.attempts[k]] for k in sorted(self.attempts)}

    def set_state(self, number, state, value=None):
        """Set the state of the newest attempt at a trial."""
        self.read()
        values = None if value is None else [value]
        self.storage.set_trial_state_values(self.attempts[number][-1]._trial_id, state, values)


@contextmanager
def joined(path):
    with open_storage(storage_url(path), FAST) as storage:
        yield Program(storage)


def finish(path):
    """Run what is left of the plan."""
    return search.random(lambda p, k: p["x"], X, trials=3, storage=path, name="n", heartbeat=FAST)


def test_killed_while_it_enqueues(storage):
    with joined(storage) as program:
        program.enqueue()
        # As if it had died after the first, and the first ran in another program by now.
        for number in (1, 2):
            program.set_state(number, TrialState.FAIL)
        assert program.claim() == 0
        program.enqueue()
        assert program.states() == {
            0: ["RUNNING"],
            1: ["FAIL", "WAITING"],
            2: ["FAIL", "WAITING"],
        }


def test_killed_before_anything_is_enqueued(storage):
    with joined(storage):
        pass
    assert search.load("n", storage).trials == ()
    assert [trial.params for trial in finish(storage).trials] == list(PLAN.trials.values())


@pytest.mark.slow
def test_killed_the_moment_it_has_claimed(storage):
    """It never wrote a heartbeat while it ran."""
    with joined(storage) as program:
        program.enqueue()
        assert program.claim() == 0
    assert [trial.params for trial in finish(storage).trials] == list(PLAN.trials.values())


@pytest.mark.slow
@pytest.mark.parametrize("value", [0.5, None])
def test_killed_before_the_state_is_stored(storage, value):
    """It had stored the metrics, and of a value that is not finite also the fault: then that is final."""
    fault = "" if value else "not finite: the objective returned nan"
    with joined(storage) as program:
        program.enqueue()
        attempt = claim(program.storage, PLAN, program.attempts)
        trial = optuna.Trial(program.study, attempt._trial_id)
        trial.set_user_attr("metrics", {"m": 1})
        trial.set_user_attr("fault", fault)
    study = finish(storage)
    numbers = [0, 1, 2] if value else [1, 2]
    assert [trial.number for trial in study.trials] == numbers
    assert [trial.params for trial in study.trials] == [PLAN.trials[k] for k in numbers]
    assert [(trial.number, trial.fault) for trial in study.failed] == (
        [] if value else [(0, fault)]
    )


def test_a_trial_that_runs_elsewhere_is_left_to_it(storage):
    with joined(storage) as mine, joined(storage) as other:
        mine.enqueue()
        other.enqueue()
        assert [program.claim() for program in (mine, other, mine)] == [0, 1, 2]
        for program in (mine, other):
            assert program.claim() is None
            assert len(find_unfinished(PLAN, program.attempts)) == 3


@contextmanager
def enqueued_twice(storage, monkeypatch):
    """Two programs joined at once, and neither saw what the other enqueued."""
    with joined(storage) as mine, joined(storage) as other:
        with monkeypatch.context() as patch:
            both_see = read_attempts(mine.study)
            mine.enqueue()
            patch.setattr("minigrad.search.attempts.read_attempts", lambda study: both_see)
            other.enqueue()
        assert other.states() == {k: ["WAITING", "WAITING"] for k in range(3)}
        yield mine, other


def test_one_of_two_attempts_is_begun(storage, monkeypatch):
    numbers = []
    with enqueued_twice(storage, monkeypatch) as (mine, other):
        for program in (mine, other, mine):
            program.read()
            numbers.append(program.claim())
        assert numbers == [0, 1, 2]
        mine.read()
        assert mine.claim() is None


def test_one_of_two_attempts_is_run(storage, monkeypatch):
    ran = Counter()

    def objective(params, number):
        ran[number] += 1
        return params["x"]

    with enqueued_twice(storage, monkeypatch):
        pass
    for trials in (3, 5):  # the attempts that still wait are not run later either
        search.random(objective, X, trials=trials, storage=storage, name="n", heartbeat=FAST)
        assert ran == Counter(range(trials))


def test_what_has_ended_is_not_run_again(storage):
    with joined(storage) as program:
        program.enqueue()
        for number in range(3):
            assert program.claim() == number
            program.set_state(number, TrialState.COMPLETE, float(number))
            program.read()
        program.enqueue()
        assert find_unfinished(PLAN, program.attempts) == []
        assert program.states() == {k: ["COMPLETE"] for k in range(3)}


def fail_attempt(storage, number):
    """What another worker does to an attempt whose heartbeat has stopped."""
    with joined(storage) as program:
        program.set_state(number, TrialState.FAIL)


def test_a_result_that_is_too_late_is_dropped_and_the_trial_is_run_again(storage):
    called = []

    def objective(params, number):
        called.append(number)
        if called == [0, 1]:
            fail_attempt(storage, 1)
            return {"value": 99.0, "late": True}
        return params["x"]

    study = search.random(objective, X, trials=3, storage=storage, name="n")
    assert called == [0, 1, 1, 2]
    assert [(trial.value, trial.metrics) for trial in study.trials] == [
        (trial.params["x"], {}) for trial in study.trials
    ]
    assert len(study.trials) == 3


def test_an_exception_that_is_too_late_is_not_lost(storage):
    def objective(params, number):
        fail_attempt(storage, 0)
        raise ValueError("however late")

    with pytest.raises(SearchError, match="trial 0 of 'n' raised ValueError: however late"):
        search.random(objective, X, trials=3, storage=storage, name="n")


def test_a_study_that_optuna_made_for_others_is_refused(storage):
    with quiet():
        study = optuna.create_study(
            study_name="n", storage=f"sqlite:///{storage}", direction="maximize"
        )
        study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=1)
        study._storage._backend.engine.dispose()
    with pytest.raises(SearchError) as caught:
        finish(storage)
    message = str(caught.value)
    assert message.startswith(f"the study 'n' in {storage} is another search: it has a trial with ")
    assert message.endswith("\n  Give this search another name= or storage=, or the space, seed and "
                            "direction of that one.")  # fmt: skip
