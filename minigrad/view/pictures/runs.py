"""Runs in a sequence: where a few signs, one after another, are repeated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

FEWEST = 3
"""So many identical parts are folded."""

LONGEST = 8
"""A run may repeat so many neighbours at a time: a layer, its activation, ..."""


class Run(NamedTuple):
    start: int
    period: int
    times: int


def runs(signs: Sequence[int], alike: Sequence[int]) -> list[Run]:
    """The runs of at least `FEWEST` repetitions, the longest from the left first.

    What stands before a run belongs to it if it is equal but for its inputs, as `alike` says: the first
    turn of a loop takes what was there before it, and not what the turn before made.
    """
    n = len(signs)
    periods = [period for period in range(1, LONGEST + 1) if FEWEST * period <= n]
    ahead = {period: matches(signs, period) for period in periods}
    found, i, free = [], 0, 0
    while i < n:
        best = Run(i, 1, 1)
        for period in periods:
            count = ahead[period][i] // period + 1 if i < len(ahead[period]) else 1
            if count >= FEWEST and count * period > best.times * best.period:
                best = Run(i, period, count)
        if best.times < FEWEST:
            i += 1
            continue
        start, end = i, i + ahead[best.period][i] + best.period
        while start > free and alike[start - 1] == alike[start - 1 + best.period]:
            start -= 1
        best = Run(start, best.period, (end - start) // best.period)
        found.append(best)
        i = free = start + best.period * best.times
    return found


def matches(signs: Sequence[int], period: int) -> list[int]:
    """For each place, how many from there on equal the one a period later, without a break."""
    ahead = [0] * (len(signs) - period + 1)
    for i in range(len(signs) - period - 1, -1, -1):
        ahead[i] = ahead[i + 1] + 1 if signs[i] == signs[i + period] else 0
    return ahead
