"""Worker processes: the table is that of one process, whoever is killed, and when."""

import os
from signal import SIGKILL

import pytest
import searched
from killing import children, kill_at_random, needs_proc, started, until, wait_until_ended
from searched import FAST, SPACE, X, calls, expected, found, running

from minigrad import search
from minigrad.errors import SearchError


def test_workers_give_the_table_of_one_process_each_trial_once(storage, log):
    assert found(str(storage), 8, 3).table() == expected(8)
    assert calls(log) == list(range(8))


@needs_proc
@pytest.mark.slow
def test_a_killed_program_goes_on_and_loses_no_finished_trial(storage, log, monkeypatch):
    monkeypatch.setenv("SEARCH_SLEEP", "0.3")
    with started(storage, 12, 2) as program:
        until(lambda: len(calls(log)) >= 4, program)
        workers = children(program.pid)
        program.kill()
    assert len(workers) == 2
    for worker in workers:
        wait_until_ended(worker)
    monkeypatch.setenv("SEARCH_SLEEP", "0")
    before = search.load("bowl", storage)
    assert 1 <= len(before.trials) < 12
    log.write_text("", encoding="utf-8")
    after = found(str(storage), 12, 1, heartbeat=FAST)
    assert after.table() == expected(12)
    assert set(calls(log)) == set(range(12)) - {trial.number for trial in before.trials}
    assert {t.number: t.seconds for t in before.trials}.items() <= {
        t.number: t.seconds for t in after.trials
    }.items(), "they are the very same"


@pytest.mark.slow
@needs_proc
def test_a_killed_worker_is_stood_in_for(storage, log, monkeypatch):
    monkeypatch.setenv("SEARCH_SLEEP", "0.3")
    with started(storage, 10, 3) as program:
        until(lambda: len(calls(log)) >= 4, program)
        os.kill(children(program.pid)[0], SIGKILL)
        assert program.wait() == 0
        said = program.stderr.read()
    assert said == "minigrad.search: a worker died (exit code -9); 2 left\n"
    assert search.load("bowl", storage).table() == expected(10)
    assert set(calls(log)) == set(range(10))


@needs_proc
@pytest.mark.slow
@pytest.mark.parametrize(("seed", "jobs"), [(1, 1), (2, 2), (3, 3)])
def test_killed_at_random_moments_it_ends_in_the_same_table(storage, log, monkeypatch, seed, jobs):
    monkeypatch.setenv("SEARCH_SLEEP", "0.1")
    assert kill_at_random(storage, log, seed, jobs, kills=6) >= 6
    assert search.load("bowl", storage).table() == expected(60)
    assert set(calls(log)) == set(range(60))


@needs_proc
@pytest.mark.slow
def test_several_programs_share_a_new_file_each_trial_once(storage, log):
    programs = [started(storage, 40, 2, heartbeat=10) for _ in range(3)]
    for program in programs:
        with program:
            assert program.wait() == 0, program.stderr.read()
    assert calls(log) == list(range(40))
    assert search.load("bowl", storage).table() == expected(40)


def test_what_a_worker_raises_is_raised_here_and_the_others_stop(storage, log):
    with pytest.raises(SearchError) as caught:
        search.random(searched.fails_beside_another, X, trials=4, storage=storage, name="n", jobs=2)
    assert str(caught.value).startswith("trial 2 of 'n' raised ZeroDivisionError: by hand\n")
    assert 'raise ZeroDivisionError("by hand")' in caught.value.__notes__[0]
    assert [trial.number for trial in search.load("n", storage).trials] == [0, 1]
    assert running(storage) == 0, "the other has given its trial back"


def test_workers_that_all_die_are_an_error_and_not_a_hang(storage, capfd):
    with pytest.raises(SearchError) as caught:
        search.random(searched.dies, X, trials=3, storage=storage, name="n", jobs=2, heartbeat=FAST)
    assert str(caught.value).startswith("all workers of 'n' died\n  If memory ran out, ")
    assert capfd.readouterr().err.splitlines() == [
        "minigrad.search: a worker died (exit code 7); 1 left",
        "minigrad.search: a worker died (exit code 7); 0 left",
    ]


def test_an_objective_that_cannot_be_sent(storage):
    with pytest.raises(SearchError) as caught:
        search.random(lambda p, k: 1.0, X, trials=3, storage=storage, jobs=2)
    said, needed = str(caught.value).splitlines()
    assert said.startswith("jobs=2 sends the objective to other processes, and it cannot be sent: ")
    assert needed == "  needed: a function at the top level of a module, or jobs=1"


@pytest.mark.parametrize("jobs", [1, 2])
def test_blas_has_one_thread(storage, jobs):
    """So that sums do not hang on the number of workers."""
    study = search.random(searched.threads, SPACE, trials=2, storage=storage, jobs=jobs)
    assert [trial.value for trial in study.trials] == [1, 1]
