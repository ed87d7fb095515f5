"""IDX, the format of MNIST and similar data sets: a header of a few bytes, then an array.

    0 0 type ndim | length of each axis, 4 bytes, big-endian | the elements in row-major order

(Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits".)
"""

from __future__ import annotations

import math
import struct
from pathlib import Path

import numpy as np

from minigrad.data.files import Stream, open_unpacked, read_at_most
from minigrad.errors import DataError
from minigrad.typing import Array

TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
LIMIT = 2**30  # bytes; MNIST has 47 million, and a forged header may announce any number


def read_idx(path: Path | str) -> Array:
    """The array in the IDX file `path`, which may be compressed with gzip.

    Raises `DataError`, which names the file, if it is missing, truncated, damaged, longer than its
    header announces, larger than `LIMIT` bytes, or not IDX.
    """
    with open_unpacked(path) as file:
        return parse_idx(file, str(path))


def parse_idx(file: Stream, name: str = "IDX") -> Array:
    """The array in an open IDX file; `name` stands for the file in errors.

    The header decides how many bytes are read, and one more byte shows whether anything follows.
    """
    head = file.read(4)
    if not head:
        raise DataError(f"{name}: empty")
    if len(head) < 4 or head[:2] != b"\0\0" or head[2] not in TYPES:
        raise DataError(
            f"{name}: not an IDX file: it begins with {head.hex(' ')}, needed: 00 00, a type "
            f"({', '.join(f'{code:02x}' for code in TYPES)}) and the number of axes"
        )
    dtype, axes = np.dtype(TYPES[head[2]]), head[3]
    if axes > 32:
        raise DataError(f"{name}: not an IDX file: {axes} axes")
    lengths = file.read(4 * axes)
    if len(lengths) < 4 * axes:
        raise DataError(f"{name}: truncated within the header")
    shape = struct.unpack(f">{axes}I", lengths)
    size = math.prod(shape) * dtype.itemsize
    needed = f"{shape} elements of {dtype.itemsize} bytes are {size} bytes"
    if size > LIMIT:
        raise DataError(f"{name}: its header announces too much: {needed}, the limit is {LIMIT}")
    data = read_at_most(file, size + 1)
    if len(data) > size:
        raise DataError(f"{name}: longer than its header announces: {needed}, there are more")
    if len(data) < size:
        raise DataError(f"{name}: truncated: {needed}, there are {len(data)}")
    return np.ndarray(shape, dtype, data).astype(dtype.newbyteorder("="))
