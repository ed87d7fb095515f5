"""The edges of a picture: every use of a tensor is in one of them, or within a box.

A box for one node has an edge for each of its slots, so `v + v` has two. Between boxes that stand for
many, one edge stands for all uses of a tensor, and says how many tensors it stands for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from minigrad.view.pictures.graph import Edge, Graph, Use
from minigrad.view.pictures.plan import Key, Plan
from minigrad.view.pictures.stage import Placed, Source

COMMUTE = {"add", "mul", "maximum", "minimum"}
"""Ops whose two inputs may change places, so that their slots need no names."""


def add_edges(graph: Graph, plan: Plan, keys: Mapping[int, Key], at: Mapping[Key, int]) -> None:
    """Add the edges between boxes, which are given by the place of a node (`keys`), in the graph (`at`)."""
    placed = plan.stage.placed
    edges: dict[Any, Edge] = {}
    for p in plan.drawn:
        for source in placed[p].sources:
            q = source.place
            if q not in keys or (p in plan.beyond and q in plan.beyond):
                continue
            use = Use(placed[q].key, placed[p].key, source.slot)
            tail, head = at[keys[q]], at[keys[p]]
            single = keys[p].kind == "node"
            back = keys[p].kind != "hidden" and goes_back(plan, q, p)
            if tail == head and not back:
                graph.inside.setdefault(head, []).append(use)
                continue
            which: Any = (tail, head, source.slot if single else plan.represented(q), back)
            if "hidden" in (keys[p].kind, keys[q].kind):
                which = (tail, head)
            if which not in edges:
                label = slot_label(plan, placed[p], source) if single else ""
                edges[which] = Edge(tail, head, label, back=back)
                graph.edges.append(edges[which])
            edges[which].uses.append(use)
    for edge in graph.edges:
        count_tensors(graph, edge)


def goes_back(plan: Plan, q: int, p: int) -> bool:
    """Whether it goes from one folded part to the next: in the picture, from the end to the start."""
    same_q, same_p = plan.represented(q), plan.represented(p)
    return (same_p != p or same_q != q) and same_q >= same_p


def slot_label(plan: Plan, x: Placed, source: Source) -> str:
    """The name of the slot, where it matters which input is which and the inputs do not say so."""
    if len(x.sources) < 2 or x.node.op in COMMUTE:
        return ""
    stage = plan.stage
    unsaid = [s for s in x.sources if stage.short_name(stage.placed[s.place]) != s.name]
    return source.name if source in unsaid and (len(unsaid) > 1 or len(x.sources) == 2) else ""


def count_tensors(graph: Graph, edge: Edge) -> None:
    """Say of an edge how many tensors it stands for, where the boxes do not say so."""
    tensors = len({use.source for use in edge.uses})
    ends = {graph.boxes[edge.tail].kind, graph.boxes[edge.head].kind}
    if edge.back and tensors > 1:
        edge.label = f"{edge.label} ×{tensors:,}".strip()
    elif "hidden" in ends and tensors > 1:
        edge.label = f"{tensors:,} tensors"
