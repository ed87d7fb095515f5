"""`search.random`, `search.grid` and `search.load`: from an objective and a space to a `Study`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from minigrad.errors import ParameterError, SearchError
from minigrad.search import space as spaces
from minigrad.search.ledger import Ledger
from minigrad.search.library import optuna
from minigrad.search.plan import Plan, grid_plan, random_plan, whole
from minigrad.search.space import Domain
from minigrad.search.storage import (
    HEARTBEAT,
    IDENTITY,
    Heartbeat,
    exists,
    join,
    locate,
    opened,
    shown,
)
from minigrad.search.study import Study, read
from minigrad.search.work import Job, Objective, work
from minigrad.search.workers import work_together


def random(
    objective: Objective,
    space: Mapping[str, Domain],
    *,
    trials: int,
    seed: int = 0,
    name: str = "search",
    storage: str | Path | None = None,
    jobs: int = 1,
    direction: str = "maximize",
    prune: bool = False,
    progress: bool | None = None,
    heartbeat: Heartbeat = HEARTBEAT,
) -> Study:
    """Independent draws from a space. `trials` is how many there are to be in the end.

    Trial number k depends on seed, name and k only. Trials that the storage has already are not run again,
    so the same call resumes a search that was killed, and joins one that runs on another machine.

    Raises `ParameterError` for a space or a number that makes no sense, `SearchError` for a storage that
    cannot be reached, a study of the same name that is another search, an objective that raises or cannot
    be sent to `jobs` processes, and `MissingPackageError` without Optuna.
    """
    plan = random_plan(space, trials=trials, seed=seed, name=name, direction=direction)
    return search(objective, plan, storage, jobs, prune, progress, heartbeat)


def grid(
    objective: Objective,
    axes: Mapping[str, Iterable[Any]],
    *,
    seed: int = 0,
    name: str = "grid",
    storage: str | Path | None = None,
    jobs: int = 1,
    direction: str = "maximize",
    prune: bool = False,
    progress: bool | None = None,
    heartbeat: Heartbeat = HEARTBEAT,
) -> Study:
    """Every combination of the axes' values, once. The seed gives the order in which they are begun.

    The trials are numbered with the last axis turning fastest. All else is as in `random`.
    """
    plan = grid_plan(axes, seed=seed, name=name, direction=direction)
    return search(objective, plan, storage, jobs, prune, progress, heartbeat)


def load(name: str, storage: str | Path | None = None) -> Study:
    """What a search has found so far, whether it is running, killed or finished."""
    optuna()
    with opened(locate(storage), HEARTBEAT) as database:
        if exists(name, database):
            study = optuna().load_study(study_name=name, storage=database)
            if (identity := study.user_attrs.get(IDENTITY)) is not None:
                return read(study, identity["direction"], spaces.from_json(identity["space"]))
        raise SearchError(f"{shown(database.url)} has no search named {name!r}")


def search(
    objective: Objective,
    plan: Plan,
    storage: str | Path | None,
    jobs: int,
    prune: bool,
    progress: bool | None,
    heartbeat: Heartbeat,
) -> Study:
    optuna()
    whole("jobs", jobs, 1)
    if not callable(objective):
        raise ParameterError(f"the objective {objective!r} is not a function of (params, trial)")
    url = locate(storage)
    if progress is None:
        progress = sys.stderr.isatty()
    job = Job(objective, plan, url, heartbeat, prune, progress)
    with opened(url, heartbeat) as database:
        study = join(database, plan, prune=prune)
        ledger = Ledger(study, database, plan)
        ledger.read()
        left, planned = len(ledger.left()), len(plan.order)
        if progress and left < planned:
            print(f"{plan.name}: {planned - left} of {planned} were done before", file=sys.stderr)
        ledger.enqueue()  # here, so that the workers do not all begin with it
        if jobs == 1 or not left:
            work(job, database, study)
        else:
            work_together(job, min(jobs, left))
        return read(study, plan.direction, plan.space)
