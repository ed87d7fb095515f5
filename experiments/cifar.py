"""CIFAR-10 as the two assignments cut it: rows of 3,072 numbers, standardised by the training set."""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from minigrad.data import ArrayDataset, Standardise, fixed_split, load, random_split

SPLITS = ("batches 1 and 2", "49,000 and 1,000", "45,000 and 5,000")
SPLIT_SEED = 2424


class Parts(NamedTuple):
    training: ArrayDataset
    validation: ArrayDataset
    test: ArrayDataset


@cache
def everything(data_dir: Path) -> tuple[ArrayDataset, ArrayDataset]:
    return load("cifar-10", data_dir)


@lru_cache(maxsize=1)
def parts(data_dir: Path, split: str, seed: int, limit: int | None) -> Parts:
    """Training, validation and test set, each pixel standardised by its mean and deviation in training.

    split    "batches 1 and 2": the first to train, the second to validate; else how many of the 50,000
             fall to each by lot
    seed     of the lot
    limit    only the first so many of each, for a quick look
    """
    rest, test = everything(data_dir)
    if split == SPLITS[0]:
        training, validation, _ = fixed_split(rest, [10_000, 10_000, 30_000])
    else:
        sizes = [int(size.replace(",", "")) for size in split.split(" and ")]
        training, validation = random_split(rest, sizes, np.random.default_rng([SPLIT_SEED, seed]))
    cut = [part if limit is None else first(part, limit) for part in (training, validation, test)]
    standardise = Standardise.fit(cut[0].inputs, per="feature")
    return Parts(*(part.map(standardise).map(rows) for part in cut))


def first(dataset: ArrayDataset, count: int) -> ArrayDataset:
    return ArrayDataset(*dataset[:count], dataset.classes)


def rows(images: np.ndarray) -> np.ndarray:
    return images.reshape(len(images), -1)
