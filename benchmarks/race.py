"""Timing of two functions in one process, in alternating turns."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

Step = Callable[[], object]

REST = 0.05
"""Seconds between turns. The threads of OpenBLAS and of OpenMP spin while they wait for work, and would take
the cores from the other function; after this time they sleep."""


@dataclass(frozen=True)
class Result:
    """Medians over all turns: seconds per call of each, and how many times as fast ours is."""

    ours: float
    theirs: float
    ratio: float


def race(ours: Step, theirs: Step, turns: int, seconds: float = 0.1) -> Result:
    """Time both in turns of about `seconds` each. The time of a turn is the median of its calls.

    The ratio is the median of the ratios of neighbouring turns, so a machine that is slow for a while is
    slow for both.
    """
    calls = max(3, round(seconds / turn(theirs, 3)))
    pairs = [(turn(ours, calls), turn(theirs, calls)) for _ in range(turns)]
    return Result(
        statistics.median(a for a, _ in pairs),
        statistics.median(b for _, b in pairs),
        statistics.median(b / a for a, b in pairs),
    )


def turn(step: Step, calls: int) -> float:
    """The median time of `calls` calls, after two calls as a warm-up."""
    time.sleep(REST)
    step()
    step()
    times = []
    for _ in range(calls):
        begin = time.perf_counter()
        step()
        times.append(time.perf_counter() - begin)
    return statistics.median(times)
