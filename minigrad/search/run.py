"""`search.random`, `search.grid` and `search.load`: from an objective and a space to a `Study`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import optuna

from minigrad.errors import SearchError
from minigrad.search.attempts import enqueue, find_unfinished, join_study
from minigrad.search.plan import Axes, Direction, grid_plan, random_plan, require_whole
from minigrad.search.processes import run_processes
from minigrad.search.space import Space
from minigrad.search.storage import format_url, open_storage, storage_url
from minigrad.search.study import Study, read_study
from minigrad.search.worker import Job, Objective, work


def random(
    objective: Objective, space: Space, *, trials: int, seed: int = 0, name: str = "search",
    direction: Direction = "maximize", storage: str | Path | None = None, jobs: int = 1,
    heartbeat: int = 10, progress: bool | None = None,
) -> Study:  # fmt: skip
    """Random search: independent draws from a space. `trials` is their number at the end.

    Trial number k depends on seed, name and k only. Trials that the storage has already are not run again,
    so the same call resumes a search that was killed, and joins one that runs on another machine.

    Raises `ParameterError` for a space or a number that makes no sense. Raises `SearchError` for a storage
    that cannot be opened, a study of the same name that is another search, an objective that raises, and
    one that cannot be sent to `jobs` processes.
    """
    plan = random_plan(space, trials, seed, name, direction)
    return run_job(Job(objective, plan, storage_url(storage), heartbeat, progress), jobs)


def grid(
    objective: Objective, axes: Axes, *, seed: int = 0, name: str = "grid",
    direction: Direction = "maximize", storage: str | Path | None = None, jobs: int = 1,
    heartbeat: int = 10, progress: bool | None = None,
) -> Study:  # fmt: skip
    """Grid search: every combination of the axes' values, once. The seed gives the order in time.

    The trials are numbered with the last axis changing fastest. All else is as in `random`.
    """
    plan = grid_plan(axes, seed, name, direction)
    return run_job(Job(objective, plan, storage_url(storage), heartbeat, progress), jobs)


def load(name: str, storage: str | Path | None = None) -> Study:
    """The results of a search so far, whether it runs, was killed or has finished."""
    with open_storage(storage_url(storage)) as database:
        if name not in (names := optuna.get_all_study_names(database)):
            raise SearchError(f"{format_url(database.url)} has no search {name!r}; it has {names}")
        study = optuna.load_study(study_name=name, storage=database)
        spaces: list[Any] = [attempt.distributions for attempt in study.get_trials(deepcopy=False)]
        return read_study(study, spaces[0] if spaces else {})


def run_job(job: Job, jobs: int) -> Study:
    """Run the trials that the storage does not have, in this process or in several."""
    require_whole("jobs", jobs, 1)
    plan = job.plan
    with open_storage(job.url, job.heartbeat) as storage:
        study = join_study(storage, plan)
        left = len(find_unfinished(plan, enqueue(study, plan)))
        job.print(f"{plan.name}: {left} of {len(plan.trials)} trials to run")
        if jobs == 1 or not left:
            work(job)
        else:
            run_processes(job, min(jobs, left))
        return read_study(study, plan.space)
