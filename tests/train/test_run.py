"""A run that is killed: at random moments from outside, and at every step of saving from inside."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from minigrad.train import History, checkpoint

PROGRAM = """
import sys
from conftest import SmallRun
print("ready", flush=True)
SmallRun().fit(epochs=30, folder=sys.argv[1], save_every=4, resume=True)
"""
FILES = ("checkpoint.safetensors", "history.jsonl")


def contents(folder):
    return {name: (folder / name).read_bytes() for name in FILES}


def started(folder):
    here = Path(__file__).parent
    paths = os.pathsep.join([str(here), str(here.parent.parent)])
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, folder],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": paths},
    )


def test_sigkill_at_random_moments(small_run, tmp_path):
    small_run().fit(epochs=30, folder=tmp_path / "unbroken", save_every=4)
    folder = tmp_path / "killed"
    moments = random.Random(0)
    steps = []
    for _ in range(6):
        with started(folder) as process:
            process.stdout.readline()
            time.sleep(moments.uniform(0, 0.12))
            process.kill()
        if (folder / FILES[0]).exists():
            steps.append(checkpoint.load(folder / FILES[0])["updates"])
            History.read(folder / FILES[1])
    assert steps == sorted(steps), "work that was saved has been lost"
    with started(folder) as process:
        assert process.wait() == 0
    assert contents(folder) == contents(tmp_path / "unbroken")


class Killed(BaseException):
    """Nothing catches it."""


@pytest.mark.parametrize("call", range(1, 17))
def test_killed_at_each_step_of_saving(call, small_run, tmp_path, monkeypatch):
    """The files' calls to the system, in their order: the run ends before one of them."""
    small_run().fit(folder=tmp_path / "unbroken", save_every=4)
    calls = 0

    def dying(original):
        def instead(*arguments):
            nonlocal calls
            calls += 1
            if calls == call:
                raise Killed
            return original(*arguments)

        return instead

    with monkeypatch.context() as patch:
        for name in ("fsync", "replace"):
            patch.setattr(os, name, dying(getattr(os, name)))
        with pytest.raises(Killed):
            small_run().fit(folder=tmp_path / "killed", save_every=4)
    if call > 2:  # before that there was no checkpoint yet
        checkpoint.load(tmp_path / "killed" / FILES[0])
    small_run().fit(folder=tmp_path / "killed", save_every=4, resume=True)
    assert contents(tmp_path / "killed") == contents(tmp_path / "unbroken")


def test_a_checkpoint_has_all_that_the_next_update_depends_on(small_run, tmp_path):
    small_run().fit(folder=tmp_path, updates=5, keep={"note": [1, "two"]})
    state = checkpoint.load(tmp_path / FILES[0])
    assert state["keep"] == {"note": [1, "two"]}
    assert (state["updates"], state["total"]) == (5, 5)
    assert state["settings"]["schedule"] == {
        "class": "Cyclical",
        "eta_min": 0.001,
        "eta_max": 0.05,
        "n_s": 5,
    }
    assert state["loader"]["handed_out"] == 5
    assert list(state["rngs"]) == ["3.rng"]
    assert state["model"]["1.running_mean"].any()
    assert set(state["optimizer"]["state"]) == {0, 1, 2, 3, 4, 5}
    assert state["history"] == (tmp_path / FILES[1]).stat().st_size
