"""One worker: claim a trial, call the objective, store the result, until no trial is left."""

from __future__ import annotations

import json
import math
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from operator import methodcaller
from threading import Event
from typing import Any, final

import optuna
from optuna.storages import RDBStorage
from optuna.trial import FrozenTrial, TrialState

from minigrad.errors import SearchError
from minigrad.search.attempts import (
    FAULT,
    METRICS,
    NOT_FINITE,
    NUMBER,
    claim,
    enqueue,
    find_unfinished,
    join_study,
)
from minigrad.search.plan import Params, Plan
from minigrad.search.space import RESERVED
from minigrad.search.storage import open_storage, quiet

Objective = Callable[[Params, int], float | Mapping[str, Any]]
"""Called with the parameters and the number of a trial. Returns the value, alone or in a dict."""


@final
@dataclass(frozen=True)
class Job:
    """The objective and the settings of a search, as each worker process gets them."""

    objective: Objective
    plan: Plan
    url: str
    heartbeat: int
    progress: bool | None

    def print(self, line: str) -> None:
        """Print a line of progress if `progress` asks for it; by default if there is a terminal."""
        if self.progress or (self.progress is None and sys.stderr.isatty()):
            print(line, file=sys.stderr, flush=True)


def work(job: Job) -> None:
    """Run the trials that are left; return when all have ended, here or in other workers."""
    from threadpoolctl import threadpool_limits

    # One thread: workers would compete for the cores, and sums depend on the number of threads.
    with open_storage(job.url, job.heartbeat) as storage, threadpool_limits(1, user_api="blas"):
        study = join_study(storage, job.plan)
        while find_unfinished(job.plan, attempts := enqueue(study, job.plan)):
            if attempt := claim(storage, job.plan, attempts):
                run_attempt(job, storage, study, attempt)
            else:
                time.sleep(0.2)


def run_attempt(job: Job, storage: RDBStorage, study: optuna.Study, attempt: FrozenTrial) -> None:
    """Call the objective once and store how it ended. An exception stops the search; nan does not."""
    number, trial = attempt.user_attrs[NUMBER], optuna.Trial(study, attempt._trial_id)
    # The objective gets the values as the storage returns them, so the table shows exactly what was run.
    params = {name: attempt.params[name] for name in job.plan.space}
    # These remain after Ctrl-C, for example: the attempt fails without a fault. Another worker may then
    # repeat the trial at once.
    value, fault, state = None, "", TrialState.FAIL
    metrics: dict[str, Any] = {}
    try:
        with heartbeats(storage, attempt._trial_id):
            returned = job.objective(dict(params), number)
        value, metrics = split_result(returned, params)
        state = TrialState.COMPLETE
        if not math.isfinite(value):
            fault = f"{NOT_FINITE}: the objective returned {value}"
            value, state = None, TrialState.FAIL
    except Exception as error:
        fault = "".join(traceback.format_exception(error))
        raise SearchError(
            f"trial {number} of {job.plan.name!r} raised {type(error).__name__}: {error}\n"
            f"  with {params}\n"
            "  Correct the objective and run the search again. It keeps finished trials and repeats this one."
        ) from error
    finally:
        # If no heartbeat was written during the grace period, Optuna has marked the attempt as failed. Then
        # any change of it raises RuntimeError. This is ignored: the next attempt has the same result.
        with quiet(), suppress(RuntimeError):
            trial.set_user_attr(METRICS, metrics)
            trial.set_user_attr(FAULT, fault)
            study.tell(trial, value, state=state, skip_if_finished=True)
    result = "fail" if value is None else f"{value:.6g}"
    settings = (f"{k}={v:.4g}" if isinstance(v, float) else f"{k}={v}" for k, v in params.items())
    job.print(f"trial {number:>3}  {result:<12}  {'  '.join(settings)}")


@contextmanager
def heartbeats(storage: RDBStorage, trial_id: int) -> Iterator[None]:
    """Write heartbeats from a thread until the block ends."""
    ended = Event()

    def write() -> None:
        while not ended.wait(storage.get_heartbeat_interval()):
            with suppress(Exception):  # the storage is busy or away: the next one tries again
                storage.record_heartbeat(trial_id)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(write)
        try:
            yield
        finally:
            ended.set()


def split_result(returned: Any, params: Params) -> tuple[float, dict[str, Any]]:
    """The value and the metrics that an objective returned. The metrics are as JSON returns them."""
    metrics = dict(returned) if isinstance(returned, Mapping) else {"value": returned}
    try:
        value = float(metrics.pop("value"))
        # Arrays and numbers of numpy have `tolist`.
        metrics = json.loads(json.dumps(metrics, default=methodcaller("tolist")))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise TypeError(
            f"the objective returned {returned!r}: return a number, or a dict. A dict must have a number "
            'as its "value"; its other items are metrics, which JSON must be able to store'
        ) from None
    if taken := [name for name in metrics if name in params or name in RESERVED]:
        raise TypeError(f"the metric {taken[0]!r} has the name of another column; rename it")
    return value, metrics
