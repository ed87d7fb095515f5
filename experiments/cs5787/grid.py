"""The grid search: learning rate, momentum and each technique's own setting, by validation accuracy.

The report does not list its values. Ours include all that it chose, and their neighbours. A third of the
training images and fewer epochs are enough, since these settings differ much.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from experiments import images
from experiments.blocks import (
    TEST,
    TRAINING,
    VALIDATION,
    Block,
    Figure,
    Heading,
    Line,
    Numbers,
    Panel,
    Table,
    Text,
)
from experiments.cs5787.variants import VARIANTS, settings
from experiments.judge import Number
from experiments.parts import Results, Room, Settings, Task, unseen
from minigrad.errors import AnomalyError

COMMON = {"lr": [0.1, 0.01, 0.001], "momentum": [0.0, 0.9]}
AXES: dict[str, dict[str, list[Any]]] = {
    "none": COMMON,
    "batch-norm": COMMON,
    "dropout": {**COMMON, "dropout": [0.2, 0.5]},
    "weight-decay": {**COMMON, "weight_decay": [1e-2, 1e-3, 1e-4]},
}
SIZES = {False: (16_000, 5), True: (256, 1)}
"""Images and epochs of a trial; those under True are for a quick look."""
MEASURES = ("train_accuracy", "validation_accuracy")


def plan(done: Results, quick: bool) -> list[Task]:
    return [task(name, axes, quick) for name, axes in AXES.items()]


def task(name: str, axes: dict[str, list[Any]], quick: bool) -> Task:
    limit, epochs = SIZES[quick]
    training = {
        **settings(VARIANTS[name], 0, limit, epochs=epochs),
        "evaluate_training": False,
    }
    trials = math.prod(map(len, axes.values()))
    cost = trials * images.cost(training)
    return Task(name, searched, {"training": training, "axes": axes}, cost, alone=True)


def searched(settings: Settings, room: Room) -> dict[str, Any]:
    """All combinations. The order of trials and the number of processes do not change the result."""
    from minigrad import search  # here, so that the other tasks do without Optuna

    study = search.grid(
        Objective(settings["training"], room if room.jobs == 1 else replace(room, tick=unseen)),
        settings["axes"],
        # In a shared storage, another search has another name.
        name="-".join((*room.folder.parts[-3:-1], room.folder.name)),
        storage=room.storage or room.folder / "search.db",
        jobs=room.jobs,
        progress=False,
    )
    kept = [*settings["axes"], *MEASURES]
    return {
        "trials": [{key: row[key] for key in kept} for row in study.table()],
        "diverged": [dict(trial.params) for trial in study.failed],
        "best": dict(study.best.params),
    }


@dataclass(frozen=True)
class Objective:
    """Trains with some settings changed; nan (a trial without a value) if the training diverges."""

    training: Settings
    room: Room

    def __call__(self, params: dict[str, Any], number: int) -> dict[str, Any]:
        settings = changed(self.training, params)
        room = replace(self.room, folder=self.room.folder / f"trial-{number}")
        room.folder.mkdir(parents=True, exist_ok=True)
        try:
            result = images.train(settings, room)
        except AnomalyError:
            return {"value": math.nan, **dict.fromkeys(MEASURES)}
        validation = result["curves"]["validation_accuracy"][-1]
        return {
            "value": validation,
            "train_accuracy": result["train_accuracy"],
            "validation_accuracy": validation,
        }


def changed(training: Settings, params: dict[str, Any]) -> dict[str, Any]:
    """The settings with these values; values of the network are changed in its own settings."""
    network = {
        **training["network"],
        **{k: v for k, v in params.items() if k in training["network"]},
    }
    return {**training, **{k: v for k, v in params.items() if k not in network}, "network": network}


# ---- the page ----

CHOSEN = ("lr", "momentum", "dropout", "weight_decay")
WORDS = {
    "lr": "learning rate",
    "momentum": "momentum",
    "dropout": "dropout rate",
    "weight_decay": "weight decay",
}
STYLES = {0.0: "o--", 0.9: "s-"}
COLOURS = (TRAINING, VALIDATION, TEST)


def blocks(done: Results, quick: bool) -> list[Block]:
    found = {name: done["grid"][name] for name in AXES}
    trials = sum(len(each["trials"]) + len(each["diverged"]) for each in found.values())
    training, epochs = SIZES[quick]
    diverged = sum(len(each["diverged"]) for each in found.values())
    return [
        Heading("The grid search"),
        Text(
            "The report searched a grid of values that it does not list. Ours are: learning rate "
            "0.1, 0.01, 0.001; momentum 0, 0.9; dropout rate 0.2, 0.5; weight decay 0.01, 0.001, 0.0001; "
            f"each technique has its own grid. These are {trials} trainings with one seed on {training:,} "
            f"images for {epochs} epoch{'s' * (epochs > 1)}, compared on {min(training, 12_000):,} for "
            f"validation; {diverged} of them diverged to nan. The trainings are shorter than the report's, "
            "which favours settings that learn fast."
        ),
        Numbers("Settings that the search chooses", choices(found)),
        figure(found),
        Table(
            "grid",
            "All trials",
            ("technique", *WORDS.values(), "training", "validation"),
            [
                (VARIANTS[name].title.rstrip("0123456789. "), *(row.get(key, "–") for key in CHOSEN),
                 *(f"{row[key]:.4f}" for key in MEASURES))
                for name, each in found.items()
                for row in sorted(each["trials"], key=lambda row: -row["validation_accuracy"])
            ],
            highlight=firsts(found),
        ),
    ]  # fmt: skip


def firsts(found: dict[str, Any]) -> list[int]:
    """The rows of the best trials, in a table that is sorted for each technique."""
    sizes = [len(each["trials"]) for each in found.values()]
    return [sum(sizes[:k]) for k in range(len(sizes))]


def choices(found: dict[str, Any]) -> list[Number]:
    lines = []
    for name, each in found.items():
        variant, best = VARIANTS[name], each["best"]
        theirs = {key: getattr(variant, key) for key in CHOSEN if key in best}
        accuracy = {
            "theirs": [
                row["validation_accuracy"]
                for row in each["trials"]
                if all(row[key] == value for key, value in theirs.items())
            ],
            "ours": [max(row["validation_accuracy"] for row in each["trials"])],
        }
        behind = accuracy["ours"][0] - max(accuracy["theirs"], default=0.0)
        note = f"In these short trainings the report's choice is {behind:.4f} behind the best in validation."
        lines += [
            Number(f"{variant.title.rstrip('0123456789. ')}: {WORDS[key]}", value, [best[key]], note=note,
                   rule="equal", form="g")
            for key, value in theirs.items()
        ]  # fmt: skip
    return lines


def figure(found: dict[str, Any]) -> Figure:
    return Figure(
        "grid",
        "Validation accuracy of every trial against the learning rate; the second number is the dropout "
        "rate, or the weight decay. A trial that is missing diverged.",
        [
            Panel(
                VARIANTS[name].title.rstrip("0123456789. "), "learning rate", "validation accuracy",
                list(lines(name, each["trials"])), xscale="log",
            )
            for name, each in found.items()
        ],
        columns=2,
    )  # fmt: skip


def lines(name: str, trials: list[dict[str, Any]]) -> Iterator[Line]:
    """One panel for each momentum and each value of the technique's own setting."""
    own = next((key for key in AXES[name] if key not in COMMON), None)
    for k, value in enumerate(AXES[name][own] if own else [None]):
        for momentum, style in STYLES.items():
            some = [
                row
                for row in trials
                if row["momentum"] == momentum and (not own or row[own] == value)
            ]
            some.sort(key=lambda row: row["lr"])
            label = f"momentum {momentum:g}" + (f", {value:g}" if own else "")
            yield Line(label, [row["lr"] for row in some], [row["validation_accuracy"] for row in some],
                       COLOURS[k], style, 1.5)  # fmt: skip
