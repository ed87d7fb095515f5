"""What programs ask of the process: memory that stays with it, and a number of threads."""

import subprocess
import sys

import pytest

PROGRAM = """
import resource, sys
import numpy as np
import minigrad
if sys.argv[1] == "kept":
    from minigrad.train.process import keep_freed_memory
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
    from minigrad.train import process

    class WithoutMallopt:
        pass

    monkeypatch.setattr(process.ctypes, "CDLL", lambda name: WithoutMallopt())
    assert process.keep_freed_memory() is False


def test_matrices_are_multiplied_on_as_many_threads_as_were_asked_for():
    program = (
        "import numpy, threadpoolctl; from minigrad.train.process import prepare; prepare(1); "
        "print([p['num_threads'] for p in threadpoolctl.threadpool_info() if p['user_api'] == 'blas'])"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert set(run.stdout.strip()) <= set("[1, ]"), run.stderr
    assert "1" in run.stdout or sys.platform == "darwin"  # Accelerate cannot be told
