"""One worker: claim a trial, run the objective, tell its value, until nothing is left."""

from __future__ import annotations

import json
import math
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, final

import numpy as np

from minigrad.errors import SearchError
from minigrad.search.ledger import DRAW, FAULT, NOT_FINITE, RESULT, Ledger
from minigrad.search.library import quiet
from minigrad.search.plan import Plan
from minigrad.search.space import RESERVED, Value
from minigrad.search.storage import Heartbeat, join, opened

if TYPE_CHECKING:
    from optuna import Study as OptunaStudy
    from optuna.storages import RDBStorage
    from optuna.trial import FrozenTrial
    from optuna.trial import Trial as OptunaTrial

Params = dict[str, Value]


@final
class Running:
    """The trial that an objective is called for."""

    def __init__(self, number: int, params: Params, trial: OptunaTrial, prune: bool) -> None:
        self.number, self.params = number, params
        self._trial, self._prune = trial, prune

    def report(self, value: float, step: int) -> None:
        """Say how it stands, such as the validation accuracy after so many epochs.

        With `prune=True` raises Optuna's `TrialPruned` if that is worse than the median of the others at
        the same step; without, does nothing.
        """
        if self._prune:
            import optuna

            self._trial.report(float(value), step)
            if self._trial.should_prune():
                raise optuna.TrialPruned()


Objective = Callable[[Params, Running], float | Mapping[str, Any]]


@dataclass(frozen=True)
class Job:
    """What a worker needs to know."""

    objective: Objective
    plan: Plan
    url: str
    heartbeat: Heartbeat
    prune: bool
    progress: bool


def work(job: Job, storage: RDBStorage, study: OptunaStudy) -> None:
    """Run what is left of the plan; return when all of it is finished, by whoever runs it."""
    from threadpoolctl import threadpool_limits

    ledger, pause = Ledger(study, storage, job.plan), 0.05
    # One thread: workers would fight for the cores, and sums would hang on the number of threads.
    with threadpool_limits(1, user_api="blas"):
        while True:
            ledger.enqueue()
            if not ledger.left():
                break
            attempt = ledger.claim()
            if attempt is not None:
                run(job, storage, study, attempt)
                pause = 0.05
            else:
                time.sleep(pause)
                pause = min(2.0, pause * 1.5)
    ledger.tidy()


def enter(job: Job) -> None:
    """The same, with a connection of its own: what a worker process does."""
    with opened(job.url, job.heartbeat) as storage:
        work(job, storage, join(storage, job.plan, prune=job.prune))


def run(job: Job, storage: RDBStorage, study: OptunaStudy, attempt: FrozenTrial) -> None:
    """One attempt. What the objective raises stops the search; a value that is no number does not."""
    from optuna import TrialPruned
    from optuna.exceptions import StorageInternalError, UpdateFinishedTrialError
    from optuna.trial import Trial, TrialState

    number, trial = attempt.user_attrs[DRAW], Trial(study, attempt._trial_id)
    params = {
        name: attempt.params[name] for name in job.plan.space
    }  # to the last bit as the table has them
    running = Running(number, dict(params), trial, job.prune)
    value: float | None = None
    metrics: dict[str, Any] = {}
    state, began = TrialState.COMPLETE, time.perf_counter()
    try:
        with beating(storage, attempt._trial_id, job.heartbeat):
            value, metrics = outcome(job.objective(dict(params), running), params)
    except TrialPruned:
        state = TrialState.PRUNED
    except UpdateFinishedTrialError:
        return  # it reported to an attempt that has been given up
    except StorageInternalError:
        raise
    except Exception as error:
        fault = "".join(traceback.format_exception(error))
        close(study, trial, None, TrialState.FAIL, {FAULT: fault})
        raise SearchError(
            f"trial {number} of {job.plan.name!r} raised {type(error).__name__}: {error}\n"
            f"  with {params}\n"
            "  It is recorded as failed. Mend the objective and run the same search again: the finished "
            "trials are kept, and this one is run again."
        ) from error
    except BaseException:  # Ctrl-C, or the end of the worker: at once free for others
        close(study, trial, None, TrialState.FAIL, {})
        raise
    found: dict[str, Any] = {RESULT: {"seconds": time.perf_counter() - began, "metrics": metrics}}
    if value is not None and not math.isfinite(value):
        found[FAULT] = f"{NOT_FINITE}: the objective returned {value}"
        value, state = None, TrialState.FAIL
    close(study, trial, value, state, found)
    if job.progress:
        say(number, params, value, state.name)


def close(
    study: OptunaStudy,
    trial: OptunaTrial,
    value: float | None,
    state: Any,
    found: Mapping[str, Any],
) -> None:
    """Write down what an attempt has found, and last of all its state.

    One that was silent for too long has been given up, and this comes too late: another finds the same.
    """
    from optuna.exceptions import UpdateFinishedTrialError

    with quiet(), suppress(UpdateFinishedTrialError):
        for name, content in found.items():
            trial.set_user_attr(name, content)
        study.tell(trial, value, state=state, skip_if_finished=True)


@contextmanager
def beating(storage: RDBStorage, trial_id: int, heartbeat: Heartbeat) -> Iterator[None]:
    """Give a sign of life all the while."""
    over = Event()

    def beat() -> None:
        while not over.wait(heartbeat.interval):
            with suppress(Exception):  # a storage that is busy or away: the next beat tries again
                storage.record_heartbeat(trial_id)
        storage.remove_session()

    thread = Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def outcome(returned: Any, params: Params) -> tuple[float, dict[str, Any]]:
    """The value, and the metrics as they come back from a storage."""
    metrics: dict[str, Any] = {}
    if isinstance(returned, Mapping):
        if "value" not in returned:
            raise TypeError(
                f'the objective returned a dict without "value": it has {list(returned)}'
            )
        metrics = {name: m for name, m in returned.items() if name != "value"}
        returned = returned["value"]
        if taken := [name for name in metrics if name in params or name in RESERVED]:
            raise TypeError(
                f"the objective returned a metric {taken[0]!r}, the name of another column"
            )
    try:
        value = float(returned)
    except (TypeError, ValueError):
        raise TypeError(
            f'the objective returned {returned!r}; needed: a number, or a dict with "value"'
        ) from None
    return value, json.loads(json.dumps(metrics, default=as_plain))


def as_plain(metric: Any) -> Any:
    if isinstance(metric, np.ndarray | np.generic):
        return metric.tolist()
    raise TypeError(f"a metric cannot be kept as JSON: {metric!r}")


def say(number: int, params: Params, value: float | None, state: str) -> None:
    words = "  ".join(
        f"{k}={v:.4g}" if isinstance(v, float) else f"{k}={v}" for k, v in params.items()
    )
    figure = f"{value:.6g}" if value is not None else state.lower()
    print(f"trial {number:>3}  {figure:<12}  {words}", file=sys.stderr, flush=True)
