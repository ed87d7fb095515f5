"""Results on disk: one file each, replaced in one step, with a key made of all that decides the result."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any, final

import minigrad
from experiments.parts import Task
from experiments.provenance import current_commit
from minigrad.files import replacing
from minigrad.train.run import HISTORY

SHOWN = 10
"""Number of digits of the key in the name of a task's folder."""


def key(task: Task) -> str:
    """A fingerprint of the function, its settings and the library's version."""
    decides = {
        "function": f"{task.run.__module__}.{task.run.__qualname__}",
        "settings": dict(task.settings),
        "minigrad": minigrad.__version__,
    }
    text = json.dumps(decides, sort_keys=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def write_text(path: Path, text: str) -> None:
    """Replace the content of a file in one step; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as part:
        part.write_text(text, encoding="utf-8")


@final
class Cache:
    """The results of one report in `folder`: PART/TASK.json, and a folder PART/TASK-KEY while it runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, part: str, task: Task) -> Path:
        return self.folder / part / f"{task.name}.json"

    def room(self, part: str, task: Task) -> Path:
        """The folder in which the task works; other settings have another folder."""
        return self.folder / part / f"{task.name}-{key(task)[:SHOWN]}"

    def get(self, part: str, task: Task) -> dict[str, Any] | None:
        """The entry of exactly this task, with "result", "seconds" and "commit"; None if there is none."""
        try:
            kept: dict[str, Any] = json.loads(self.path(part, task).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return kept if kept.get("key") == key(task) else None

    def put(self, part: str, task: Task, result: Any, seconds: float) -> dict[str, Any]:
        """Keep a result and the JSON lines of its trainings, then remove the task's folder.

        Returns the entry, as `get` will.
        """
        kept = {
            "key": key(task),
            "settings": dict(task.settings),
            "seconds": round(seconds, 2),
            "commit": current_commit(),
            "result": result,
        }
        text = json.dumps(kept, allow_nan=False)
        write_text(self.path(part, task), text)
        self.keep_histories(part, task)
        shutil.rmtree(self.room(part, task), ignore_errors=True)
        # As the next run will read it: tuples are lists, and keys are strings.
        read: dict[str, Any] = json.loads(text)
        return read

    def keep_histories(self, part: str, task: Task) -> None:
        """Keep the history of each training as PART/logs/TASK.jsonl; in a search, as TASK-TRIAL.jsonl."""
        room = self.room(part, task)
        for path in room.rglob(HISTORY):
            name = "-".join((task.name, *path.parent.relative_to(room).parts))
            logs = self.folder / part / "logs"
            logs.mkdir(exist_ok=True)
            os.replace(path, logs / f"{name}.jsonl")

    def holds_something(self) -> bool:
        return self.folder.is_dir() and any(self.folder.iterdir())

    def clear(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
