"""Which node of one run is which of another: aligned by module, op, and order within the module's call."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable
from difflib import SequenceMatcher

from minigrad.view.records import Node
from minigrad.view.trace import Trace

Place = tuple[Hashable, ...]
Word = Callable[[Node], Hashable]

LONGEST = 3_000
"""Sequences of more nodes than this that are not equal are compared as far as their beginnings are."""


def aligned(a: Trace, b: Trace) -> dict[int, int]:
    """For nodes of a, the nodes of b that they correspond to, in the order of a.

    Within a call of a module what has the same op and the same name is matched first, in order, and then
    what has at least the same op. A node that was put in or left out shifts nothing behind it.
    """
    found: dict[int, int] = {}
    for word in (named, unnamed):
        mine, others = by_place(a, set(found)), by_place(b, set(found.values()))
        for place, nodes in mine.items():
            for x, y in matched(nodes, others.get(place, []), word):
                found[x.id] = y.id
    return dict(sorted(found.items()))


def by_place(trace: Trace, done: set[int]) -> dict[Place, list[Node]]:
    """The nodes that are left, by the call of a module or the backward pass that they were made in."""
    found: dict[Place, list[Node]] = defaultdict(list)
    for node in trace.nodes:
        if node.id not in done:
            scope = None if node.scope is None else trace.scopes[node.scope]
            where = () if scope is None else (scope.path, scope.call)
            found[(where, node.made_in)].append(node)
    return found


def named(node: Node) -> Hashable:
    return node.op or "leaf", node.name


def unnamed(node: Node) -> Hashable:
    return node.op or "leaf"


def matched(a: list[Node], b: list[Node], word: Word) -> list[tuple[Node, Node]]:
    """The pairs of nodes that stand in the same order in both."""
    mine, others = [word(n) for n in a], [word(n) for n in b]
    if mine == others:
        return list(zip(a, b))
    if max(len(a), len(b)) > LONGEST:
        same = next(
            (i for i, (x, y) in enumerate(zip(mine, others)) if x != y), min(len(a), len(b))
        )
        return list(zip(a[:same], b[:same]))
    blocks = SequenceMatcher(None, mine, others, autojunk=False).get_matching_blocks()
    return [(a[m.a + i], b[m.b + i]) for m in blocks for i in range(m.size)]
