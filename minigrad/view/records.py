"""What a trace is made of: nodes, the modules they were computed in, and the events of backward passes.

Plain data. A node is named by its place in the order of creation, so two runs of the same program
give the same records.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, NamedTuple

from minigrad.view.snapshot import Snapshot

Kind = Literal["parameter", "input", "constant", "op"]


class Source(NamedTuple):
    """Where in the user's code something was computed.

    text       the line; `expression` is the part of it that was being evaluated
    function   the function it stands in, "<module>" outside of any
    line, end_line, column, end_column    from 1, and in characters from 0, as Python's tracebacks have them
    """

    file: str
    line: int
    end_line: int
    column: int
    end_column: int
    text: str
    expression: str
    function: str


@dataclass(slots=True)
class Slot:
    """One input of an op: the node that stands there, or, if `node` is None, the number given as it is."""

    name: str
    node: int | None
    constant: float | int | bool | None = None


@dataclass(slots=True)
class Node:
    """A tensor, and the op that made it if one did.

    kind        "op" for a result; "parameter" for a leaf that requires grad, "input" for a Tensor that
                does not, "constant" for a plain array
    name        the user's variable, or the path of a module's parameter; None where it is not known
    turn        where several nodes have the same name, as h in a loop: 1 for the first, 2 for the second, ...
    value       None where the op failed; `error` then says why
    recorded    whether the engine recorded it, so that a gradient can flow back through it
    scope       the call of a module in which it was computed, or first used if it is a module's own leaf
    made_in     the backward pass that computed it, under create_graph; None in a forward pass
    rule_of     the node whose gradient rule computed it
    held        bytes that this node's op keeps alive for the backward pass: result and residuals
    seconds     how long the op took; `seconds_back` its gradient rules
    """

    id: int
    kind: Kind
    op: str | None
    params: dict[str, Any]
    slots: tuple[Slot, ...]
    value: Snapshot | None
    requires_grad: bool
    recorded: bool = False
    name: str | None = None
    turn: int | None = None
    scope: int | None = None
    source: Source | None = None
    made_in: int | None = None
    rule_of: int | None = None
    held: int = 0
    seconds: float = 0.0
    seconds_back: float = 0.0
    error: str | None = None

    @property
    def inputs(self) -> tuple[int, ...]:
        """The nodes it was computed from, one for each slot that holds one: `v + v` has two."""
        return tuple(s.node for s in self.slots if s.node is not None)

    @property
    def label(self) -> str:
        """The user's name for it, with the turn as a subscript: h₂; or else t and its number."""
        if self.name is None:
            return f"t{self.id}"
        return self.name if self.turn is None else self.name + str(self.turn).translate(SUBSCRIPTS)


SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


@dataclass(slots=True)
class Scope:
    """One call of a module.

    path      from the root: "model.features.0"; `name` is the last part of it
    type      the class
    module    the same number for every call of the same module object
    call      0 for its first call in this trace, 1 for the second, ...
    """

    id: int
    parent: int | None
    path: str
    name: str
    type: str
    module: int
    call: int
    parameters: int = 0
    """How many numbers its parameters hold."""


@dataclass(slots=True)
class Pass:
    """A backward pass.

    inside      the node of the fused op through whose definition it goes; None for one of its own
    recorded    whether it was itself recorded (create_graph)
    output      the node that it started from, the first if there are several
    complete    False if something raised
    """

    id: int
    output: int
    inside: int | None
    recorded: bool
    complete: bool = False


@dataclass(slots=True)
class Event:
    """Something that happened in backward pass `pass_`, at `node`."""

    kind: ClassVar[str] = "event"
    pass_: int
    node: int


@dataclass(slots=True)
class Began(Event):
    """The pass starts with the gradient g at `node`; one for each output."""

    kind: ClassVar[str] = "began"
    g: Snapshot


@dataclass(slots=True)
class Arrived(Event):
    """The gradient of `node` is complete, and about to be pulled back through its op."""

    kind: ClassVar[str] = "arrived"
    g: Snapshot


@dataclass(slots=True)
class Unbroadcast(Event):
    """What `node` sends to its input in `slot` is summed over the axes along which that was stretched."""

    kind: ClassVar[str] = "unbroadcast"
    slot: int
    to: int
    wide: Snapshot
    g: Snapshot
    axes: tuple[int, ...] = ()


@dataclass(slots=True)
class Contributed(Event):
    """The op of `node` sends g to its input in `slot`, the node `to`."""

    kind: ClassVar[str] = "contributed"
    slot: int
    to: int
    g: Snapshot


@dataclass(slots=True)
class Accumulated(Event):
    """At `node` a contribution met others: after = before + g."""

    kind: ClassVar[str] = "accumulated"
    before: Snapshot
    g: Snapshot
    after: Snapshot


@dataclass(slots=True)
class Released(Event):
    """The graph let go of `node`."""

    kind: ClassVar[str] = "released"


@dataclass(slots=True)
class Landed(Event):
    """A gradient was added to the `grad` of the leaf `node`: after = before + g, or g if there was none."""

    kind: ClassVar[str] = "landed"
    before: Snapshot | None
    g: Snapshot
    after: Snapshot


@dataclass(slots=True)
class Ended(Event):
    """The pass is over; `node` is its first output."""

    kind: ClassVar[str] = "ended"
    found: tuple[int, ...] = field(default=())
