"""MNIST and Fashion-MNIST: two IDX files of images and two of labels, with or without `.gz`."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from minigrad.data import published
from minigrad.data.idx import read_idx
from minigrad.errors import DataError
from minigrad.typing import Bytes


def read_mnist(folder: Path, name: str = "mnist") -> tuple[Bytes, Bytes, Bytes, Bytes]:
    """Train images (n, 28, 28), train labels (n,), test images and test labels from `folder/name`."""
    train = _pair(folder, name, published.TRAIN_IMAGES, published.TRAIN_LABELS)
    return *train, *_pair(folder, name, published.TEST_IMAGES, published.TEST_LABELS)


def _pair(folder: Path, name: str, images_name: str, labels_name: str) -> tuple[Bytes, Bytes]:
    images_path = _find(folder, name, images_name)
    labels_path = _find(folder, name, labels_name)
    images, labels = read_idx(images_path), read_idx(labels_path)
    if images.dtype != np.uint8 or images.shape[1:] != (28, 28) or len(images) == 0:
        raise DataError(
            f"{images_path}: {images.shape} of {images.dtype}, needed: (n, 28, 28) of uint8, n > 0"
        )
    published.check_labels(labels, len(images), str(labels_path))
    return images, labels


def _find(folder: Path, name: str, file: str) -> Path:
    path = folder / name / file
    for candidate in (path, path.with_suffix("")):
        if candidate.is_file():
            return candidate
    raise published.missing_error(name, folder, path)
