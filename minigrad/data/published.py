"""The published files of each data set: their sizes, checksums and mirrors."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import NamedTuple

import numpy as np

from minigrad.data.glyphs import cache_folder
from minigrad.errors import DataError
from minigrad.typing import Array


class Published(NamedTuple):
    """A file as its authors publish it; `path` is its place in the user's data folder."""

    path: str
    size: int
    md5: str
    mirrors: tuple[str, ...] = ()

    def matches(self, path: Path) -> bool:
        """Whether the file `path` has the published size and MD5."""
        if not path.is_file() or path.stat().st_size != self.size:
            return False
        with path.open("rb") as file:
            return hashlib.file_digest(file, "md5").hexdigest() == self.md5


Files = tuple[Published, ...]

MNIST = (
    "https://ossci-datasets.s3.amazonaws.com/mnist",
    "https://storage.googleapis.com/cvdf-datasets/mnist",
)
FASHION = (
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion",
)
CIFAR = ("https://www.cs.toronto.edu/~kriz",)

TRAIN_IMAGES, TRAIN_LABELS = "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"
TEST_IMAGES, TEST_LABELS = "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"


def files(folder: str, mirrors: tuple[str, ...], table: dict[str, tuple[int, str]]) -> Files:
    """The published files of a folder, from their names, sizes and MD5s."""
    return tuple(Published(f"{folder}/{name}", *about, mirrors) for name, about in table.items())


# The files that `minigrad data fetch NAME` downloads.
FILES = {
    "mnist": files("mnist", MNIST, {
        TRAIN_IMAGES: (9912422, "f68b3c2dcbeaaa9fbdd348bbdeb94873"),
        TRAIN_LABELS: (28881, "d53e105ee54ea40749a09fcbcd1e9432"),
        TEST_IMAGES: (1648877, "9fb629c4189551a2d022fa330f9573f3"),
        TEST_LABELS: (4542, "ec29112dd5afa0611ce80d1b7f02629c"),
    }),
    "fashion-mnist": files("fashion-mnist", FASHION, {
        TRAIN_IMAGES: (26421880, "8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
        TRAIN_LABELS: (29515, "25c81989df183df01b3e8a0aad5dffbe"),
        TEST_IMAGES: (4422102, "bef4ecab320f06d8554ea6380940ec79"),
        TEST_LABELS: (5148, "bb300cfdad3c16e7a12a480ee83cd310"),
    }),
    "cifar-10": files("cifar-10", CIFAR, {
        "cifar-10-binary.tar.gz": (170052171, "c32a1d4ab5d03f1284b67883e8d87530"),
    }),
}  # fmt: skip

# The other forms in which CIFAR-10 is read: its Python archive, and both archives unpacked.
CIFAR_FORMS = files("cifar-10", (), {
    "cifar-10-python.tar.gz": (170498071, "c58f30108f718f92721af3b95e74349a"),
    "cifar-10-batches-bin/data_batch_1.bin": (30730000, "5dd7e06a14cb22eb9f671a540d1b7c25"),
    "cifar-10-batches-bin/data_batch_2.bin": (30730000, "5ea93a67294ea407fff1d09f752e9692"),
    "cifar-10-batches-bin/data_batch_3.bin": (30730000, "942cd6a4bcdd0dd3c604fbe906cb4421"),
    "cifar-10-batches-bin/data_batch_4.bin": (30730000, "ae636b3ba5c66a11e91e8cb52e771fcb"),
    "cifar-10-batches-bin/data_batch_5.bin": (30730000, "53f37980c15c3d472c316c40844f3f0d"),
    "cifar-10-batches-bin/test_batch.bin": (30730000, "803d5f7f4d78ea53de84dbe85f74fb6d"),
    "cifar-10-batches-py/data_batch_1": (31035704, "c99cafc152244af753f735de768cd75f"),
    "cifar-10-batches-py/data_batch_2": (31035320, "d4bba439e000b95fd0a9bffe97cbabec"),
    "cifar-10-batches-py/data_batch_3": (31035999, "54ebc095f3ab1f0389bbae665268c751"),
    "cifar-10-batches-py/data_batch_4": (31035696, "634d18415352ddfa80567beed471001a"),
    "cifar-10-batches-py/data_batch_5": (31035623, "482c414d41f54cd18b22e5b47cb7c3cb"),
    "cifar-10-batches-py/test_batch": (31035526, "40351d587109b95175f43aff81a1287e"),
})  # fmt: skip


def data_folder(data_dir: Path | str | None = None) -> Path:
    """`data_dir` if given, else the folder MINIGRAD_DATA, else `data` in minigrad's cache folder."""
    named = data_dir or os.environ.get("MINIGRAD_DATA")
    return Path(named).expanduser() if named else cache_folder() / "data"


def missing_error(name: str, folder: Path, path: Path) -> DataError:
    """The error for a data set that is not in `folder`, with the command that downloads it."""
    return DataError(
        f"{name}: {path} does not exist\n"
        f"  download it with: minigrad data fetch {name} --data-dir {folder}\n"
        f"  or name the folder that has {name}/ in it with --data-dir or the variable MINIGRAD_DATA"
    )


def check_labels(labels: Array, count: int, name: str) -> None:
    """Raise `DataError`, which names the file, unless these are `count` integers from 0 to 9."""
    if labels.dtype.kind not in "iu" or labels.ndim != 1:
        raise DataError(
            f"{name}: labels {labels.shape} of {labels.dtype}, needed: (n,) of integers"
        )
    if len(labels) != count:
        raise DataError(f"{name}: {len(labels)} labels, but there are {count} images")
    if wrong := np.flatnonzero((labels < 0) | (labels > 9)).tolist():
        raise DataError(f"{name}: label {wrong[0]} is {labels[wrong[0]]}, needed: 0 to 9")
