"""A picture before it is laid out: boxes, the clusters they stand in, and the edges between them.

Plain data, the same for every writer. A box stands for one or more nodes of the trace, an edge for one
or more uses of a tensor, so that whatever is hidden or folded is still counted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Kind = Literal["parameter", "input", "constant", "op", "failed", "module", "hidden"]
Role = Literal["type", "soft", "state", "value", "grad", "warn"]


class Line(NamedTuple):
    """A line of text in a box, and what it says, for the writers that can show that."""

    text: str
    role: Role = "soft"


class Use(NamedTuple):
    """Tensor `source` standing in slot number `slot` of the op that computes `target`."""

    source: str
    target: str
    slot: int


@dataclass(slots=True)
class Box:
    """id        "node-3", "scope-2" for a module drawn as one box, "hidden"
    title     what it does or is: the op, the class of the module, the name of a leaf
    name      the name of its result, where the title is not that
    nodes     the nodes of the trace that it stands for
    times     how many identical parts it stands for
    level     0 to `LEVELS` - 1, where an overlay gives it a colour
    """

    id: str
    kind: Kind
    title: str
    name: str = ""
    lines: tuple[Line, ...] = ()
    cluster: int | None = None
    nodes: tuple[str, ...] = ()
    times: int = 1
    level: int | None = None


@dataclass(slots=True)
class Edge:
    """back      it leads from one of several folded parts to the next, so against the direction"""

    tail: int
    head: int
    label: str = ""
    uses: list[Use] = field(default_factory=list)
    back: bool = False

    @property
    def id(self) -> str:
        return "edge-{}-{}-{}".format(*self.uses[0])


@dataclass(slots=True)
class Cluster:
    id: str
    title: str
    note: str = ""
    parent: int | None = None
    kind: str = "module"


@dataclass(slots=True)
class Graph:
    """boxes, in the order of creation; edges between their places; clusters, the outer before the inner

    inside    uses of tensors within a box, by its place: they are counted, not drawn
    notes     what is not shown, in sentences
    legend    what the colours of an overlay mean, from level 0 up
    """

    boxes: list[Box]
    edges: list[Edge]
    clusters: list[Cluster]
    inside: dict[int, list[Use]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    legend: tuple[str, ...] = ()


END = "end"
"""The id of the box that says why a run ended, where no op says it."""

LEVELS = 6
"""How many colours an overlay has."""
