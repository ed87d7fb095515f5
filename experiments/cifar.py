"""CIFAR-10 as the two assignments split it: rows of 3,072 numbers, standardised by the training set."""

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


def parts(data_dir: Path, split: str, seed: int, limit: int | None) -> Parts:
    """Training, validation and test set, each pixel standardised by its mean and deviation in training.

    split    "batches 1 and 2": the first to train, the second to validate; otherwise the sizes of a random
             split of the 50,000
    seed     random seed of the split
    limit    only the first `limit` examples of each part, for a quick look
    """
    return prepared(data_dir, split, 0 if split == SPLITS[0] else seed, limit)


@lru_cache(maxsize=1)  # 0.7 GB each
def prepared(data_dir: Path, split: str, seed: int, limit: int | None) -> Parts:
    rest, test = everything(data_dir)
    sizes = [10_000, 10_000]
    if split != SPLITS[0]:
        sizes = [int(size.replace(",", "")) for size in split.split(" and ")]
    if limit is not None:
        sizes = [min(size, limit) for size in sizes]
        rest, test = first(rest, sum(sizes)), first(test, limit)
    if split == SPLITS[0]:
        cut = fixed_split(first(rest, sum(sizes)), sizes)
    else:
        cut = random_split(rest, sizes, np.random.default_rng([SPLIT_SEED, seed]))
    cut.append(test)
    standardise = Standardise.fit(cut[0].inputs, per="feature")
    return Parts(*(part.map(standardise).map(rows) for part in cut))


def first(dataset: ArrayDataset, count: int) -> ArrayDataset:
    return ArrayDataset(*dataset[:count], dataset.classes)


def rows(images: np.ndarray) -> np.ndarray:
    return images.reshape(len(images), -1)
