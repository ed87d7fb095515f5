"""Programs that search, started to be killed, and how to find their workers."""

import os
import subprocess
import sys
import time
from pathlib import Path
from signal import SIGKILL

import numpy as np
import pytest
import searched
from searched import FAST, calls


def started(storage, trials, jobs, heartbeat=FAST):
    """A search in a program of its own."""
    return subprocess.Popen(
        [sys.executable, searched.__file__, *map(str, (storage, trials, jobs, heartbeat))],
        stderr=subprocess.PIPE,
        text=True,
    )


def children(pid):
    """The worker processes of a program: its children that were spawned to run something."""
    found = []
    for path in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split():
        if b"spawn_main" in Path(f"/proc/{path}/cmdline").read_bytes():
            found.append(int(path))
    return found


def wait_until_ended(pid):
    """Wait until a process has ended; a zombie has ended too."""
    stat = Path(f"/proc/{pid}/stat")
    while stat.exists():
        try:
            if stat.read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z":
                return
        except (FileNotFoundError, ProcessLookupError):
            return
        time.sleep(0.05)


def until(condition, process):
    """Wait until something has happened in a program that runs."""
    while not condition():
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.02)


def kill_at_random(storage, log, seed, jobs, kills, trials=60):
    """Kill the program, or one of its workers and then the program, after a few more trials and a moment.

    Resume it after each kill of the program, and at last let it finish. Returns the number of kills.
    """
    rng, killed = np.random.default_rng(seed), 0
    while killed < kills:
        with started(storage, trials, jobs) as program:
            both = jobs > 1 and rng.random() < 0.5
            for victim in ("worker", "program") if both else ("program",):
                enough = len(calls(log)) + rng.integers(1, 7)
                until(lambda enough=enough: len(calls(log)) >= enough, program)
                time.sleep(rng.uniform(0, 0.4))
                workers = children(program.pid)
                os.kill(rng.choice(workers) if victim == "worker" else program.pid, SIGKILL)
                killed += 1
    with started(storage, trials, jobs) as program:
        assert program.wait() == 0, program.stderr.read()
    return killed


needs_proc = pytest.mark.skipif(
    not Path("/proc/self/task").exists(), reason="finds the worker processes in Linux's /proc"
)
