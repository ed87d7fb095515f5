"""The structure of a report: parts, which are lists of tasks, which are functions of JSON settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from experiments.blocks import Page

Settings = Mapping[str, Any]
Results = Mapping[str, Mapping[str, Any]]
"""Computed results: results[part][task], plain JSON."""


def unseen(done: float) -> None:
    """The tick of a task without a progress bar."""


@dataclass(frozen=True)
class Room:
    """A task's surroundings: its folder, and resources that do not change its result.

    folder     its own, for checkpoints and similar files; removed when the result is kept
    data_dir   the data sets
    tick       tick(n): another n of the task's cost is done
    jobs       number of processes that a task with `alone` may use
    storage    storage of a search's trials: a URL, or None for a file in `folder`
    track      whether trainings are logged to Weights & Biases too
    """

    folder: Path
    data_dir: Path
    tick: Callable[[float], None] = unseen
    jobs: int = 1
    storage: str | None = None
    track: bool = False


@dataclass(frozen=True)
class Task:
    """One result: `run(settings, room)`, a top-level function, so that another process can import it.

    name      unique in its part, and valid as a file name
    cost      relative time, for the estimate of the time left: its number of updates, for example
    alone     runs by itself, in the main process, and may use room.jobs processes
    """

    name: str
    run: Callable[[Settings, Room], Any]
    settings: Settings
    cost: float = 1.0
    alone: bool = False


Plan = Callable[[Results, bool], Sequence[Task]]


@dataclass(frozen=True)
class Part:
    """A named list of tasks: `tasks(done, quick)`.

    after     the parts whose results the plan reads; `done` holds all earlier parts
    cost      of all its tasks together, estimated before they are planned; needed only with `after`
    """

    name: str
    tasks: Plan
    after: tuple[str, ...] = ()
    cost: float = 0.0

    def expected(self, quick: bool) -> float:
        """The cost of the part, before any task is computed."""
        return self.cost if self.after else sum(t.cost for t in self.tasks({}, quick))


@dataclass(frozen=True)
class Report:
    """A report redone: its parts, and the page that is made of their results.

    page      page(done, quick): a function of the results and nothing else
    """

    name: str
    title: str
    parts: tuple[Part, ...]
    page: Callable[[Results, bool], Page] = field(repr=False)
