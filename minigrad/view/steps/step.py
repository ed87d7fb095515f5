"""A step: one thing that happens in a run, with everything that is to be shown of it.

Plain data, a function of the trace and of nothing else. A node is named by its `key`: "3", or "12.3" for
node 3 of the definition of node 12, if that fused op was opened; the boxes of a picture have the same keys.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from minigrad.view.records import Source
from minigrad.view.snapshot import Snapshot

if TYPE_CHECKING:
    from minigrad.view.steps.equation import Equation
    from minigrad.view.trace import Trace

Phase = Literal["forward", "backward"]

Kind = Literal[
    "input",
    "forward",
    "seed",
    "contribution",
    "unbroadcast",
    "accumulate",
    "land",
    "return",
    "error",
]
"""input         a tensor that was given: nothing computed it
forward       an op computes its result
seed          a backward pass starts at its output
contribution  an op sends a gradient to one of its inputs
unbroadcast   that is summed over the axes along which the input had been stretched
accumulate    at a node that is used more than once: before + contribution = after
land          a gradient is added to the `grad` of a leaf
return        a gradient is returned to who asked for it, with mg.grad
error         the run ends here
"""

State = Literal["partial", "complete", "landed"]


@dataclass(frozen=True, slots=True)
class Operand:
    """A tensor to look at beside a step.

    label      the user's word for it: "x", or "dL/dx" for a gradient
    key        the node that it is the value, or the gradient, of; None for a number given as it is
    value      what it held; None where the op failed, or where `number` is the value
    gradient   whether it is the gradient of that node, and not its value
    """

    label: str
    key: str | None
    value: Snapshot | None
    number: float | int | bool | None = None
    gradient: bool = False


@dataclass(frozen=True, slots=True)
class Edge:
    """From an op to one of its inputs, the way that a gradient goes: against the arrow of the picture.

    source   the key of the op's result, `target` that of the input
    slot     which input it is, and `name` what the op calls it
    """

    source: str
    target: str
    slot: int
    name: str


@dataclass(frozen=True, slots=True)
class Term:
    """One summand of a gradient: what came back from one use of the node.

    text    its arithmetic, "3.0*2.0", or the formula where that is about arrays
    g       its value
    """

    edge: Edge
    text: str
    g: Snapshot


@dataclass(frozen=True, slots=True)
class Change:
    """What a step does to the gradient of a node: so a face can go backwards as well as forwards.

    before   None if nothing had arrived yet
    state    "partial" until every use has sent its part; "landed" when it is in the `grad` of a leaf
    """

    key: str
    before: Snapshot | None
    after: Snapshot
    state: State
    state_before: State | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One step.

    index      its place in the list, from 0
    key        of the node that is active: for a contribution the op's result, which sends it; for an
               accumulation, a leaf, a seed the node whose gradient it is
    node       the number of that node in `trace`, which is that of a definition if `inside` is not ()
    pass_      the backward pass, None in the forward phase
    inside     the keys of the opened ops that it is a step of, from the outside
    edge       of a contribution, and of its sum over stretched axes
    title      a line: "h = x * y", "mul sends a gradient to x"
    sentence   what happens, for somebody who has never seen it
    formula    the rule with the user's names, in numbers, in shapes, in index form, as MathML
    operands   what the formula is computed from
    result     what it gives
    terms      all that has arrived at the node which receives a gradient, this step's part included
    sum        these in one line, "dL/dx = 3.0*2.0 + 1.0*4.0", as soon as there are two
    uses       how many parts will arrive there in this pass
    changes    to gradients
    source     where in the user's code the active op stands
    error      what went wrong
    notes      sentences about what is peculiar here
    """

    index: int
    phase: Phase
    kind: Kind
    key: str
    node: int
    trace: Trace = field(repr=False, compare=False)
    title: str = ""
    sentence: str = ""
    pass_: int | None = None
    inside: tuple[str, ...] = ()
    edge: Edge | None = None
    formula: Equation | None = None
    operands: tuple[Operand, ...] = ()
    result: Operand | None = None
    terms: tuple[Term, ...] = ()
    sum: str | None = None
    uses: int = 0
    changes: tuple[Change, ...] = ()
    source: Source | None = None
    error: str | None = None
    notes: tuple[str, ...] = ()
