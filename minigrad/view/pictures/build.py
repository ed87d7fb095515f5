"""From a plan to a graph: every node in its box, with its words, and every box in its cluster."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import final

from minigrad.view.pictures import lines, words
from minigrad.view.pictures.edges import add_edges
from minigrad.view.pictures.graph import END, Box, Cluster, Graph, Line
from minigrad.view.pictures.plan import Key, Plan
from minigrad.view.pictures.repeats import Fold
from minigrad.view.pictures.stage import Placed


@dataclass(frozen=True, slots=True)
class Shown:
    """Which lines a box has besides its type."""

    values: bool = False
    grads: bool = False


@final
class Builder:
    """Makes a graph of what a plan says is drawn.

    members    for each box, the nodes that it stands for
    """

    def __init__(self, plan: Plan, shown: Shown):
        self.plan, self.stage, self.shown = plan, plan.stage, shown
        self.folds_of_group = {f.group: f for f in plan.repeats.folds if f.group is not None}
        self.folds_of_place = {f.place: f for f in plan.repeats.folds if f.place is not None}
        self.clusters: dict[int, int] = {}
        self.members: list[list[Placed]] = []
        self.graph = Graph([], [], [], notes=list(plan.notes))

    def build(self) -> Graph:
        keys = self.plan.boxes()
        members: dict[Key, list[int]] = {}
        for p in self.plan.drawn:
            members.setdefault(keys[p], []).append(p)
        for key, places in members.items():
            some = [self.stage.placed[p] for p in places]
            if key.kind == "hidden":
                box = self.hidden_box(some)
            elif key.kind == "group":
                box = self.group_box(key.number, places)
            else:
                box = self.node_box(key.number, some)
            box.nodes = tuple(x.key for x in some)
            self.members.append(some)
            self.graph.boxes.append(box)
        add_edges(self.graph, self.plan, keys, {key: i for i, key in enumerate(members)})
        if self.plan.trace.exception is not None:
            self.add_end(self.plan.trace.exception)
        return self.graph

    # ---- boxes ----

    def node_box(self, place: int, some: list[Placed]) -> Box:
        x = self.stage.placed[place]
        node = x.node
        box = Box(f"node-{x.key}", node.kind, node.op or self.stage.short_name(x))
        box.times = len(some)
        box.cluster = None if place in self.plan.beyond else self.cluster(x.group)
        said: list[Line] = []
        if node.op is not None:
            box.name = x.label
            said += lines.given(x)
        if box.times > 1 and not any(g in self.folds_of_group for g in self.stage.chain(x.group)):
            said.append(Line(times(self.folds_of_place.get(place), box.times), "type"))
        if node.value is not None:
            said.append(Line(words.kind_of(node.value), "type"))
        if node.error is not None:
            box.kind = "failed"
            said += lines.complaint(node.error)
        else:
            said += self.numbers(some)
        box.lines = tuple(said)
        return box

    def numbers(self, some: list[Placed]) -> list[Line]:
        values = lines.values(some) if self.shown.values else []
        return values + (lines.gradients(some) if self.shown.grads else [])

    def group_box(self, g: int, places: list[int]) -> Box:
        group, fold = self.stage.groups[g], self.folds_of_group.get(g)
        some = [self.stage.placed[p] for p in places]
        box = Box(group.id, "module", group.title, group.name)
        box.cluster = self.cluster(group.parent or 0)
        said: list[Line] = []
        if fold is not None:
            box.name, box.times = fold.names or group.name, fold.count
            said.append(Line(times(fold, fold.count), "type"))
        hides = words.count(sum(x.node.op is not None for x in some), "operation")
        if group.parameters:
            hides += f", {words.count(group.parameters, 'parameter')}"
            if fold is not None and fold.words == "separate parameters":
                hides += " each"
        said.append(Line(hides))
        for x in self.results(places):
            if x.node.value is not None:
                said.append(Line(f"→ {words.kind_of(x.node.value)}", "type"))
        if self.shown.grads:
            said += lines.gradients(some)
        for x in some:
            if x.node.error is not None:
                box.kind = "failed"
                said += lines.complaint(x.node.error)
        box.lines = tuple(dict.fromkeys(said))
        return box

    def results(self, places: Iterable[int]) -> list[Placed]:
        """The ops whose results leave the box, or that nobody uses; of folded ones the first."""
        inside, placed = set(places), self.stage.placed
        ops = [placed[p] for p in places if placed[p].node.op and self.plan.represented(p) == p]
        leaving = [x for x in ops if not inside.issuperset(x.users)]
        return leaving or [x for x in ops if not x.users]

    def hidden_box(self, some: list[Placed]) -> Box:
        around = some[0].group
        for x in some:
            around = self.stage.common(around, x.group)
        while any(h in self.plan.closed for h in self.stage.chain(around)):
            around = self.stage.groups[around].parent or 0
        title, said = lines.left_out(some)
        return Box("hidden", "hidden", title, lines=tuple(said), cluster=self.cluster(around))

    def add_end(self, exception: str) -> None:
        """Say where the run ended: at an op that failed, or in the module that was entered last."""
        self.graph.notes.append(f"the run ended here: {exception.splitlines()[0]}")
        if any(box.kind == "failed" for box in self.graph.boxes):
            return
        box = Box(END, "failed", "the run ended", lines=tuple(lines.complaint(exception)))
        scopes = self.plan.trace.scopes
        g = self.stage.of_scope[scopes[-1].id] if scopes else 0
        group = self.stage.groups[g]
        if g and all(x.group != g for x in self.stage.placed):  # it has computed nothing
            box.title, box.name = group.title, group.name
            box.cluster = self.clusters.get(group.parent or 0)
        self.graph.boxes.append(box)
        self.members.append([])

    # ---- clusters ----

    def cluster(self, g: int) -> int | None:
        """The cluster of a group, made when it is first needed, after those around it."""
        missing = []
        for h in self.stage.chain(g):
            if h in self.clusters:
                break
            missing.append(h)
        for h in reversed(missing):
            group, fold = self.stage.groups[h], self.folds_of_group.get(h)
            name = group.name if fold is None else fold.names or group.name
            title = f"{name}  {group.title}" if name else group.title
            note = "" if fold is None else times(fold, fold.count)
            parent = self.clusters.get(group.parent or 0)
            self.clusters[h] = len(self.graph.clusters)
            self.graph.clusters.append(Cluster(group.id, title, note, parent, group.kind))
        return self.clusters.get(g)


def times(fold: Fold | None, count: int) -> str:
    """×12, separate parameters."""
    return f"×{count:,}" + (f", {fold.words}" if fold is not None and fold.words else "")
