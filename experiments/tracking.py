"""Logging of runs to Weights & Biases, with `--wandb`; their JSON lines are written in any case."""

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
    """The package. Raises `MissingPackageError`, which names the command that installs it."""
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
    """A run of Weights & Biases with the settings, and the measures of every epoch.

    Its name is the task's, and its id is the name of the task's folder, so a resumed run continues the same
    log. WANDB_MODE=offline keeps it on this machine, in the folder WANDB_DIR.
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
    """The task's name: that of its folder without the part of the key."""
    return re.sub(rf"-[0-9a-f]{{{SHOWN}}}$", "", folder)
