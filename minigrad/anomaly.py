"""The debugging mode: which op, on which line, first made a nan, and who changed an array in place."""

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
from minigrad.recording import Applied, Contributed, Event, Released, UpstreamComplete, observing
from minigrad.tensor import Node, Tensor
from minigrad.typing import Array

HERE = str(Path(__file__).parent) + os.sep


@contextlib.contextmanager
def detect_anomaly() -> Iterator[None]:
    """Within it, the first op to produce nan or inf from finite inputs raises `AnomalyError`, forward or
    backward, and says on which line of the user's code it was applied.

    Recorded arrays are read-only until the backward pass has used them, so that an in-place change
    raises at the line that makes it (numpy's "read-only" ValueError); one made through another view of
    the same memory is found by the backward pass, which raises `InPlaceError`. Numpy's warnings of
    nan and inf are silent, for the error says more. Slow: for debugging.
    """
    watcher = Watcher()
    try:
        with observing(watcher), np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            yield
    finally:
        watcher.unlock_all()


class Watcher:
    """Looks at every value, and keeps recorded arrays from being written to."""

    def __init__(self) -> None:
        self.lines: WeakKeyDictionary[Node, str] = WeakKeyDictionary()
        self.prints: WeakKeyDictionary[Node, list[int]] = WeakKeyDictionary()
        self.locks: dict[int, tuple[Array, int]] = {}
        """By id: an array that was writeable, and how many nodes hold it."""

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
                f"{op.format_call(params)} produced {named(out.data)} from finite inputs, at {line}"
                f"\n  {op.format_inputs(inputs)}{ranges(inputs)}"
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
                f"the backward pass of {call} produced {named(values(g))} for input {slot}; it was "
                f"applied at {self.lines.get(node, 'a line outside of detect_anomaly()')}"
                f"\n  {node.op.format_inputs(node.inputs)}{ranges(node.inputs)}"
            )

    # ---- in-place changes ----

    def upstream_complete(self, tensor: Tensor, g: Any) -> None:
        node = tensor.node
        assert node is not None  # gradients arrive at recorded Tensors only
        if not finite(g):
            raise AnomalyError(
                f"the gradient that arrives at the result of {node.op.format_call(node.params)} holds "
                f"{named(values(g))}: backward() was given it, or a sum of contributions overflowed"
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
        # The owner of the memory first: numpy lets a view be writeable only if its base is.
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
    """The arrays that the backward pass of this node reads: inputs, indices, and what was saved."""
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


def values(x: Any) -> Any:
    return x.data if isinstance(x, Tensor) else x


def finite(x: Any) -> bool:
    """Whether x holds no nan and no inf; what is not made of floats holds none."""
    x = values(x)
    if isinstance(x, float):
        return bool(np.isfinite(x))
    return not isinstance(x, np.ndarray) or x.dtype.kind != "f" or bool(np.isfinite(x).all())


def named(array: Array) -> str:
    return "nan" if np.isnan(array).any() else "inf"


def ranges(inputs: Any) -> str:
    """The least and the largest value of each input: `values: -1 to 3`."""
    arrays = [np.asarray(values(x)) for x in inputs if x is not None]
    spans = [f"{a.min():.4g} to {a.max():.4g}" for a in arrays if a.size and a.dtype.kind == "f"]
    return f"\n  values: {',  '.join(spans)}" if spans else ""


def caller() -> str:
    """The line outside of minigrad that is being run: `lesson.py:12, in forward: y = log(x)`."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(HERE):
        frame = frame.f_back
    path, line = frame.f_code.co_filename, frame.f_lineno
    text = linecache.getline(path, line).strip()
    return f"{path}:{line}, in {frame.f_code.co_name}" + (f": {text}" if text else "")
