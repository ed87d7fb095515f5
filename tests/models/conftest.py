"""A data set small enough to train on in a second, in MNIST's files, and the real ones."""

import os
import struct
from pathlib import Path

import numpy as np
import pytest


def write_idx(path, array):
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    path.write_bytes(header + array.astype(np.uint8).tobytes())


@pytest.fixture(scope="session")
def small_mnist(tmp_path_factory):
    """A bright bar in row 2 i + 4 is an i: 120 images to train, 40 to test."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "mnist").mkdir()
    rng = np.random.default_rng(0)
    for name, count in (("train", 120), ("t10k", 40)):
        labels = np.arange(count) % 10
        images = rng.integers(0, 60, (count, 28, 28))
        images[np.arange(count), 2 * labels + 4, 4:24] = 250
        write_idx(folder / "mnist" / f"{name}-images-idx3-ubyte", images)
        write_idx(folder / "mnist" / f"{name}-labels-idx1-ubyte", labels)
    return folder


@pytest.fixture
def real_data():
    if not os.environ.get("MINIGRAD_DATA"):
        pytest.skip("MINIGRAD_DATA does not name a folder with the real data sets")
    return Path(os.environ["MINIGRAD_DATA"])
