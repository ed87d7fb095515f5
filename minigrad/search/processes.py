"""Several workers on this machine: processes that share nothing but the storage."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import sys
import traceback
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from threading import Thread
from typing import Any

from minigrad.errors import SearchError
from minigrad.search.worker import Job, work


def run_processes(job: Job, jobs: int) -> None:
    """Run the plan in `jobs` processes; return when all trials have ended.

    A worker that is killed is not replaced, or a trial that needs too much memory would kill one after
    another. The other workers run its trial again after the grace period.
    """
    try:
        pickle.dumps(job.objective)
    except Exception as error:
        raise SearchError(
            f"jobs={jobs} sends the objective to other processes, and it cannot be sent: {error}\n"
            "  needed: a function at the top level of a module, or jobs=1"
        ) from error
    context = multiprocessing.get_context("spawn")
    workers: dict[Any, BaseProcess] = {}
    try:
        for _ in range(jobs):
            receiver, sender = context.Pipe(duplex=False)
            workers[receiver] = context.Process(target=run_worker, args=(job, sender))
            workers[receiver].start()
            sender.close()  # the worker has the only other copy, so that its death closes the pipe
        wait_for(workers, job.plan.name)
    finally:
        for process in workers.values():
            process.terminate()
        for process in workers.values():
            process.join(5)  # seconds, to give its trial back
            process.kill()
            process.join()


def wait_for(workers: dict[Any, BaseProcess], name: str) -> None:
    """Wait until the workers have ended; raise what one of them raised."""
    running, succeeded = dict(workers), False
    while running:
        ready: list[Any] = wait(list(running))
        for receiver in ready:
            process = running.pop(receiver)
            try:
                error = receiver.recv()
            except EOFError:
                process.join()
                died = f"a worker died (exit code {process.exitcode}); {len(running)} left"
                print(f"minigrad.search: {died}", file=sys.stderr)
                continue
            if error is not None:
                raise error
            succeeded = True
    if not succeeded:
        raise SearchError(
            f"all workers of {name!r} died\n  If memory ran out, run the search again with fewer jobs. "
            'If they died at once, call it under `if __name__ == "__main__":`; they import the program.'
        )


def run_worker(job: Job, sender: Connection) -> None:
    """In the worker process: work, then send None, or an error with the traceback as its note."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C also reaches the parent, which ends us
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))
    Thread(target=die_with_parent, daemon=True).start()
    result: SearchError | None = None
    try:
        work(job)
    except Exception as error:
        result = SearchError(str(error))
        result.add_note(f"In a worker process:\n{traceback.format_exc()}")
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # this process ends now by itself
    sender.send(result)


def die_with_parent() -> None:
    """End this process when the program has been killed."""
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)
