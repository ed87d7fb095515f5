"""The list of steps: built one by one as they are looked at, so that a long run costs nothing at first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Literal, final, overload

from minigrad.errors import TraceError
from minigrad.view.steps.build import Builder
from minigrad.view.steps.frame import Frame
from minigrad.view.steps.order import Opens, Order
from minigrad.view.steps.step import Step
from minigrad.view.trace import Trace


@final
class Steps(Sequence[Step]):
    """notes    what is to be said of the whole: that there is no backward pass, what is not opened"""

    def __init__(self, trace: Trace, open: Opens = ()):
        if not trace.nodes:
            raise TraceError(
                "nothing was computed with Tensors while this trace was open, so there is nothing to step "
                "through: with view.trace() as t: loss = ...; loss.backward()"
            )
        self.trace = trace
        order = Order(Frame(trace), open)
        self.beats = order.beats
        self.notes = tuple(order.notes)
        if not trace.passes and trace.exception is None:
            self.notes += (
                "There is no backward pass in this trace: call loss.backward() inside of it, and the steps "
                "go on backwards.",
            )
        self.step = lru_cache(maxsize=512)(self._step)
        self.builder = Builder()

    def __len__(self) -> int:
        return len(self.beats)

    def _step(self, index: int) -> Step:
        return self.builder.step(index, self.beats[index])

    @overload
    def __getitem__(self, index: int) -> Step: ...
    @overload
    def __getitem__(self, index: slice) -> list[Step]: ...
    def __getitem__(self, index: int | slice) -> Step | list[Step]:
        places = range(len(self))[index]
        return self.step(places) if isinstance(places, int) else [self.step(i) for i in places]

    def __iter__(self) -> Iterator[Step]:
        return (self.step(i) for i in range(len(self)))


def steps_of(trace: Trace, open: Opens | Literal[False] = ()) -> Steps:
    """The steps of a trace, forwards and backwards.

    `open` names the fused ops that are stepped through as their definition: by the number of the node or
    by the name of the op; True for all. Raises `TraceError` for an empty trace.
    """
    return Steps(trace, open or ())
