"""A search that forgets to initialise the network between trials, as in report 001."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from experiments import cifar
from experiments.parts import Room, Settings
from experiments.training import last, network, trained


def carried(settings: Settings, room: Room) -> list[dict[str, float]]:
    """The measures after each coefficient. Each trial continues with the network of the trial before."""
    s = settings["training"]
    data = cifar.parts(room.data_dir, s["split"], s["seed"], s["limit"])
    model = network(s, np.random.default_rng([s["seed"], 1]))
    rows = []
    for k, coefficient in enumerate(settings["coefficients"]):
        # A trial that finished before a kill resumes from its last checkpoint, with nothing left to do.
        own = replace(room, folder=room.folder / f"trial-{k}")
        order = np.random.default_rng([s["seed"], 2, k])
        result = trained(model, data, order, {**s, "coefficient": coefficient}, own)
        measures = ("train_accuracy", "validation_accuracy", "test_accuracy")
        rows.append({"lambda": coefficient, **{name: last(result, name) for name in measures}})
    return rows
