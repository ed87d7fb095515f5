"""Several workers on this machine: processes that know each other only through the storage."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import sys
import traceback
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from threading import Thread
from types import FrameType
from typing import NoReturn

from minigrad.errors import SearchError
from minigrad.search.work import Job, enter

FAREWELL = 5
"""Seconds that a worker has to give its trial back before it is killed."""


def work_together(job: Job, jobs: int) -> None:
    """Run the plan with so many processes; returns when all of it is finished.

    A worker that is killed is not replaced, or a trial that needs too much memory would kill one after
    another: the others run its trial again once its heart has stopped.
    """
    try:
        pickle.dumps(job.objective)
    except Exception as error:
        raise SearchError(
            f"jobs={jobs} hands the objective to other processes, and this one cannot be sent: {error}\n"
            "  needed: a function at the top level of a module, or jobs=1"
        ) from error
    context = multiprocessing.get_context("spawn")
    workers: dict[Connection, SpawnProcess] = {}
    try:
        for i in range(jobs):
            ours, theirs = context.Pipe(duplex=False)
            process = context.Process(target=worker, args=(job, theirs), name=f"search-{i}")
            process.start()
            theirs.close()  # so that its end is seen when the worker dies
            workers[ours] = process
        attend(job, workers)
    finally:
        dismiss(workers)


def attend(job: Job, workers: dict[Connection, SpawnProcess]) -> None:
    """Wait until the workers are done; raises what one of them raised."""
    present, finished = dict(workers), False
    while present:
        for ready in wait(list(present)):
            assert isinstance(ready, Connection)
            process = present.pop(ready)
            try:
                error, trace = ready.recv()
            except EOFError:
                process.join()
                others = f"{len(present)} go on" if present else "none is left"
                print(
                    f"minigrad.search: a worker died ({ending(process)}); {others}", file=sys.stderr
                )
                continue
            if error is not None:
                raise error from WorkerError(trace)
            finished = True
    if not finished:
        raise SearchError(
            f"all workers of {job.plan.name!r} died before the end\n"
            "  Out of memory? Too few of them left it? Run the same search again: the finished trials are "
            'kept. If it died at once, call it under `if __name__ == "__main__":`, as worker processes '
            "import the program."
        )


def ending(process: SpawnProcess) -> str:
    code = process.exitcode
    return f"signal {signal.Signals(-code).name}" if code and code < 0 else f"exit code {code}"


def dismiss(workers: dict[Connection, SpawnProcess]) -> None:
    """End those that still run; they give their trials back."""
    for process in workers.values():
        process.terminate()
    for connection, process in workers.items():
        process.join(FAREWELL)
        if process.is_alive():
            process.kill()
            process.join()
        process.close()
        connection.close()


class WorkerError(Exception):
    """Where it happened, in the worker process."""

    def __str__(self) -> str:
        return f"\n{self.args[0]}"


# ---- in the worker process ----


def worker(job: Job, connection: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent too, which ends us
    signal.signal(signal.SIGTERM, leave)
    Thread(target=follow_parent, daemon=True).start()
    try:
        enter(job)
    except Exception as error:
        trace = "".join(traceback.format_exception(error))
        try:
            pickle.dumps(error)
        except Exception:
            error = SearchError(str(error))
        say(connection, error, trace)
    else:
        say(connection, None, "")


def say(connection: Connection, error: Exception | None, trace: str) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # we end now, and need not be told to
    connection.send((error, trace))


def leave(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(1)


def follow_parent() -> None:
    """Nobody is left behind to search on when the program has been killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
