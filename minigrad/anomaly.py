"""The debugging mode: it names the line of the first nan or inf, and of a change in place."""

from __future__ import annotations

import contextlib
import linecache
import os
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from minigrad.errors import AnomalyError, InPlaceError
from minigrad.op import Op
from minigrad.operators import plain
from minigrad.recording import Applied, Contributed, Event, Released, UpstreamComplete, observing
from minigrad.tensor import Node, Tensor
from minigrad.typing import Array

HERE = str(Path(__file__).parent) + os.sep


@contextlib.contextmanager
def detect_anomaly() -> Iterator[None]:
    """Raise `AnomalyError` at the first op inside the block that makes nan or inf from finite inputs.

    The error names the line of the user's code that applied the op, in the backward pass too. Recorded
    arrays are read-only until the backward pass has used them. So an in-place change raises numpy's
    "read-only" ValueError at the line of the change. A change through another view of the same memory is
    found by the backward pass, which raises `InPlaceError`. Numpy's warnings about nan and inf are
    silenced, because the error contains more. The mode is slow: use it for debugging only.
    """
    watcher = Watcher()
    try:
        with observing(watcher), np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            yield
    finally:
        watcher.unlock_all()


class Watcher:
    """An observer that checks every value, and makes recorded arrays read-only."""

    def __init__(self) -> None:
        self.lines: WeakKeyDictionary[Node, str] = WeakKeyDictionary()
        self.prints: WeakKeyDictionary[Node, list[int]] = WeakKeyDictionary()
        self.locks: dict[int, tuple[Array, int]] = {}
        """By id: an array that was writeable, and the number of nodes that hold it."""

    def __call__(self, event: Event) -> None:
        match event:
            case Applied(op, inputs, params, out):
                self.applied(op, inputs, params, out)
            case UpstreamComplete(tensor, g):
                self.upstream_complete(tensor, g)
            case Contributed(tensor, slot, g):
                self.contributed(tensor, slot, g)
            case Released(node):
                self.released(node)

    # ---- nan and inf ----

    def applied(self, op: Op, inputs: tuple[Any, ...], params: dict[str, Any], out: Tensor) -> None:
        line = caller()
        if not finite(out.data) and all(map(finite, (*inputs, *params.values()))):
            raise AnomalyError(
                f"{op.format_call(params)} produced {nan_or_inf(out)} from finite inputs, at {line}"
                f"\n  {op.format_inputs(inputs)}{format_ranges(inputs)}"
            )
        if out.node is not None:
            self.lines[out.node] = line
            self.prints[out.node] = [fingerprint(x) for x in held(out.node)]
            for array in held(out.node):
                self.lock(array)

    def contributed(self, tensor: Tensor, slot: int, g: Any) -> None:
        node = tensor.node
        assert node is not None  # only recorded ops contribute
        if not finite(g):
            call = node.op.format_call(node.params)
            raise AnomalyError(
                f"the backward pass of {call} produced {nan_or_inf(g)} for input {slot}; it was "
                f"applied at {self.lines.get(node, 'a line outside of detect_anomaly()')}"
                f"\n  {node.op.format_inputs(node.inputs)}{format_ranges(node.inputs)}"
            )

    # ---- in-place changes ----

    def upstream_complete(self, tensor: Tensor, g: Any) -> None:
        node = tensor.node
        assert node is not None  # only recorded Tensors have an upstream gradient
        if not finite(g):
            raise AnomalyError(
                f"the upstream gradient of {node.op.format_call(node.params)} contains "
                f"{nan_or_inf(g)}: it was given to backward(), or a sum of contributions overflowed"
            )
        before = self.prints.get(node)
        if before is not None and before != [fingerprint(x) for x in held(node)]:
            raise InPlaceError(
                f"an array that {node.op.format_call(node.params)} used or made was changed in place before "
                "the backward pass; assign a new array to x.data instead. The op was applied at "
                f"{self.lines[node]}"
                f"\n  {node.op.format_inputs(node.inputs)}"
            )

    def released(self, node: Node) -> None:
        if node in self.prints:
            for array in held(node):
                self.unlock(array)

    def lock(self, array: Array) -> None:
        for a in bases(array):
            if id(a) in self.locks or a.flags.writeable:
                _, count = self.locks.get(id(a), (a, 0))
                a.flags.writeable = False
                self.locks[id(a)] = (a, count + 1)

    def unlock(self, array: Array) -> None:
        # The owner of the memory comes first: numpy allows a writeable view only of a writeable base.
        for a in reversed(list(bases(array))):
            if id(a) in self.locks:
                _, count = self.locks.pop(id(a))
                if count > 1 or (isinstance(a.base, np.ndarray) and not a.base.flags.writeable):
                    self.locks[id(a)] = (a, count - 1)
                else:
                    a.flags.writeable = True

    def unlock_all(self) -> None:
        for array, _ in sorted(self.locks.values(), key=lambda lock: lock[0].base is not None):
            array.flags.writeable = True
        self.locks.clear()


def held(node: Node) -> list[Array]:
    """The arrays that the backward pass of this node reads: inputs, indices and residuals."""
    parts = [*node.arrays, *node.params.values(), node.saved]
    flat = [y for x in parts for y in (x if isinstance(x, tuple | list) else (x,))]
    return [x for x in flat if isinstance(x, np.ndarray)]


def bases(array: Array) -> Iterator[Array]:
    a: Any = array
    while isinstance(a, np.ndarray):
        yield a
        a = a.base


def fingerprint(array: Array) -> int:
    return zlib.crc32(np.ascontiguousarray(array).tobytes())


def finite(x: Any) -> bool:
    """Whether x contains neither nan nor inf. Anything but floats is finite."""
    x = plain(x)
    if isinstance(x, float):
        return bool(np.isfinite(x))
    return not isinstance(x, np.ndarray) or x.dtype.kind != "f" or bool(np.isfinite(x).all())


def nan_or_inf(x: Any) -> str:
    return "nan" if np.isnan(plain(x)).any() else "inf"


def format_ranges(inputs: Any) -> str:
    """The smallest and the largest value of each input: `values: -1 to 3`."""
    arrays = [np.asarray(plain(x)) for x in inputs if x is not None]
    spans = [f"{a.min():.4g} to {a.max():.4g}" for a in arrays if a.size and a.dtype.kind == "f"]
    return f"\n  values: {',  '.join(spans)}" if spans else ""


def caller() -> str:
    """The line of the user's code that is running: `lesson.py:12, in forward: y = log(x)`."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(HERE):
        frame = frame.f_back
    path, line = frame.f_code.co_filename, frame.f_lineno
    text = linecache.getline(path, line).strip()
    return f"{path}:{line}, in {frame.f_code.co_name}" + (f": {text}" if text else "")
