"""CIFAR-10 in the two forms that its author publishes, each as a folder of batches or as an archive.

A record of the binary form has 3,073 bytes: a label, then the red, green and blue values of a 32 x 32
image. The Python form is a pickled dict, which is read without running it. An archive is read in memory.

(A. Krizhevsky, "Learning multiple layers of features from tiny images", 2009.)
"""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import numpy as np

from minigrad.data import published
from minigrad.data.files import read_unpacked
from minigrad.data.pickled import read_pickle, uint8_array
from minigrad.errors import DataError
from minigrad.typing import Bytes

Batch = tuple[Bytes, Bytes]

PIXELS = 3 * 32 * 32
BATCHES = (*(f"data_batch_{i}" for i in range(1, 6)), "test_batch")
BATCH_LIMIT, ARCHIVE_LIMIT = 2**26, 2**29  # bytes; the published ones have 31 and 187 million


def parse_binary(data: bytes, name: str = "CIFAR-10") -> Batch:
    """Images (n, 3, 32, 32) and labels (n,) from the bytes of a binary batch."""
    count, rest = divmod(len(data), 1 + PIXELS)
    if rest or not count:
        raise DataError(
            f"{name}: {'truncated' if rest else 'empty'}: {len(data)} bytes, "
            f"needed: records of {1 + PIXELS} bytes"
        )
    records = np.frombuffer(data, np.uint8).reshape(count, 1 + PIXELS)
    labels = records[:, 0]
    published.check_labels(labels, count, name)
    return records[:, 1:].reshape(count, 3, 32, 32), labels


def parse_python(data: bytes, name: str = "CIFAR-10") -> Batch:
    """Images (n, 3, 32, 32) and labels (n,) from the bytes of a Python batch."""
    content = read_pickle(data, name)
    if not isinstance(content, dict) or not {b"data", b"labels"} <= content.keys():
        raise DataError(f"{name}: not a batch of CIFAR-10: no dict with b'data' and b'labels'")
    images, labels = uint8_array(content[b"data"], name), content[b"labels"]
    if images.shape[1:] != (PIXELS,) or len(images) == 0:
        raise DataError(f"{name}: images of shape {images.shape}, needed: (n, {PIXELS}), n > 0")
    if type(labels) is not list or any(type(label) is not int for label in labels):
        raise DataError(f"{name}: the labels are not a list of integers")
    found = np.array(labels)
    published.check_labels(found, len(images), name)
    return images.reshape(-1, 3, 32, 32), found.astype(np.uint8)


FORMS = (
    ("cifar-10-batches-bin", "cifar-10-binary.tar.gz", ".bin", parse_binary),
    ("cifar-10-batches-py", "cifar-10-python.tar.gz", "", parse_python),
)
"""The published forms: the folder of batches, the archive of it, the suffix of a batch, its parser."""


def read_cifar10(folder: Path) -> tuple[Bytes, Bytes, Bytes, Bytes]:
    """Train images (50000, 3, 32, 32), train labels, test images, test labels, uint8.

    They are read from `folder/cifar-10`: the binary form if it is there, else the Python form, and
    a folder of batches if it is there, else the archive. A missing or damaged file raises
    `DataError`, which names it.
    """
    place = folder / "cifar-10"
    for unpacked, archive, suffix, parse in FORMS:
        names = [batch + suffix for batch in BATCHES]
        if (path := place / unpacked).is_dir():
            there = [file for name in names if (file := path / name).exists()]
            needed = "a batch of CIFAR-10"
            contents = {file.name: read_unpacked(file, BATCH_LIMIT, needed) for file in there}
        elif (path := place / archive).is_file():
            contents = _archived_batches(path, names)
        else:
            continue
        if lacking := [name for name in names if name not in contents]:
            raise DataError(f"{path}: {', '.join(lacking)} is missing or damaged")
        *train, test = (parse(contents.pop(name), f"{path}/{name}") for name in names)
        images, labels = (np.concatenate(parts) for parts in zip(*train))
        return images, labels, *test
    raise published.missing_error("cifar-10", folder, place / FORMS[0][1])


def _archived_batches(archive: Path, names: list[str]) -> dict[str, bytes]:
    unpacked = read_unpacked(archive, ARCHIVE_LIMIT, "an archive of CIFAR-10")
    contents = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(unpacked)) as members:
            for member in members:
                name = member.name.rpartition("/")[2]
                if name in names and member.isreg() and member.size <= BATCH_LIMIT:
                    content = members.extractfile(member)
                    contents[name] = content.read() if content else b""
    except (
        tarfile.TarError,
        RecursionError,
        ValueError,
    ) as error:  # forged headers raise all three
        raise DataError(f"{archive}: damaged inside: {error}") from error
    return contents
