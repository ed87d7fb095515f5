"""A run that is small and yet has everything: batch norm's buffers, dropout's masks, momentum, L2."""

from __future__ import annotations

import numpy as np
import pytest

from minigrad import nn, optim
from minigrad.data import ArrayDataset, DataLoader
from minigrad.train import Settings, fit


def small_data(count=50, seed=0):
    rng = np.random.default_rng(seed)
    inputs = rng.normal(size=(count, 6)).astype(np.float32)
    return ArrayDataset(inputs, (inputs[:, 0] > 0) + (inputs[:, 1] > 0).astype(np.int64), "abc")


def small_model(seed=0):
    rng = np.random.default_rng(seed)
    return nn.Sequential(
        nn.Linear(6, 9, rng=rng),
        nn.BatchNorm1d(9),
        nn.ReLU(),
        nn.Dropout(0.3, rng=rng),
        nn.Linear(9, 3, rng=rng),
    )


OPTIMIZERS = {
    "sgd": lambda parameters: optim.SGD(parameters, lr=0.1, momentum=0.9, nesterov=True),
    "adam": lambda parameters: optim.Adam(parameters, lr=0.01, weight_decay=1e-3),
    "adamw": lambda parameters: optim.AdamW(parameters, lr=0.01),
    "rmsprop": lambda parameters: optim.RMSprop(parameters, lr=0.01, momentum=0.5),
}


class SmallRun:
    """Seven updates an epoch, three epochs; made from its seeds, as by a program that is restarted."""

    def __init__(self, optimizer="sgd"):
        self.model = small_model()
        self.loader = DataLoader(small_data(), 8, shuffle=True, rng=np.random.default_rng(1))
        self.optimizer = OPTIMIZERS[optimizer](self.model.parameters())

    def fit(self, **options):
        """Options are those of `fit`, or settings."""
        defaults = {
            "epochs": None if "updates" in options else 3,
            "schedule": optim.Cyclical(0.001, 0.05, 5),
            "penalty": optim.L2(self.model.parameters(), 0.01),
            "validation": small_data(20, seed=2),
        }
        options = {**defaults, **options}
        own = {k: options.pop(k) for k in list(options) if k in Settings.__dataclass_fields__}
        return fit(self.model, self.loader, self.optimizer, Settings(**own), **options)


@pytest.fixture
def small_run():
    return SmallRun
