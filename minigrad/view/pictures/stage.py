"""Where every node of a trace stands: in which module's call, in which backward pass, or at the top.

A leaf of a module stands as far inside as all those who use it: a weight in its layer, and one that two
layers share in what holds both. What the user has given stays outside of everything.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, NamedTuple, final

from minigrad.errors import TraceError
from minigrad.view.records import Node

if TYPE_CHECKING:
    from minigrad.view.trace import Trace


Opens = Literal[True] | Collection[int | str]
"""Which fused ops are drawn as their definition: by the number of the node, or by name; or all."""


class Source(NamedTuple):
    """What stands in a slot: the place of a node, and the slot it stands in."""

    place: int
    slot: int
    name: str


@dataclass(slots=True)
class Placed:
    """A node in its place.

    key      "3", or "12.3" for node 3 in the definition of node 12
    trace    the one that the node is of
    users    the places of the ops that use it, once for each slot
    """

    key: str
    node: Node
    trace: Trace
    sources: tuple[Source, ...]
    group: int = 0
    users: list[int] = field(default_factory=list)
    label: str = ""

    def __post_init__(self) -> None:
        self.label = self.label or self.node.label


@dataclass(slots=True)
class Group:
    """What is drawn as a cluster or as one box: the call of a module, a backward pass, an opened op.

    title     the class of the module, the name of the op
    parent    None for group 0, which holds everything
    """

    id: str
    kind: str
    title: str
    name: str = ""
    parent: int | None = 0
    depth: int = 0
    path: str = ""
    parameters: int = 0


@final
class Stage:
    """placed    all nodes, in the order of creation; a place is an index into it
    groups    the outer before the inner
    closed    sentences about ops that were to be opened and cannot be
    """

    def __init__(self, trace: Trace, open: Opens = ()):
        self.placed: list[Placed] = []
        self.groups = [Group("all", "all", "", parent=None)]
        self.closed: list[str] = []
        self.of_scope: dict[int, int] = {}
        self.of_pass: dict[int, int] = {}
        self.place_of: list[int] = []
        """By the number of a node, its place."""
        for scope in trace.scopes:
            parent = 0 if scope.parent is None else self.of_scope[scope.parent]
            group = Group(f"scope-{scope.id}", "module", scope.type, scope.name, parent)
            group.path, group.parameters = scope.path, scope.parameters
            self.of_scope[scope.id] = self.add_group(group)
        for node in trace.nodes:
            self.add(trace, node, open)
        for place, x in enumerate(self.placed):
            for source in x.sources:
                self.placed[source.place].users.append(place)
        self.place_leaves()
        self.dissolve()

    def add_group(self, group: Group) -> int:
        assert group.parent is not None
        group.depth = self.groups[group.parent].depth + 1
        self.groups.append(group)
        return len(self.groups) - 1

    # ---- nodes ----

    def add(self, trace: Trace, node: Node, open: Opens) -> None:
        sources = tuple(
            Source(self.place_of[s.node], i, s.name)
            for i, s in enumerate(node.slots)
            if s.node is not None
        )
        placed = Placed(str(node.id), node, trace, sources)
        if node.op is not None:
            placed.group = self.group_of(node)
            if open is True or (open and (node.id in open or node.op in open)):
                placed = self.opened(placed, asked_for=open is not True)
        self.placed.append(placed)
        self.place_of.append(len(self.placed) - 1)

    def group_of(self, node: Node) -> int:
        if node.made_in is None:
            return 0 if node.scope is None else self.of_scope[node.scope]
        number = node.made_in
        if number not in self.of_pass:
            title = f"computed by backward pass {number + 1}"
            self.of_pass[number] = self.add_group(Group(f"pass-{number}", "pass", title))
        return self.of_pass[number]

    def opened(self, outer: Placed, asked_for: bool) -> Placed:
        """Place the definition of a fused op; the result in it that stands for the result of the op."""
        node = outer.node
        try:
            inner = outer.trace.opened(node.id)
        except TraceError as error:
            if asked_for:
                self.closed.append(f"{node.op} is not opened: {error}")
            return outer
        results = [n for n in inner.nodes if n.kind == "op"]
        result = inner.passes[0].output if inner.passes else results[-1].id if results else 0
        if inner.nodes[result].op is None:
            return outer  # at these inputs its definition computes nothing
        group = self.add_group(Group(f"op-{node.id}", "op", node.op or "", node.label, outer.group))
        places = [source.place for source in outer.sources]
        for n in inner.nodes[len(places) :]:
            sources = tuple(
                Source(places[s.node], i, s.name)
                for i, s in enumerate(n.slots)
                if s.node is not None
            )
            key = f"{node.id}.{n.id}"
            if n.id == result:
                n = replace(n, name=node.name, turn=node.turn)
                outer = Placed(outer.key, n, inner, sources, group, label=node.label)
                places.append(len(self.placed))
                return outer  # what follows it in the definition leads nowhere
            label = n.name or f"t{key}"
            places.append(len(self.placed))
            self.placed.append(Placed(key, n, inner, sources, group, label=label))
        raise AssertionError("the result is one of the nodes")

    # ---- groups ----

    def place_leaves(self) -> None:
        for x in self.placed:
            if x.node.op is None and x.users:
                users = [self.placed[u] for u in x.users]
                forward = [u for u in users if u.node.made_in is None]
                if forward and x.node.kind != "constant" and x.node.scope is None and not x.group:
                    continue  # what the user has given stays outside
                forward = forward or users
                x.group = forward[0].group
                for u in forward[1:]:
                    x.group = self.common(x.group, u.group)

    def common(self, a: int, b: int) -> int:
        """The innermost group that holds both."""
        while a != b:
            if self.groups[a].depth < self.groups[b].depth:
                a, b = b, a
            a = self.groups[a].parent or 0
        return a

    def dissolve(self) -> None:
        """A module around a single op, as ReLU is, makes no cluster: the op stands for it."""
        members: list[list[int]] = [[] for _ in self.groups]
        for place, x in enumerate(self.placed):
            members[x.group].append(place)
        children = [0] * len(self.groups)
        for g in range(len(self.groups) - 1, 0, -1):
            group, inside = self.groups[g], members[g]
            if group.kind == "module" and len(inside) == 1 and not children[g]:
                only = self.placed[inside[0]]
                only.group = group.parent or 0
                members[only.group].append(inside[0])
            elif inside or children[g]:
                children[group.parent or 0] += 1

    def short_name(self, x: Placed) -> str:
        """A parameter goes by its last name where the group around it says the rest."""
        before, _, last = x.label.rpartition(".")
        path = self.groups[x.group].path
        return last if before and (path == before or path.endswith(f".{before}")) else x.label

    def chain(self, group: int) -> Iterator[int]:
        """The group and those around it, from the inside; group 0 is left out."""
        while group:
            yield group
            group = self.groups[group].parent or 0
