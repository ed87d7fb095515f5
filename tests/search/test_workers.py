"""Worker processes: the table is that of one process, whoever is killed, and when."""

import os
import time
from collections import Counter
from signal import SIGKILL

import numpy as np
import pytest
import searched
from killing import children, gone, needs_proc, started, until
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
    assert all(gone(worker) for worker in workers), "nobody is left behind"
    monkeypatch.setenv("SEARCH_SLEEP", "0")
    before = search.load("bowl", storage)
    assert 1 <= len(before.trials) < 12
    log.write_text("")
    after = found(str(storage), 12, 1, grace=2)
    assert after.table() == expected(12)
    assert set(calls(log)) == set(range(12)) - {trial.number for trial in before.trials}
    assert {t.number: t.seconds for t in before.trials}.items() <= {
        t.number: t.seconds for t in after.trials
    }.items(), "they are the very same"


@needs_proc
def test_a_killed_worker_is_stood_in_for(storage, log, monkeypatch):
    monkeypatch.setenv("SEARCH_SLEEP", "0.3")
    with started(storage, 10, 3) as program:
        until(lambda: len(calls(log)) >= 4, program)
        os.kill(children(program.pid)[0], SIGKILL)
        assert program.wait(60) == 0
        said = program.stderr.read()
    assert said == "minigrad.search: a worker died (signal SIGKILL); 2 go on\n"
    assert search.load("bowl", storage).table() == expected(10)
    assert set(calls(log)) == set(range(10))


@needs_proc
@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_killed_at_random_moments_it_ends_in_the_same_table(storage, log, monkeypatch, seed):
    """Six times the program or one of its three workers, after a few more trials and a moment."""
    monkeypatch.setenv("SEARCH_SLEEP", "0.1")
    rng, kills = np.random.default_rng(seed), Counter()
    while kills.total() < 6:
        with started(storage, 60, 3) as program:
            for victim in ("worker", "program") if rng.random() < 0.5 else ("program",):
                enough = len(calls(log)) + rng.integers(1, 7)
                until(lambda enough=enough: len(calls(log)) >= enough, program)
                time.sleep(rng.uniform(0, 0.4))
                os.kill(
                    rng.choice(children(program.pid)) if victim == "worker" else program.pid,
                    SIGKILL,
                )
                kills[victim] += 1
    assert 0 < len(search.load("bowl", storage).trials) < 60
    with started(storage, 60, 3) as program:
        assert program.wait(300) == 0, program.stderr.read()
    assert search.load("bowl", storage).table() == expected(60)
    assert min(kills["worker"], kills["program"]) >= 1


@needs_proc
@pytest.mark.slow
def test_several_programs_share_a_new_file_each_trial_once(storage, log):
    programs = [started(storage, 40, 2, grace=30) for _ in range(3)]
    for program in programs:
        with program:
            assert program.wait(120) == 0, program.stderr.read()
    assert calls(log) == list(range(40))
    assert search.load("bowl", storage).table() == expected(40)


def test_what_a_worker_raises_is_raised_here_and_the_others_stop(storage, log):
    with pytest.raises(SearchError) as caught:
        search.random(searched.fails_beside_another, X, trials=4, storage=storage, name="n", jobs=2)
    assert str(caught.value).startswith("trial 2 of 'n' raised ZeroDivisionError: by hand\n")
    assert 'raise ZeroDivisionError("by hand")' in str(caught.value.__cause__)
    assert [trial.number for trial in search.load("n", storage).trials] == [0, 1]
    assert running(storage) == 0, "the other has given its trial back"


def test_workers_that_all_die_are_an_error_and_not_a_hang(storage, capfd):
    with pytest.raises(SearchError) as caught:
        search.random(searched.dies, X, trials=3, storage=storage, name="n", jobs=2, heartbeat=FAST)
    assert str(caught.value).startswith("all workers of 'n' died before the end\n  Out of memory? ")
    assert capfd.readouterr().err.splitlines() == [
        "minigrad.search: a worker died (exit code 7); 1 go on",
        "minigrad.search: a worker died (exit code 7); none is left",
    ]


def test_an_objective_that_cannot_be_sent(storage):
    with pytest.raises(SearchError) as caught:
        search.random(lambda p, t: 1.0, X, trials=3, storage=storage, jobs=2)
    said, needed = str(caught.value).splitlines()
    assert said.startswith(
        "jobs=2 hands the objective to other processes, and this one cannot be sent: "
    )
    assert needed == "  needed: a function at the top level of a module, or jobs=1"


@pytest.mark.parametrize("jobs", [1, 2])
def test_blas_has_one_thread(storage, jobs):
    """So that sums do not hang on the number of workers."""
    study = search.random(searched.threads, SPACE, trials=2, storage=storage, jobs=jobs)
    assert [trial.value for trial in study.trials] == [1, 1]
