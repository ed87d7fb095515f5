"""Two functions timed against each other in one process, turn by turn."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

Step = Callable[[], object]

REST = 0.05
"""Seconds between turns. The threads of OpenBLAS and of OpenMP wait for more work by spinning, and would take
the cores from the other's; after this long they sleep."""


@dataclass(frozen=True)
class Result:
    """Medians over all turns: seconds per call of each, and how many times as fast ours is."""

    ours: float
    theirs: float
    ratio: float


def race(ours: Step, theirs: Step, turns: int, seconds: float = 0.1) -> Result:
    """Let both take turns, of about `seconds` each; a turn counts with the median of its calls.

    The ratio is the median of the ratios of neighbouring turns, so that a machine which is slow for a
    while is slow for both.
    """
    calls = max(3, round(seconds / turn(theirs, 3)))
    pairs = [(turn(ours, calls), turn(theirs, calls)) for _ in range(turns)]
    return Result(
        statistics.median(a for a, _ in pairs),
        statistics.median(b for _, b in pairs),
        statistics.median(b / a for a, b in pairs),
    )


def turn(step: Step, calls: int) -> float:
    """The median time of `calls` calls, after two that warm up."""
    time.sleep(REST)
    step()
    step()
    times = []
    for _ in range(calls):
        begin = time.perf_counter()
        step()
        times.append(time.perf_counter() - begin)
    return statistics.median(times)
