"""From a plan to a graph: every node in its box with its words, every use of a tensor in its edge."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, final

from minigrad.errors import TraceError
from minigrad.view.pictures import words
from minigrad.view.pictures.graph import Box, Cluster, Edge, Graph, Line, Use
from minigrad.view.pictures.plan import Key, Plan
from minigrad.view.pictures.stage import Placed, Source

COMMUTE = {"add", "mul", "maximum", "minimum"}
"""Ops whose two inputs may change places, so that their slots need no names."""


@dataclass(frozen=True, slots=True)
class Shown:
    """Which lines a box has besides its type."""

    values: bool = False
    grads: bool = False


@final
class Builder:
    """Makes a graph of what a plan says is drawn."""

    def __init__(self, plan: Plan, shown: Shown):
        self.plan, self.stage, self.shown = plan, plan.stage, shown
        self.folds_of_group = {f.group: f for f in plan.repeats.folds if f.group is not None}
        self.folds_of_place = {f.place: f for f in plan.repeats.folds if f.place is not None}
        self.clusters: dict[int, int] = {}
        self.members: list[list[Placed]] = []
        """By box, the nodes that it stands for."""
        self.graph = Graph([], [], [], notes=list(plan.notes))

    def build(self) -> Graph:
        keys = self.plan.boxes()
        members: dict[Key, list[int]] = {}
        for p in self.plan.drawn:
            members.setdefault(keys[p], []).append(p)
        at = {key: i for i, key in enumerate(members)}
        for key, places in members.items():
            box = (
                self.hidden_box(places)
                if key.kind == "hidden"
                else (
                    self.group_box(key.number, places)
                    if key.kind == "group"
                    else self.node_box(key.number, places)
                )
            )
            self.members.append([self.stage.placed[p] for p in places])
            box.nodes = tuple(x.key for x in self.members[-1])
            self.graph.boxes.append(box)
        self.add_edges(keys, at)
        if self.plan.trace.exception is not None:
            self.add_end(self.plan.trace.exception)
        return self.graph

    def add_end(self, exception: str) -> None:
        """Say where the run ended: at an op that failed, or in the module that was entered last."""
        self.graph.notes.append(f"the run ended here: {exception.splitlines()[0]}")
        if any(box.kind == "failed" for box in self.graph.boxes):
            return
        box = Box("end", "failed", "the run ended", lines=self.complaint(exception))
        scopes = self.plan.trace.scopes
        g = self.stage.of_scope[scopes[-1].id] if scopes else 0
        group = self.stage.groups[g]
        if g and all(x.group != g for x in self.stage.placed):  # it has computed nothing
            box.title, box.name = group.title, group.name
            if (group.parent or 0) in self.clusters:
                box.cluster = self.clusters[group.parent or 0]
        self.graph.boxes.append(box)
        self.members.append([])

    # ---- boxes ----

    def node_box(self, place: int, places: list[int]) -> Box:
        x = self.stage.placed[place]
        node = x.node
        cluster = None if place in self.plan.beyond else self.cluster(x.group)
        kind: Any = "failed" if node.error is not None else node.kind
        box = Box(f"node-{x.key}", kind, node.op or self.leaf_name(x), cluster=cluster)
        lines: list[Line] = []
        if node.op is not None:
            box.name = x.label
            lines += [Line(text) for text in self.given(x)]
        box.times = len(places)
        if box.times > 1 and not self.in_fold(x.group):
            lines.append(Line(self.times(place, box.times), "type"))
        if node.value is not None:
            lines.append(Line(words.kind_of(node.value), "type"))
        if node.error is not None:
            lines += self.complaint(node.error)
        if self.shown.values and node.value is not None:
            lines += [Line(text, "value") for text in words.value_lines(node.value)]
        if self.shown.grads and node.error is None:
            lines += words.gradient_lines(x.trace, self.number(x))
        box.lines = tuple(lines)
        return box

    def complaint(self, error: str) -> tuple[Line, ...]:
        return tuple(
            Line(part, "warn")
            for line in error.splitlines()
            for part in textwrap.wrap(line, words.WIDTH, subsequent_indent="  ")
        )

    def number(self, x: Placed) -> int:
        return x.node.id

    def leaf_name(self, x: Placed) -> str:
        """A parameter is called by its last name where the cluster around it says the rest."""
        before, _, last = x.label.rpartition(".")
        path = self.stage.groups[x.group].path
        return last if before and (path == before or path.endswith(f".{before}")) else x.label

    def given(self, x: Placed) -> list[str]:
        """What the op was given besides tensors: numbers, and parameters that are not the default."""
        numbers = [
            f"{s.name}={words.brief(s.constant)}"
            for s in x.node.slots
            if s.node is None and s.constant is not None
        ]
        try:
            defaults = x.trace.fn(x.node).defaults
        except TraceError:
            defaults = {}
        parameters = words.parameters_in_words(x.node.params, defaults)
        return textwrap.wrap(", ".join(numbers + parameters), words.WIDTH)

    def in_fold(self, g: int) -> bool:
        """Whether a cluster around says how many there are."""
        return any(h in self.folds_of_group for h in self.stage.chain(g))

    def times(self, place: int, count: int) -> str:
        fold = self.folds_of_place.get(place)
        return f"×{count:,}" + (f", {fold.words}" if fold is not None and fold.words else "")

    def group_box(self, g: int, places: list[int]) -> Box:
        group, fold = self.stage.groups[g], self.folds_of_group.get(g)
        around = self.stage.groups[g].parent or 0
        box = Box(group.id, "module", group.title, group.name, cluster=self.cluster(around))
        first = [p for p in places if self.plan.represented(p) == p]
        lines = []
        if fold is not None:
            box.name, box.times = fold.names or group.name, fold.count
            lines.append(Line(self.fold_words(fold.count, fold.words), "type"))
        ops = sum(self.stage.placed[p].node.op is not None for p in places)
        parts = [words.count(ops, "operation")]
        if group.parameters:
            each = " each" if fold is not None and fold.words == "separate parameters" else ""
            parts.append(f"{words.count(group.parameters, 'parameter')}{each}")
        lines.append(Line(", ".join(parts)))
        for p in self.results(first, set(places)):
            value = self.stage.placed[p].node.value
            if value is not None:
                lines.append(Line(f"→ {words.kind_of(value)}", "type"))
        if self.shown.grads:
            lines += self.gradients(places)
        for p in places:
            if (error := self.stage.placed[p].node.error) is not None:
                box.kind = "failed"
                lines += self.complaint(error)
        box.lines = tuple(dict.fromkeys(lines))
        return box

    def fold_words(self, count: int, what: str) -> str:
        return f"×{count:,}, {what}" if what else f"×{count:,}"

    def results(self, places: Iterable[int], inside: set[int]) -> list[int]:
        """Of these, the ops whose results leave the box, or that nobody uses."""
        placed = self.stage.placed
        ops = [p for p in places if placed[p].node.op is not None]
        return [p for p in ops if not inside.issuperset(placed[p].users)] or [
            p for p in ops if not placed[p].users
        ]

    def gradients(self, places: Iterable[int]) -> list[Line]:
        """The range of the gradients inside."""
        found, states = [], Counter[str]()
        for p in places:
            x = self.stage.placed[p]
            state = x.trace.gradient_state(self.number(x))
            states[state] += 1
            g = x.trace.gradient(self.number(x))
            if state == "value" and g is not None:
                found.append(g.statistics.rms)
        lines = []
        if found:
            low, high = words.short(min(found)), words.short(max(found))
            lines.append(Line(f"grad rms {low}" + (f" … {high}" if high != low else ""), "grad"))
        for state in ("nan", "inf", "zero"):
            if states[state]:
                lines.append(Line(f"{words.count(states[state], 'gradient')} {state}", "warn"))
        if not lines:
            state = "not computed" if states["not computed"] else "no gradient required"
            lines.append(Line(state if state.startswith("no ") else f"gradient {state}", "state"))
        return lines

    def hidden_box(self, places: list[int]) -> Box:
        placed = self.stage.placed
        around = placed[places[0]].group
        for p in places:
            around = self.stage.common(around, placed[p].group)
        while any(h in self.plan.closed for h in self.stage.chain(around)):
            around = self.stage.groups[around].parent or 0
        ops = Counter(placed[p].node.op for p in places if placed[p].node.op is not None)
        leaves = len(places) - ops.total()
        lines = [Line(f"{op} ×{n:,}" if n > 1 else str(op)) for op, n in ops.most_common(4)]
        if len(ops) > 4:
            lines.append(Line(f"and {words.count(len(ops) - 4, 'other op')}"))
        if leaves and ops:
            lines.append(Line(f"and {words.count(leaves, 'leaf')}"))
        what = words.count(ops.total(), "operation") if ops else words.count(leaves, "leaf")
        title = f"… {what}"
        return Box("hidden", "hidden", title, lines=tuple(lines), cluster=self.cluster(around))

    def cluster(self, g: int) -> int | None:
        """The cluster of a group, made when it is first needed, after those around it."""
        if g == 0:
            return None
        if g not in self.clusters:
            group, fold = self.stage.groups[g], self.folds_of_group.get(g)
            parent = self.cluster(group.parent or 0)
            name, note = group.name, ""
            if fold is not None:
                name, note = fold.names or name, self.fold_words(fold.count, fold.words)
            title = f"{name}  {group.title}" if name else group.title
            self.clusters[g] = len(self.graph.clusters)
            self.graph.clusters.append(Cluster(group.id, title, note, parent, group.kind))
        return self.clusters[g]

    # ---- edges ----

    def add_edges(self, keys: dict[int, Key], at: dict[Key, int]) -> None:
        placed, same = self.stage.placed, self.plan.represented
        edges: dict[Any, Edge] = {}
        for p in self.plan.drawn:
            for source in placed[p].sources:
                q = source.place
                if q not in keys or (p in self.plan.beyond and q in self.plan.beyond):
                    continue
                use = Use(placed[q].key, placed[p].key, source.slot)
                tail, head = at[keys[q]], at[keys[p]]
                single = keys[p].kind == "node"
                back = self.is_back(q, p) and keys[p].kind != "hidden"
                if tail == head and not back:
                    self.graph.inside.setdefault(head, []).append(use)
                    continue
                which: Any = (tail, head, source.slot if single else same(q), back)
                if "hidden" in (keys[p].kind, keys[q].kind):
                    which = (tail, head)
                if which not in edges:
                    label = self.slot_label(placed[p], source) if single else ""
                    edges[which] = Edge(tail, head, label, back=back)
                    self.graph.edges.append(edges[which])
                edges[which].uses.append(use)
        for edge in self.graph.edges:
            self.count_uses(edge)

    def is_back(self, q: int, p: int) -> bool:
        """Whether it goes from one folded part to the next: in the picture, from the end to the start."""
        same = self.plan.represented
        return (same(p) != p or same(q) != q) and same(q) >= same(p)

    def count_uses(self, edge: Edge) -> None:
        """Say of an edge how many tensors it stands for, where the boxes do not say so."""
        tensors = len({use.source for use in edge.uses})
        ends = {self.graph.boxes[edge.tail].kind, self.graph.boxes[edge.head].kind}
        if edge.back and tensors > 1:
            edge.label = f"{edge.label} ×{tensors:,}".strip()
        elif "hidden" in ends and tensors > 1:
            edge.label = f"{tensors:,} tensors"

    def slot_label(self, x: Placed, source: Source) -> str:
        """The name of the slot, where it matters which input is which and the inputs do not say so."""
        if len(x.sources) < 2 or x.node.op in COMMUTE:
            return ""
        unsaid = [s for s in x.sources if self.leaf_name(self.stage.placed[s.place]) != s.name]
        return source.name if source in unsaid and (len(unsaid) > 1 or len(x.sources) == 2) else ""
