"""IDX, the format of MNIST and similar data sets: a header of a few bytes, then an array.

    0 0 type ndim | length of each axis, 4 bytes, big-endian | the elements in row-major order

(Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits".)
"""

from __future__ import annotations

import math
import struct
from pathlib import Path
from typing import Any

import numpy as np

from minigrad.data.files import open_unpacked, read_at_most
from minigrad.errors import DataError
from minigrad.typing import Array

TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
LIMIT = 2**30  # bytes; MNIST has 47 million, and a forged header may announce any number


def parse_idx(data: bytes, name: str = "IDX") -> Array:
    """The array in the bytes of an IDX file; `name` stands for the file in errors."""
    dtype, shape, start = _header(data, name)
    announced, found = math.prod(shape) * dtype.itemsize, len(data) - start
    if found != announced:
        raise DataError(
            f"{name}: {'truncated' if found < announced else 'longer than its header announces'}: "
            f"{shape} elements of {dtype.itemsize} bytes are {announced} bytes, "
            f"there are {found if found < announced else 'more'}"
        )
    return np.frombuffer(data, dtype, offset=start).reshape(shape).astype(dtype.newbyteorder("="))


def read_idx(path: Path | str, *, limit: int = LIMIT) -> Array:
    """The array in the IDX file `path`, which may be compressed with gzip.

    Raises `DataError`, which names the file, if it is missing, truncated, damaged, longer than its
    header announces, larger than `limit` bytes, or not IDX. The header decides how many bytes are
    read and unpacked, and one more byte shows whether anything follows.
    """
    name = str(path)
    with open_unpacked(path) as file:
        data = file.read(4)
        if len(data) == 4:
            data += file.read(4 * data[3])
        dtype, shape, _ = _header(data, name)
        announced = math.prod(shape) * dtype.itemsize
        if announced > limit:
            raise DataError(
                f"{name}: its header announces {shape}: {announced} bytes, the limit is {limit}"
            )
        return parse_idx(data + read_at_most(file, announced + 1), name)


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
