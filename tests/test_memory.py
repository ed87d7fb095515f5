"""The process's memory: freed arrays stay with it once it is told so, and not before."""

import subprocess
import sys

import pytest

PROGRAM = """
import resource, sys
import numpy as np
import minigrad
if sys.argv[1] == "kept":
    from minigrad.memory import keep_freed_memory
    if not keep_freed_memory():
        raise SystemExit("refused")
def step():
    return [np.ones(1_000_000, np.float32) for _ in range(10)]
step()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(5):
    step()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def page_faults(how: str) -> int:
    run = subprocess.run([sys.executable, "-c", PROGRAM, how], capture_output=True, text=True)
    if run.stderr.strip() == "refused":
        pytest.skip("the C library is not glibc")
    return int(run.stdout)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc is Linux's")
def test_arrays_of_the_next_step_lie_where_those_of_the_last_one_lay():
    assert page_faults("kept") * 5 < page_faults("as it is")  # and the import alone changes nothing


def test_elsewhere_nothing_happens(monkeypatch):
    from minigrad import memory

    class WithoutMallopt:
        pass

    monkeypatch.setattr(memory.ctypes, "CDLL", lambda name: WithoutMallopt())
    assert memory.keep_freed_memory() is False
