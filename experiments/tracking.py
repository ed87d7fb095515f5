"""Runs watched in Weights & Biases, where `--wandb` asks for it; their JSON lines are written in any case."""

from __future__ import annotations

import re
from types import ModuleType
from typing import TYPE_CHECKING, Any, final

from experiments.cache import SHOWN
from experiments.parts import Room, Settings
from minigrad.errors import MissingPackageError
from minigrad.train import Callback, Run
from minigrad.train.history import Record

if TYPE_CHECKING:
    from experiments.images import Measured

PROJECT = "minigrad-experiments"


def wandb() -> ModuleType:
    """The package, or a `MissingPackageError` that says how to get it."""
    try:
        import wandb as package
    except ImportError as error:
        raise MissingPackageError(
            "--wandb logs to Weights & Biases, whose package is not installed: "
            "pip install 'minigrad-edu[track]', or leave --wandb away"
        ) from error
    return package


def watchers(room: Room, settings: Settings, measured: Measured) -> list[Callback]:
    return [WandB(room, settings, measured)] if room.track else []


@final
class WandB(Callback):
    """A run of Weights & Biases with the settings, and what was measured after every epoch.

    It is named after the task, and its id is that of the task's folder, so that a run that is resumed
    goes on where it was. WANDB_MODE=offline keeps it on this machine, in the folder WANDB_DIR.
    """

    def __init__(self, room: Room, settings: Settings, measured: Measured) -> None:
        self.room, self.settings, self.measured = room, settings, measured
        self.run: Any = None

    def began(self, run: Run) -> None:
        folder = self.room.folder
        self.run = wandb().init(
            project=PROJECT,
            group=without_key(folder.parent.name),
            name=without_key(folder.name),
            id=f"{folder.parent.name}-{folder.name}",
            resume="allow",
            config=dict(self.settings),
            reinit="create_new",
        )

    def evaluated(self, run: Run, record: Record) -> None:
        found = {**record, **self.measured.records[-1]}
        self.run.log({k: v for k, v in found.items() if k != "kind"}, step=record["step"])

    def ended(self, run: Run) -> None:
        if self.run is not None:
            self.run.finish()


def without_key(folder: str) -> str:
    """The task's name: its folder has a part of its key behind it."""
    return re.sub(rf"-[0-9a-f]{{{SHOWN}}}$", "", folder)
