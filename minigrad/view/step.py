"""`view.step`: walk through a computation, forwards and backwards, one step at a time.

steps = view.step(t)          a list of steps: of a trace, or of a Tensor's graph
steps.terminal()              with keys
steps.html("run.html")        as a page
print(steps)                  as a transcript
steps.check()                 every gradient rule, checked at the values it was used at
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from minigrad.errors import ParameterError, TraceError
from minigrad.tensor import Tensor
from minigrad.view.steps.list import Steps, steps_of
from minigrad.view.trace import Trace

RECORD = "record one, with view.trace() as t: loss = ...; loss.backward(), and give t"


def step(
    what: Trace | Tensor, open: bool | int | str | Collection[int | str] = (), check: bool = False
) -> Steps:
    """The steps of a trace; of a Tensor those of its graph, forwards only, for no backward pass was seen.

    `open` names the fused ops that are stepped through as their definition, by the number of a node, or by
    the name of an op; True for all. With `check` every gradient rule is checked numerically at the values
    it was used at.

    Raises `TraceError` where nothing was computed or its graph is gone, and where an op to be opened is not
    there.
    """
    if isinstance(what, Tensor):
        if what.node is not None and what.node.released:
            raise TraceError(
                f"step: a backward pass has released the graph of this Tensor; {RECORD}"
            )
        what = Trace.of(what)
    if not isinstance(what, Trace):
        raise ParameterError(f"step: a {type(what).__name__} is no run; {RECORD}")
    steps = steps_of(what, asked(open))
    if check:
        steps.check()
    return steps


def asked(open: bool | int | str | Collection[int | str]) -> Literal[True] | Collection[int | str]:
    if isinstance(open, bool):
        return True if open else ()
    return (open,) if isinstance(open, int | str) else open
