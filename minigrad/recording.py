"""Recording: whether ops are recorded, and the events that observers receive.

This file imports nothing of minigrad, so that every part of the engine can use it.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

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


@dataclass(frozen=True, slots=True)
class Event:
    """Something that the engine did. An observer receives it at the moment it happens.

    In the fields of the subclasses `op` is an `Op`, `tensor`, `out` and `leaf` are Tensors, and `node`
    is a `Node`. A gradient is an array; it is a Tensor if the backward pass is itself recorded.
    """


Observer = Callable[[Event], object]

observers: list[Observer] = []
"""The active observers. The engine makes an event only if there is one: test `if observers:` first."""


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


@dataclass(frozen=True, slots=True)
class Applying(Event):
    """An op is about to be computed. `Applied` or `Failed` follows."""

    op: Any
    inputs: tuple[Any, ...]
    params: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Applied(Event):
    """An op was applied. `out.node` is its record, or None if it was not recorded."""

    op: Any
    inputs: tuple[Any, ...]
    params: dict[str, Any]
    out: Any


@dataclass(frozen=True, slots=True)
class Failed(Event):
    """An op raised."""

    op: Any
    inputs: tuple[Any, ...]
    params: dict[str, Any]
    error: Exception


@dataclass(frozen=True, slots=True)
class Evaluated(Event):
    """A `flat` function was evaluated inside a gradient rule."""

    function: Callable[..., Any]
    inputs: tuple[Any, ...]
    params: dict[str, Any]
    out: Any


@dataclass(frozen=True, slots=True)
class BackwardStarted(Event):
    """A backward pass starts at these outputs, with these gradients.

    `BackwardEnded` follows unless something raises. A pass through the definition of a fused op starts
    inside another pass, after the `UpstreamComplete` of the fused op's result.
    """

    seeds: Sequence[tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class UpstreamComplete(Event):
    """All contributions to a recorded Tensor have been added. The gradient rules of its op run next."""

    tensor: Any
    g: Any


@dataclass(frozen=True, slots=True)
class Unbroadcast(Event):
    """A contribution to the input in `slot` was summed over the axes along which that input was broadcast."""

    tensor: Any
    slot: int
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Contributed(Event):
    """The op that made `tensor` contributed `g` to the gradient of its input in `slot`."""

    tensor: Any
    slot: int
    g: Any


@dataclass(frozen=True, slots=True)
class Accumulated(Event):
    """A further contribution was added to the gradient of `tensor`: after = before + g."""

    tensor: Any
    before: Any
    g: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Released(Event):
    """The inputs and arrays of this node are about to be freed."""

    node: Any


@dataclass(frozen=True, slots=True)
class BackwardEnded(Event):
    """The pass that started last has ended with these gradients."""

    grads: dict[Any, Any]


@dataclass(frozen=True, slots=True)
class GradAccumulated(Event):
    """A gradient was added to `leaf.grad`, which was `before` (None if there was none)."""

    leaf: Any
    before: Any
    g: Any
