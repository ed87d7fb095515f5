"""The memory that the graph holds: who owns the bytes of an array, and what a record adds to them."""

from __future__ import annotations

from typing import Any

import numpy as np

from minigrad.tensor import Node
from minigrad.typing import Array


def held(record: Node, out: Array) -> int:
    """The bytes that a record keeps and its inputs do not: the result, and what was saved."""
    saved = record.saved if isinstance(record.saved, tuple | list) else (record.saved,)
    known = {id(owner(x)) for x in record.arrays if isinstance(x, np.ndarray)}
    total = 0
    for x in (out, *saved):
        if isinstance(x, np.ndarray) and id(owner(x)) not in known:
            known.add(id(owner(x)))
            total += x.nbytes
    return total


def owner(array: Array) -> Any:
    """The array that owns the memory of this one."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array
