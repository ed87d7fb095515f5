"""`load(name)`: a data set by its name, as float32 images in [0, 1] and integer labels."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from minigrad.data.cifar import read_cifar10
from minigrad.data.dataset import ArrayDataset
from minigrad.data.glyphs import glyphs
from minigrad.data.mnist import read_mnist
from minigrad.data.published import data_folder
from minigrad.errors import ParameterError
from minigrad.typing import Bytes

DIGITS = tuple("0123456789")
CLOTHES = (
    *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
    *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
)
OBJECTS = (
    *("airplane", "automobile", "bird", "cat", "deer"),
    *("dog", "frog", "horse", "ship", "truck"),
)


def load(name: str, data_dir: Path | str | None = None) -> tuple[ArrayDataset, ArrayDataset]:
    """The training set and the test set of "glyphs", "mnist", "fashion-mnist" or "cifar-10".

    Images are float32 (n, channels, height, width) in [0, 1], labels int64 (n,). Glyphs are drawn.
    The other sets are read from `data_dir`, by default the folder MINIGRAD_DATA, and a missing or
    damaged file raises `DataError`. `load` downloads nothing: `minigrad data fetch` does.
    """
    if name not in DATASETS:
        raise ParameterError(f"load: no data set {name!r}; there are {', '.join(DATASETS)}")
    read, classes = DATASETS[name]
    images, labels, test_images, test_labels = read(data_folder(data_dir))
    return _dataset(images, labels, classes), _dataset(test_images, test_labels, classes)


def _dataset(images: Bytes, labels: Bytes, classes: tuple[str, ...]) -> ArrayDataset:
    if images.ndim == 3:
        images = images[:, None]
    scaled = np.divide(images, np.float32(255), dtype=np.float32)
    return ArrayDataset(scaled, labels.astype(np.int64), classes)


DATASETS: dict[str, tuple[Callable[[Path], tuple[Bytes, Bytes, Bytes, Bytes]], tuple[str, ...]]] = {
    "glyphs": (lambda folder: glyphs(), DIGITS),
    "mnist": (lambda folder: read_mnist(folder, "mnist"), DIGITS),
    "fashion-mnist": (lambda folder: read_mnist(folder, "fashion-mnist"), CLOTHES),
    "cifar-10": (read_cifar10, OBJECTS),
}
