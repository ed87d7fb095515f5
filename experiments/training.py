"""The most frequent task: an MLP on CIFAR-10, trained by gradient descent with a cyclical rate."""

from __future__ import annotations

from functools import partial
from typing import Any, final

import numpy as np

from experiments import cifar, parts
from experiments.parts import Room, Task
from minigrad.data import ArrayDataset, DataLoader
from minigrad.nn import Module, init
from minigrad.optim import L2, SGD, Cyclical
from minigrad.train import Callback, History, Run, Settings, evaluate, fit
from minigrad.train.history import Record
from models.mlp import MLP

DEFAULTS = {
    "hidden": [50],
    "batch_norm": False,
    "sigma": None,
    "batch_size": 100,
    "eta_min": 1e-5,
    "eta_max": 1e-1,
    "limit": None,
}
"""sigma: the weights are drawn from N(0, sigma^2); None for He's initialisation."""


def setting(**given: Any) -> dict[str, Any]:
    """Settings for `train`: split, seed, coefficient (lambda), n_s, steps, evaluate_every, and `DEFAULTS`."""
    return {**DEFAULTS, **given}


def training_task(name: str, settings: parts.Settings) -> Task:
    """One training as a task; its cost is the number of updates."""
    return Task(name, train, settings, cost=settings["steps"])


@final
class Ticks(Callback):
    """Moves the report's bar by one for each update, including those before a resumed run."""

    def __init__(self, room: Room) -> None:
        self.room = room

    def began(self, run: Run) -> None:
        self.room.tick(run.updates)

    def updated(self, run: Run, record: Record) -> None:
        self.room.tick(1)


def network(settings: parts.Settings, rng: np.random.Generator) -> MLP:
    sigma = settings["sigma"]
    how = init.kaiming_normal if sigma is None else partial(init.normal, std=sigma)
    return MLP(
        (3072, *settings["hidden"], 10), batch_norm=settings["batch_norm"], rng=rng, init=how
    )


def train(settings: parts.Settings, room: Room) -> dict[str, Any]:
    """Train, starting from the last checkpoint in the room; the learning curves, and the measures at the end.

    The seed decides the split, the first weights and the order of the examples independently, so networks
    with the same seed see the same examples in the same order.
    """
    s = settings
    data = cifar.parts(room.data_dir, s["split"], s["seed"], s["limit"])
    for_model, for_order = (np.random.default_rng([s["seed"], k]) for k in (1, 2))
    model = network(s, for_model)
    return trained(model, data, for_order, s, room)


def trained(
    model: Module, data: cifar.Parts, for_order: np.random.Generator, s: parts.Settings, room: Room
) -> dict[str, Any]:
    penalty = L2(model.parameters(), s["coefficient"])
    before = measures(model, data, float(penalty().data))
    history = fit(
        model,
        DataLoader(data.training, s["batch_size"], shuffle=True, rng=for_order),
        SGD(model.parameters(), lr=s["eta_max"]),
        Settings(
            updates=s["steps"],
            schedule=Cyclical(s["eta_min"], s["eta_max"], s["n_s"]),
            penalty=penalty,
            evaluate_every=s["evaluate_every"],
            evaluate_training=True,
            save_every=1000,
        ),
        validation=data.validation,
        folder=room.folder,
        resume=True,
        callbacks=[Ticks(room)],
    )
    result = evaluate(model, data.test)
    return {
        "curves": curves(history, before),
        "test_accuracy": result.accuracy,
        "test_loss": result.loss,
    }


def measures(model: Module, data: cifar.Parts, term: float) -> dict[str, float]:
    """The measures of an evaluation, before the first update."""
    found: dict[str, float] = {}
    named: dict[str, ArrayDataset] = {"train": data.training, "validation": data.validation}
    for name, part in named.items():
        result = evaluate(model, part)
        found |= {
            f"{name}_cost": result.loss + term,
            f"{name}_loss": result.loss,
            f"{name}_accuracy": result.accuracy or 0.0,
        }
    return found


def curves(history: History, before: dict[str, float]) -> dict[str, list[float]]:
    """By name, such as train_cost or validation_accuracy, at the steps under "step", from 0.

    Rounded to six digits; figures and tables need four.
    """
    found: dict[str, list[float]] = {}
    for name, value in before.items():
        steps, values = history.series("evaluation", name)
        found["step"] = [0, *steps.tolist()]
        found[name] = [rounded(value), *map(rounded, values.tolist())]
    return found


def rounded(value: float) -> float:
    return float(f"{value:.6g}")


def last(result: dict[str, Any], name: str) -> float:
    """The last point of a curve, such as "validation_accuracy", or "test_accuracy"."""
    return float(result[name] if name in result else result["curves"][name][-1])
