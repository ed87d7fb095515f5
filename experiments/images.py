"""The task of the reports on MNIST and Fashion-MNIST: a network trained on images, epoch by epoch."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any, NamedTuple, final

import numpy as np

from experiments import parts, tracking
from experiments.parts import Room, Task
from experiments.training import Ticks, rounded
from minigrad.data import ArrayDataset, DataLoader, fixed_split, load, random_split
from minigrad.nn import Module, init
from minigrad.nn import summary as table_of
from minigrad.nn.summary import Summary
from minigrad.optim import L2, SGD
from minigrad.train import Callback, History, Run, Settings, evaluate, fit
from minigrad.train.history import Record
from models.cnn import CNN
from models.lenet import LeNet5
from models.mlp import MLP

INITS: dict[str, init.Initialiser] = {
    "zero": init.zeros,
    "normal": init.normal,
    "glorot": init.xavier_uniform,
    "he": init.kaiming_normal,
    "pytorch": partial(init.kaiming_uniform, a=5**0.5),
}
"""Initialisers by their names in the settings; "pytorch" is that of its layers, except for biases of 0."""


WORK = {"mlp": 1, "lenet": 4, "cnn": 45}
"""Time of an update, relative to that of an MLP."""


class Parts(NamedTuple):
    training: ArrayDataset
    validation: ArrayDataset
    test: ArrayDataset


@cache
def everything(data_dir: Path, name: str) -> tuple[ArrayDataset, ArrayDataset]:
    return load(name, data_dir)


@lru_cache(maxsize=1)
def data_parts(
    data_dir: Path, name: str, training: int, split_seed: int | None, limit: int | None
) -> Parts:
    """`training` images to train on, the rest to validate, and the test set; pixels in [0, 1].

    split_seed    random seed of the split; None: the first images train, as in the course's files
    limit         only the first `limit` images of each part
    """
    rest, test = everything(data_dir, name)
    sizes = [training, len(rest) - training]
    if split_seed is None:
        split = fixed_split(rest, sizes)
    else:
        split = random_split(rest, sizes, np.random.default_rng([784, split_seed]))
    return Parts(*(ArrayDataset(*part[:limit], part.classes) for part in (*split, test)))


def prepared(settings: parts.Settings, data_dir: Path) -> Parts:
    return data_parts(
        data_dir, *(settings[key] for key in ("data", "training", "split_seed", "limit"))
    )


def network(settings: parts.Settings, rng: np.random.Generator) -> Module:
    """The network that settings["network"] describes: {"kind": "mlp", "hidden": [784, 256], ...}."""
    given = dict(settings["network"])
    kind = given.pop("kind")
    drawn: dict[str, Any] = {"rng": rng, "init": INITS[given.pop("init")]}
    if kind == "mlp":
        return MLP((784, *given.pop("hidden"), 10), **given, **drawn)
    return {"lenet": LeNet5, "cnn": CNN}[kind](**given, **drawn)


def setting(network: dict[str, Any], **given: Any) -> dict[str, Any]:
    """Settings for `train`: data, training, split_seed, seed, lr, batch_size, epochs, and others if not 0."""
    return {
        "network": network,
        "momentum": 0.0,
        "weight_decay": 0.0,
        "l2": 0.0,
        "limit": None,
        "evaluate_training": True,
        **given,
    }


def task(name: str, run: Callable[[parts.Settings, Room], Any], settings: parts.Settings) -> Task:
    return Task(name, run, settings, cost(settings))


def cost(settings: parts.Settings) -> float:
    """In the time of one update of an MLP."""
    images = settings["limit"] or settings["training"]
    updates = -(-images // settings["batch_size"])
    return float(settings["epochs"] * updates * WORK[settings["network"]["kind"]])


Measure = Callable[[Module, Parts], dict[str, float]]


def nothing(model: Module, data: Parts) -> dict[str, float]:
    return {}


def on_test(model: Module, data: Parts) -> dict[str, float]:
    result = evaluate(model, data.test)
    return {"test_loss": result.loss, "test_accuracy": result.accuracy or 0.0}


@final
class Measured(Callback):
    """Takes further measures at every evaluation, and writes them as JSON lines next to the history."""

    def __init__(self, measure: Measure, data: Parts, folder: Path) -> None:
        self.measure, self.data, self.path = measure, data, folder / "measured.jsonl"
        self.records: list[Record] = []

    def began(self, run: Run) -> None:
        # A run that was killed between an evaluation and its checkpoint repeats the evaluation.
        lines = self.path.read_text(encoding="utf-8").splitlines() if self.path.exists() else []
        self.records = [r for r in map(json.loads, lines) if r["step"] <= run.updates]
        self.path.write_text(
            "".join(json.dumps(record) + "\n" for record in self.records), encoding="utf-8"
        )

    def evaluated(self, run: Run, record: Record) -> None:
        found = {"step": record["step"], **self.measure(run.model, self.data)}
        self.records.append(found)
        with self.path.open("a") as file:
            file.write(json.dumps(found) + "\n")


def train(
    settings: parts.Settings,
    room: Room,
    *,
    measure: Measure = nothing,
    keep: Callable[[Module, Parts], Any] = nothing,
) -> dict[str, Any]:
    """Train, starting from the last checkpoint in the room; the curves by epoch, and the measures at the end.

    The seed decides the first weights, the masks of dropout and the order of the images independently.
    Networks with the same seed see the same images in the same order.

    measure    further measures of the model, at the end of every epoch
    keep       more of the trained model, under "kept"
    """
    s = settings
    data = prepared(s, room.data_dir)
    work = WORK[s["network"]["kind"]]
    weighed = replace(room, tick=lambda updates: room.tick(updates * work))
    for_model, for_order = (np.random.default_rng([s["seed"], k]) for k in (1, 2))
    model = network(s, for_model)
    loader = DataLoader(data.training, s["batch_size"], shuffle=True, rng=for_order)
    measured = Measured(measure, data, room.folder)
    history = fit(
        model,
        loader,
        SGD(model.parameters(), s["lr"], s["momentum"], s["weight_decay"]),
        Settings(
            epochs=s["epochs"],
            penalty=L2(model.parameters(), s["l2"]) if s["l2"] else None,
            evaluate_training=s["evaluate_training"],
            save_every=min(200, len(loader)),
        ),
        validation=data.validation,
        folder=room.folder,
        resume=True,
        callbacks=[Ticks(weighed), measured, *tracking.watchers(room, s, measured)],
    )
    return {
        "parameters": sum(p.size for p in model.parameters()),
        "sizes": [len(part) for part in data],
        "curves": curves(history, measured.records),
        "train_accuracy": evaluate(model, data.training).accuracy,
        **on_test(model, data),
        "kept": keep(model, data),
    }


def curves(history: History, measured: list[Record]) -> dict[str, list[float]]:
    """By name, such as validation_accuracy, at the end of each epoch; "epoch" counts from 1.

    Rounded to six digits; figures and tables need four.
    """
    evaluations = [record for record in history.records if record["kind"] == "evaluation"]
    found: dict[str, list[float]] = {}
    for before, more in zip(evaluations, measured, strict=True):
        for name, value in {**before, **more}.items():
            if name not in ("kind", "step", "train_averaged"):
                found.setdefault(name, []).append(rounded(value))
    return found


def summary(settings: parts.Settings) -> Summary:
    """The layer table of the network that the settings describe."""
    return table_of(network(settings, np.random.default_rng(0)), (1, 28, 28))
