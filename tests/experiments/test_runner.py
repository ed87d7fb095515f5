"""A run computes what is missing and nothing else; killed and resumed, it ends in the same tables."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from importlib import import_module
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from experiments.cache import Cache
from experiments.parts import Part, Report, Task
from experiments.runner import Options, run

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
CALLS: list[int] = []


@pytest.fixture
def toy(monkeypatch):
    """The toy by a name that other processes find too."""
    monkeypatch.syspath_prepend(HERE)
    return import_module("toy")


def square(settings, room):
    CALLS.append(settings["x"])
    room.tick(1)
    if settings["x"] == settings.get("fails"):
        raise OSError("the disk is full")
    return settings["x"] ** 2


def report(*parts):
    return Report("r", "R", parts, lambda done, quick: None)


def squares(*xs, **more):
    return [Task(f"t{x}", square, {"x": x, **more}) for x in xs]


def test_results_by_part_and_task(tmp_path):
    made = report(
        Part("one", lambda done, quick: squares(1, 2)),
        Part("two", lambda done, quick: squares(done["one"]["t2"]), after=("one",), cost=1),
    )
    outcome = run(made, Cache(tmp_path), Options(tmp_path))
    assert outcome.results == {"one": {"t1": 1, "t2": 4}, "two": {"t4": 16}}
    assert outcome.seconds.keys() == {"one", "two"}


def test_only_what_is_missing_is_computed(tmp_path):
    def go(*xs, **more):
        CALLS.clear()
        part = Part("one", lambda done, quick: squares(*xs, **more))
        return run(report(part), Cache(tmp_path), Options(tmp_path)).results["one"]

    assert go(1, 2) == {"t1": 1, "t2": 4}
    assert go(1, 2, 3) == {"t1": 1, "t2": 4, "t3": 9}
    assert CALLS == [3]
    go(1, 2, 3, seed=1)
    assert CALLS == [1, 2, 3]


def test_what_was_done_before_a_failure_is_kept(tmp_path):
    def go(fails):
        CALLS.clear()
        tasks = [*squares(1, 2), Task("t3", square, {"x": 3} | ({"fails": 3} if fails else {}))]
        return run(
            report(Part("one", lambda done, quick: tasks)), Cache(tmp_path), Options(tmp_path)
        )

    with pytest.raises(OSError, match="full"):
        go(fails=True)
    assert go(fails=False).results["one"]["t3"] == 9
    assert CALLS == [3]


def test_two_tasks_of_one_name_are_refused(tmp_path):
    tasks = [Task("t", square, {"x": 1}), Task("t", square, {"x": 2})]
    with pytest.raises(ValueError, match="two tasks of part one share a name"):
        run(report(Part("one", lambda done, quick: tasks)), Cache(tmp_path), Options(tmp_path))


def test_tasks_spread_over_processes_but_for_those_alone(tmp_path, toy):
    tasks = [Task(f"t{k}", toy.note, {"k": k}) for k in range(3)]
    tasks.append(Task("alone", toy.note, {}, alone=True))
    part = Part("one", lambda done, quick: tasks)
    found = run(report(part), Cache(tmp_path), Options(tmp_path, jobs=2)).results["one"]
    assert found["alone"] == {"jobs": 2, "pid": os.getpid()}
    others = [found[f"t{k}"] for k in range(3)]
    assert all(each["jobs"] == 1 and each["pid"] != os.getpid() for each in others)


# ---- killed and resumed ----


def start(folder, *argv):
    """The toy in a process group of its own, so that its workers can be told from others."""
    folder.mkdir(exist_ok=True)
    command = [sys.executable, str(HERE / "toy.py"), "--data-dir", str(folder), "--out",
               str(folder / "out"), "--results", str(folder / "results"), *argv]  # fmt: skip
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(HERE)])},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finish(folder, *argv):
    process = start(folder, *argv)
    out, _ = process.communicate()
    assert process.returncode == 0, out
    return out


def tables(folder):
    """Everything that the run publishes, but for when and how long."""
    results = folder / "results" / "toy"
    kept = {path.name: path.read_bytes() for path in results.glob("tables/*")}
    kept |= {path.name: path.read_bytes() for path in results.glob("figures/*")}
    return kept | {
        "numbers": json.loads((results / "report.json").read_text(encoding="utf-8"))["numbers"]
    }


def kill_and_resume(folder, monkeypatch, rng, times, *argv):
    """SIGKILL after a random number of updates, as often as `times` says; the last run goes to the end.

    A run that was resumed has fewer updates to do, and may end before it is killed. Returns how many were.
    """
    killed = 0
    monkeypatch.setenv("TOY_SIGNAL", str(int(signal.SIGKILL)))
    for _ in range(times):
        monkeypatch.setenv("TOY_SIGNAL_AFTER", str(rng.integers(1, 60)))
        process = start(folder, *argv, *["--resume"] * (killed > 0))
        process.communicate()
        killed += process.returncode == -signal.SIGKILL
    monkeypatch.delenv("TOY_SIGNAL_AFTER")
    finish(folder, *argv, "--resume")
    return killed


@pytest.mark.slow
def test_killed_and_resumed_it_ends_in_the_same_tables(tmp_path, monkeypatch):
    finish(tmp_path / "whole")
    assert kill_and_resume(tmp_path / "killed", monkeypatch, np.random.default_rng(0), 2) > 0
    assert tables(tmp_path / "killed") == tables(tmp_path / "whole")


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 3])
@pytest.mark.parametrize("seed", range(3))
def test_killed_again_and_again(tmp_path, monkeypatch, seed, jobs):
    finish(tmp_path / "whole")
    rng = np.random.default_rng(seed)
    assert kill_and_resume(tmp_path / "killed", monkeypatch, rng, 6, "--jobs", str(jobs)) > 0
    assert tables(tmp_path / "killed") == tables(tmp_path / "whole")


@pytest.mark.slow
def test_no_worker_outlives_a_run_that_is_killed(tmp_path, monkeypatch):
    monkeypatch.setenv("TOY_SIGNAL_AFTER", "5")
    monkeypatch.setenv("TOY_SIGNAL", "0")  # none: the workers pause
    process = start(tmp_path, "--jobs", "2")
    paused = (line for line in process.stdout if "signal" in line)
    assert len(list(islice(paused, 2))) == 2
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    if not children.exists():
        pytest.skip("needs Linux")
    workers = [int(pid) for pid in children.read_text(encoding="utf-8").split()]
    assert len(workers) >= 2
    process.kill()
    process.communicate()
    deadline = time.monotonic() + 600
    while any(Path(f"/proc/{pid}").exists() for pid in workers) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(Path(f"/proc/{pid}").exists() for pid in workers)


def test_what_a_part_is_expected_to_cost(toy):
    assert [part.name for part in toy.REPORT.parts] == ["first", "second"]
    assert toy.REPORT.parts[0].expected(True) == 60
    assert toy.REPORT.parts[1].expected(True) == 20
