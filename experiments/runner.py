"""Running a report: part after part, the tasks of a part in several processes, each result kept at once."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from multiprocessing.queues import SimpleQueue
from pathlib import Path
from typing import Any

from experiments.cache import Cache
from experiments.parts import Part, Report, Room, Settings, Task
from minigrad.train import process


@dataclass(frozen=True)
class Options:
    """Options of a run. Only `quick` changes results."""

    data_dir: Path
    quick: bool = False
    jobs: int = 1
    storage: str | None = None
    track: bool = False


@dataclass(frozen=True)
class Outcome:
    """All results by part and task, the processor time of each part, and the commits that computed them.

    The time that a killed task took before it was killed is not counted.
    """

    results: dict[str, dict[str, Any]]
    seconds: dict[str, float]
    commits: set[str]


def run(report: Report, cache: Cache, options: Options) -> Outcome:
    """Compute the results that the cache does not hold. A killed run loses only its unfinished tasks."""
    process.prepare(threads=1)
    outcome = Outcome({}, {}, set())
    with bar(sum(part.expected(options.quick) for part in report.parts)) as advance:
        for part in report.parts:
            tasks = list(part.tasks(outcome.results, options.quick))
            kept = {task.name: cache.get(part.name, task) for task in tasks}
            if len(kept) < len(tasks):
                raise ValueError(f"{report.name}: two tasks of part {part.name} share a name")
            waiting = [task for task in tasks if kept[task.name] is None]
            advance(sum(t.cost for t in tasks) - sum(t.cost for t in waiting), part.name)
            for task, result, seconds in computed(part, waiting, cache, options, advance):
                kept[task.name] = cache.put(part.name, task, result, seconds)
            found = {name: entry for name, entry in kept.items() if entry is not None}
            outcome.results[part.name] = {name: entry["result"] for name, entry in found.items()}
            outcome.seconds[part.name] = sum(entry["seconds"] for entry in found.values())
            outcome.commits.update(entry["commit"] for entry in found.values())
    return outcome


Advance = Callable[[float, str], None]


def computed(
    part: Part, tasks: list[Task], cache: Cache, options: Options, advance: Advance
) -> Iterator[tuple[Task, Any, float]]:
    """(task, result, seconds) of each task, in the order in which they finish."""
    spread = [task for task in tasks if not task.alone] if options.jobs > 1 else []
    for task in (task for task in tasks if task not in spread):
        folder = cache.room(part.name, task)
        tick = remaining(part, task, advance)
        room = Room(folder, options.data_dir, tick, options.jobs, options.storage, options.track)
        yield task, *timed(task.run, task.settings, room)
        tick(task.cost)  # the rest of it
    if spread:
        yield from side_by_side(part, spread, cache, options, advance)


def remaining(part: Part, task: Task, advance: Advance) -> Callable[[float], None]:
    """A tick that never moves the bar by more than the task's cost."""
    left = task.cost

    def tick(done: float) -> None:
        nonlocal left
        step = min(done, left)
        left -= step
        advance(step, f"{part.name}: {task.name}")

    return tick


def timed(
    run: Callable[[Settings, Room], Any], settings: Settings, room: Room
) -> tuple[Any, float]:
    """The result and its processor time, which does not depend on the load of the machine."""
    began = sum(os.times()[:4])
    room.folder.mkdir(parents=True, exist_ok=True)
    result = run(settings, room)
    return result, sum(os.times()[:4]) - began


# ---- over processes ----


def side_by_side(
    part: Part, tasks: list[Task], cache: Cache, options: Options, advance: Advance
) -> Iterator[tuple[Task, Any, float]]:
    context = get_context("spawn")
    ticks: SimpleQueue[tuple[str, float]] = context.SimpleQueue()
    workers = min(options.jobs, len(tasks))
    with ProcessPoolExecutor(workers, context, settled, (ticks,)) as pool:
        futures = {
            pool.submit(in_worker, t, cache.room(part.name, t), options.data_dir, options.track): t
            for t in tasks
        }
        limited = {task.name: remaining(part, task, advance) for task in tasks}
        try:
            while futures:
                finished, _ = wait(futures, timeout=0.2, return_when=FIRST_COMPLETED)
                while not ticks.empty():
                    name, done = ticks.get()
                    limited[name](done)
                for future in finished:
                    task = futures.pop(future)
                    yield task, *future.result()
                    limited[task.name](task.cost)
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise


_ticks: SimpleQueue[tuple[str, float]] | None = None


def settled(ticks: SimpleQueue[tuple[str, float]]) -> None:
    """Prepare a worker: one thread for matrix products, and an end with the main process.

    If the main process is killed, a worker that continued would write to the folders of the resumed run.
    """
    global _ticks
    _ticks = ticks
    process.prepare(threads=1)
    parent = parent_process()

    def follow() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=follow, daemon=True).start()


def in_worker(task: Task, folder: Path, data_dir: Path, track: bool) -> tuple[Any, float]:
    def tick(done: float) -> None:
        if _ticks is not None:
            _ticks.put((task.name, done))

    return timed(task.run, task.settings, Room(folder, data_dir, tick, track=track))


# ---- the bar ----


@contextmanager
def bar(total: float) -> Iterator[Advance]:
    """A bar for the whole report with the time left; without a terminal, a line for each task."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    console = Console(highlight=False)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
    )
    times = (TimeElapsedColumn(), TextColumn("gone,"), TimeRemainingColumn(), TextColumn("left"))
    progress = Progress(*columns, *times, console=console, disable=not console.is_terminal)
    said: set[str] = set()
    began = time.perf_counter()
    with progress:
        task = progress.add_task("", total=total)

        def advance(done: float, name: str) -> None:
            if name not in said and not console.is_terminal:
                so_far = progress.tasks[0].percentage
                print(f"{so_far:3.0f} %  {time.perf_counter() - began:5.0f} s  {name}", flush=True)
            said.add(name)
            progress.update(task, advance=done, description=name)

        yield advance
