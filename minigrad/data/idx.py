"""IDX: the format of MNIST and its kin, an array behind a header of a few bytes.

    0 0 type ndim | length of each axis, 4 bytes, big-endian | the elements in row-major order

(Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits".)
"""

from __future__ import annotations

import math
import struct
from pathlib import Path
from typing import Any

import numpy as np

from minigrad.data.files import opened, read_at_most
from minigrad.errors import DataError
from minigrad.typing import Array

TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
LIMIT = 2**30  # bytes; MNIST has 47 million, and a forged header may promise any number


def parse_idx(data: bytes, name: str = "IDX") -> Array:
    """The array in the bytes of an IDX file; errors speak of it by `name`."""
    dtype, shape, start = _header(data, name)
    promised, found = math.prod(shape) * dtype.itemsize, len(data) - start
    if found != promised:
        raise DataError(
            f"{name}: {'truncated' if found < promised else 'longer than its header says'}: "
            f"{shape} elements of {dtype.itemsize} bytes are {promised} bytes, "
            f"there are {found if found < promised else 'more'}"
        )
    return np.frombuffer(data, dtype, offset=start).reshape(shape).astype(dtype.newbyteorder("="))


def read_idx(path: Path | str, *, limit: int = LIMIT) -> Array:
    """The array in the IDX file `path`, which may be compressed with gzip.

    Raises `DataError`, which names the file, if it is missing, truncated, damaged, longer than its
    header says, not IDX at all, or of more than `limit` bytes. No more is read, or unpacked, than
    the header promises, and a byte to see that nothing follows.
    """
    name = str(path)
    with opened(path) as file:
        data = file.read(4)
        if len(data) == 4:
            data += file.read(4 * data[3])
        dtype, shape, _ = _header(data, name)
        promised = math.prod(shape) * dtype.itemsize
        if promised > limit:
            raise DataError(f"{name}: its header promises {shape}: {promised} bytes, over {limit}")
        return parse_idx(data + read_at_most(file, promised + 1), name)


def _header(data: bytes, name: str) -> tuple[np.dtype[Any], tuple[int, ...], int]:
    """The dtype, the shape, and where the elements begin."""
    if not data:
        raise DataError(f"{name}: empty")
    if len(data) < 4 or data[:2] != b"\0\0" or data[2] not in TYPES:
        raise DataError(
            f"{name}: not an IDX file: it begins with {data[:4].hex(' ')}, needed: 00 00, a type "
            f"({', '.join(f'{code:02x}' for code in TYPES)}) and the number of axes"
        )
    start = 4 + 4 * data[3]
    if len(data) < start:
        raise DataError(f"{name}: truncated within the header")
    if data[3] > 32:
        raise DataError(f"{name}: not an IDX file: {data[3]} axes")
    return np.dtype(TYPES[data[2]]), struct.unpack(f">{data[3]}I", data[4:start]), start
