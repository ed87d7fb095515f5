"""Programs that search, started to be killed, and how to find their workers."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
import searched


def started(storage, trials, jobs, grace=2):
    """A search in a program of its own, with quick heartbeats."""
    return subprocess.Popen(
        [sys.executable, searched.__file__, *map(str, (storage, trials, jobs, grace))],
        stderr=subprocess.PIPE,
        text=True,
    )


def children(pid):
    """The worker processes of a program: its children that were spawned to run something."""
    found = []
    for path in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        if b"spawn_main" in Path(f"/proc/{path}/cmdline").read_bytes():
            found.append(int(path))
    return found


def gone(pid):
    """Wait until a process is; a zombie is gone too."""
    for _ in range(200):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.05)
    return False


def until(condition, process, patience=60):
    end = time.monotonic() + patience
    while not condition():
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < end
        time.sleep(0.02)


needs_proc = pytest.mark.skipif(
    not Path("/proc/self/task").exists(), reason="finds the worker processes in Linux's /proc"
)
