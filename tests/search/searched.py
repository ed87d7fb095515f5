"""Objectives for worker processes, and a program that searches, so that tests can kill it."""

from __future__ import annotations

import math
import os
import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from minigrad import search
from minigrad.search.plan import random_plan

SPACE = {
    "decay": search.log_uniform(1e-5, 1e-1),
    "lr": search.uniform(0, 1),
    "units": search.choice((50, 100, "many")),
    "layers": search.integer(1, 4),
}
X = {"x": search.uniform(0, 1)}
FAST = 1
"""Seconds between heartbeats: a trial whose worker was killed is run again after 3."""


def bowl(params: dict[str, Any], number: int) -> dict[str, float]:
    """Best at decay 1e-3 and lr 0.3."""
    if "SEARCH_LOG" in os.environ:
        with open(os.environ["SEARCH_LOG"], "a", encoding="utf-8") as file:
            file.write(f"{number}\n")
    time.sleep(float(os.environ.get("SEARCH_SLEEP", "0")))
    value = -((math.log10(params["decay"]) + 3) ** 2) - (params["lr"] - 0.3) ** 2
    return {"value": value, "squared": params["lr"] ** 2, "layers_seen": params["layers"]}


def threads(params: dict[str, Any], number: int) -> float:
    """How many threads BLAS may use."""
    from threadpoolctl import threadpool_info

    return max(info["num_threads"] for info in threadpool_info() if info["user_api"] == "blas")


def fails_at_2(params: dict[str, Any], number: int) -> float:
    if number == 2:
        raise ZeroDivisionError("by hand")
    return float(number)


def fails_beside_another(params: dict[str, Any], number: int) -> float:
    """Trial 2 raises while trial 3 runs in another process, and would for long."""
    log = Path(os.environ["SEARCH_LOG"])
    if number == 2:
        while not calls(log):
            time.sleep(0.01)
        raise ZeroDivisionError("by hand")
    if number == 3:
        log.write_text("3", encoding="utf-8")
        time.sleep(600)
    return float(number)


def dies(params: dict[str, Any], number: int) -> float:
    os._exit(7)


def found(storage: str, trials: int, jobs: int, heartbeat: int = 10) -> search.Study:
    return search.random(
        bowl, SPACE, trials=trials, seed=3, name="bowl", storage=storage, jobs=jobs,
        heartbeat=heartbeat,
    )  # fmt: skip


def calls(log: Path) -> list[int]:
    """The numbers of the trials whose objective was called."""
    return sorted(int(line) for line in log.read_text(encoding="utf-8").split())


def running(storage: Path) -> int:
    """How many trials of an SQLite file count as running."""
    with closing(sqlite3.connect(storage)) as connection:
        (count,) = connection.execute(
            "SELECT count(*) FROM trials WHERE state = 'RUNNING'"
        ).fetchone()
    return int(count)


def expected(trials: int) -> list[dict[str, Any]]:
    """The table of `found`, computed with no storage and no workers."""
    plan = random_plan(SPACE, trials, 3, "bowl", "maximize")
    rows = []
    for k, params in plan.trials.items():
        value = -((math.log10(params["decay"]) + 3) ** 2) - (params["lr"] - 0.3) ** 2
        seen = {"squared": params["lr"] ** 2, "layers_seen": params["layers"]}
        rows.append({"number": k, **params, "value": value, **seen})
    return rows


if __name__ == "__main__":
    found(sys.argv[1], *map(int, sys.argv[2:]))
