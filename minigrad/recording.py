"""Recording: whether ops are recorded, and the events that observers receive.

This file imports nothing of minigrad, so that every part of the engine can use it.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

# ---- the mode ----


class Mode(threading.local):
    """Whether ops are recorded. Each thread has its own mode, and starts with recording on."""

    recording = True


mode = Mode()


@contextlib.contextmanager
def recording(on: bool) -> Iterator[None]:
    """Switch recording on or off inside the block; restore the mode afterwards."""
    before, mode.recording = mode.recording, on
    try:
        yield
    finally:
        mode.recording = before


@contextlib.contextmanager
def no_grad() -> Iterator[None]:
    """Record nothing inside the block: `with no_grad(): ...`, or `@no_grad()` on a function."""
    with recording(False):
        yield


@contextlib.contextmanager
def enable_grad() -> Iterator[None]:
    """Record ops again inside the block, also within a `no_grad()`."""
    with recording(True):
        yield


def is_grad_enabled() -> bool:
    """Whether this thread records ops now."""
    return mode.recording


# ---- events ----


Event = tuple[Any, ...]
"""Something that the engine did, as a named tuple of one of the classes below.

In their fields `op` is an `Op`, `tensor`, `out` and `leaf` are Tensors, and `node` is a `Node`. A gradient
is an array; it is a Tensor if the backward pass is itself recorded.
"""

Observer = Callable[[Event], object]

observers: list[Observer] = []
"""The active observers: each is called with every event at the moment it happens.

There are none unless `detect_anomaly()` or a trace is active. The engine then makes no events.
"""


def emit(event: Event) -> None:
    """Give the event to each observer."""
    for observer in observers:
        observer(event)


@contextlib.contextmanager
def observing(observer: Observer) -> Iterator[None]:
    """Call `observer(event)` for each event inside the block."""
    observers.append(observer)
    try:
        yield
    finally:
        observers.remove(observer)


class Applying(NamedTuple):
    """An op is about to be computed. `Applied` or `Failed` follows."""

    op: Any
    inputs: tuple[Any, ...]
    params: dict[str, Any]


class Applied(NamedTuple):
    """An op was applied. `out.node` is its record, or None if it was not recorded."""

    op: Any
    inputs: tuple[Any, ...]
    params: dict[str, Any]
    out: Any


class Failed(NamedTuple):
    """An op raised."""

    op: Any
    inputs: tuple[Any, ...]
    params: dict[str, Any]
    error: Exception


class Evaluated(NamedTuple):
    """A `flat` function was evaluated inside a gradient rule."""

    function: Callable[..., Any]
    inputs: tuple[Any, ...]
    params: dict[str, Any]
    out: Any


class BackwardStarted(NamedTuple):
    """A backward pass starts at these outputs, with these gradients.

    `BackwardEnded` follows unless something raises. A pass through the definition of a fused op starts
    inside another pass, after the `UpstreamComplete` of the fused op's result.
    """

    seeds: Sequence[tuple[Any, Any]]


class UpstreamComplete(NamedTuple):
    """All contributions to a recorded Tensor have been added. The gradient rules of its op run next."""

    tensor: Any
    g: Any


class Unbroadcast(NamedTuple):
    """A contribution to the input in `slot` was summed over the axes along which that input was broadcast."""

    tensor: Any
    slot: int
    before: Any
    after: Any


class Contributed(NamedTuple):
    """The op that made `tensor` contributed `g` to the gradient of its input in `slot`."""

    tensor: Any
    slot: int
    g: Any


class Accumulated(NamedTuple):
    """A further contribution was added to the gradient of `tensor`: after = before + g."""

    tensor: Any
    before: Any
    g: Any
    after: Any


class Released(NamedTuple):
    """The inputs and arrays of this node are about to be freed."""

    node: Any


class BackwardEnded(NamedTuple):
    """The pass that started last has ended with these gradients."""

    grads: dict[Any, Any]


class GradAccumulated(NamedTuple):
    """A gradient was added to `leaf.grad`, which was `before` (None if there was none)."""

    leaf: Any
    before: Any
    g: Any
