"""The same three layers with batch norm, trained longer, on mirrored and shifted images."""

from __future__ import annotations

from itertools import product
from typing import Any, final

import numpy as np

from experiments import cifar, parts
from experiments.parts import Room
from experiments.training import Ticks, curves, measures, network
from minigrad.data import ArrayDataset, DataLoader, Dataset
from minigrad.optim import L2, SGD, Cosine
from minigrad.train import Settings, evaluate, fit


@final
class Variants(Dataset):
    """Each image many times: as it is and mirrored, each shifted by -reach to reach pixels in both axes.

    Example k * n + i is image i in variant k, so the loader's random order chooses the variant, and nothing
    here is random. Pixels from outside the image are 0, the mean of every pixel.
    """

    def __init__(self, dataset: ArrayDataset, reach: int) -> None:
        self.dataset = dataset
        moves = range(-reach, reach + 1)
        self.kinds = list(product((False, True), moves, moves))

    def __len__(self) -> int:
        return len(self.kinds) * len(self.dataset)

    def __getitem__(self, index: Any) -> tuple[np.ndarray, np.ndarray]:
        index = np.arange(len(self))[index] if isinstance(index, slice) else np.atleast_1d(index)
        kinds, images = np.divmod(index, len(self.dataset))
        x, targets = self.dataset[images]
        grid = x.reshape(-1, 3, 32, 32)
        out = np.zeros_like(grid)
        for k in np.unique(kinds):
            mirrored, dy, dx = self.kinds[k]
            some = kinds == k
            source = grid[some][..., ::-1] if mirrored else grid[some]
            out[some] = moved(source, dy, dx)
        return out.reshape(x.shape), targets


def moved(images: np.ndarray, dy: int, dx: int) -> np.ndarray:
    """Shifted down by dy and right by dx, with zeros from outside."""
    out = np.zeros_like(images)
    h, w = images.shape[-2:]
    out[..., max(dy, 0) : h + min(dy, 0), max(dx, 0) : w + min(dx, 0)] = images[
        ..., max(-dy, 0) : h + min(-dy, 0), max(-dx, 0) : w + min(-dx, 0)
    ]
    return out


def train_on_variants(settings: parts.Settings, room: Room) -> dict[str, Any]:
    """As `training.train`, with a cosine schedule, and on variants of the images where `reach` is given.

    The test set is used only if `test` is true: recipes are compared on the validation set. The training
    measures are means over the updates since the last evaluation, which see variants.
    """
    s = settings
    data = cifar.parts(room.data_dir, s["split"], s["seed"], s["limit"])
    for_model, for_order = (np.random.default_rng([s["seed"], k]) for k in (1, 2))
    model = network(s, for_model)
    penalty = L2(model.parameters(), s["coefficient"])
    before = measures(model, data, float(penalty().data))
    seen = data.training if s["reach"] is None else Variants(data.training, s["reach"])
    history = fit(
        model,
        DataLoader(seen, s["batch_size"], shuffle=True, rng=for_order),
        SGD(model.parameters(), lr=s["eta_max"]),
        Settings(
            updates=s["steps"],
            schedule=Cosine(s["eta_max"], s["steps"]),
            penalty=penalty,
            evaluate_every=s["evaluate_every"],
            save_every=1000,
        ),
        validation=data.validation,
        folder=room.folder,
        resume=True,
        callbacks=[Ticks(room)],
    )
    found: dict[str, Any] = {"curves": curves(history, before)}
    if s["test"]:
        result = evaluate(model, data.test)
        found |= {"test_accuracy": result.accuracy, "test_loss": result.loss}
    return found
