"""What a report is made of: parts, which are lists of tasks, which are functions of JSON settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from experiments.blocks import Page

Settings = Mapping[str, Any]
Results = Mapping[str, Mapping[str, Any]]
"""What has been computed: results[part][task], plain JSON."""


def unseen(done: float) -> None:
    """The tick of a task that nobody watches."""


@dataclass(frozen=True)
class Room:
    """Where a task works, and what it may use without its result depending on it.

    folder     its own, for checkpoints and the like; removed when the result is kept
    data_dir   the data sets
    tick       tick(n): so much of the task's cost is done
    jobs       how many processes a task that is `alone` may use
    storage    where the trials of a search are kept: an URL, or None for a file in `folder`
    track      whether trainings are shown in Weights & Biases as well
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

    name      unique in its part, and fit for a file
    cost      how long it takes compared with the others, for the time left: its updates, say
    alone     runs by itself, in the first process, and may use room.jobs processes of its own
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

    after     the parts whose results the plan looks at; `done` holds all earlier parts anyway
    cost      of all its tasks, as expected before they are planned; needed only with `after`
    """

    name: str
    tasks: Plan
    after: tuple[str, ...] = ()
    cost: float = 0.0

    def expected(self, quick: bool) -> float:
        """The cost of the part, before anything has been computed."""
        return self.cost if self.after else sum(t.cost for t in self.tasks({}, quick))


@dataclass(frozen=True)
class Report:
    """A report redone: what is computed, and the page that is made of it.

    page      page(done, quick): a function of the results and nothing else
    """

    name: str
    title: str
    parts: tuple[Part, ...]
    page: Callable[[Results, bool], Page] = field(repr=False)
