"""Identical neighbours are found, and one of them is drawn for all.

Two parts are identical if they do the same ops on the same shapes, joined in the same way. A run of
them, `blocks.0` to `blocks.11` or the turns of a loop, is folded: every node of a later one is
represented by the node at the same place in the first, and so is every edge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, final

from minigrad.view.pictures.runs import runs
from minigrad.view.pictures.stage import Group, Placed, Stage

VARIES = {"getitem": "index"}
"""The turns of a loop may take different parts of a tensor, and are identical all the same."""


@dataclass(slots=True)
class Fold:
    """group or place    what is drawn for all; `words` says of what and how many"""

    count: int
    words: str
    names: str
    group: int | None = None
    place: int | None = None


class Item(NamedTuple):
    """An op, or a group with all that is in it, directly inside of some group."""

    group: int | None
    places: list[int]


@final
class Repeats:
    """same     by place, the place of the node that is drawn for it: its own, if it is not folded
    folds    what was folded, the outer before the inner
    """

    def __init__(self, stage: Stage, root: int):
        self.stage, self.root = stage, root
        self.same = list(range(len(stage.placed)))
        self.folds: list[Fold] = []
        self.folded: set[tuple[str, int]] = set()
        self.signs: dict[Any, int] = {}

    def fold(self, closed: set[int], ops: bool) -> None:
        """Fold runs in which modules take part; with `ops`, runs of mere ops as well."""
        inside = self.members()
        for g in sorted(inside, key=lambda g: self.stage.groups[g].depth):
            places = [p for p in inside[g] if self.same[p] == p]
            if places and not any(h in closed for h in self.stage.chain(g)):
                self.fold_in(g, places, ops)

    def members(self) -> dict[int, list[int]]:
        """For each group below the root, and the root, the places in it and in all that it holds."""
        found: dict[int, list[int]] = {}
        for place, x in enumerate(self.stage.placed):
            around = [*self.stage.chain(x.group), 0]
            if self.root in around:
                for g in around[: around.index(self.root) + 1]:
                    found.setdefault(g, []).append(place)
        return found

    def fold_in(self, g: int, places: Sequence[int], ops: bool) -> None:
        items, item_of = self.items(g, places)
        if not ops and all(x.group is None for x in items):
            return
        signs = [
            self.sign(g, i, x, item_of) if self.is_free(x) else -1 - i for i, x in enumerate(items)
        ]
        alike = [
            self.sign(g, i, x, item_of, joined=False) if signs[i] >= 0 else -1 - i
            for i, x in enumerate(items)
        ]
        for run in runs(signs, alike):
            units = [
                items[run.start + i * run.period : run.start + (i + 1) * run.period]
                for i in range(run.times)
            ]
            if ops or any(x.group is not None for x in units[0]):
                self.fold_run(g, units)

    def is_free(self, item: Item) -> bool:
        """Whether it has not been folded before."""
        key = ("node", item.places[0]) if item.group is None else ("group", item.group)
        return key not in self.folded

    def items(self, g: int, places: Sequence[int]) -> tuple[list[Item], dict[int, int]]:
        """What stands in group g, in the order of creation, and in which of it each node stands."""
        placed = self.stage.placed
        items: list[Item] = []
        index: dict[tuple[str, int], int] = {}
        item_of: dict[int, int] = {}
        for p in places:
            x = placed[p]
            if x.group == g:
                if x.node.op is None:
                    continue
                key, group = ("node", p), None
            else:
                group = self.child(g, x)
                key = ("group", group)
            if key not in index:
                index[key] = len(items)
                items.append(Item(group, []))
            item_of[p] = index[key]
            items[index[key]].places.append(p)
        return items, item_of

    def child(self, g: int, x: Placed) -> int:
        """The group directly inside g in which x stands."""
        inner = x.group
        while (parent := self.stage.groups[inner].parent) != g:
            assert parent is not None  # x stands in g
            inner = parent
        return inner

    def sign(self, g: int, i: int, item: Item, item_of: dict[int, int], joined: bool = True) -> int:
        """A number that items have in common if they are identical, and `joined` to the others alike."""
        placed = self.stage.placed
        at = {p: k for k, p in enumerate(item.places)}
        outside: dict[int, int] = {}
        groups: dict[int, int] = {}
        parts: list[Any] = [None if item.group is None else self.stage.groups[item.group].title]
        for p in item.places:
            x = placed[p]
            refs: list[Any] = []
            for source in x.sources:
                q = source.place
                if q in at:
                    refs.append(("in", at[q]))
                elif item.group is not None:
                    refs.append(("out", outside.setdefault(q, len(outside))))
                elif not joined:
                    continue
                elif placed[q].node.op is None:
                    refs.append("leaf")
                else:
                    refs.append(("back", i - item_of[q]) if q in item_of else "above")
            value = x.node.value
            parts.append(
                (
                    x.node.kind,
                    x.node.op,
                    *(
                        (k, repr(v))
                        for k, v in x.node.params.items()
                        if k != VARIES.get(x.node.op or "")
                    ),
                    None if value is None else (value.shape, value.dtype.str),
                    x.node.requires_grad,
                    tuple(repr(s.constant) for s in x.node.slots if s.node is None),
                    tuple(refs),
                    groups.setdefault(x.group, len(groups)),
                    self.stage.groups[x.group].title if item.group is not None else None,
                )
            )
        return self.signs.setdefault((joined, *parts), len(self.signs))

    def fold_run(self, g: int, units: Sequence[Sequence[Item]]) -> None:
        stage = self.stage
        nodes = [[p for item in unit for p in item.places] for unit in units]
        words = self.parameters(nodes)
        fold = Fold(len(units), words, "")
        if len(units[0]) == 1:
            fold.group = units[0][0].group
            fold.place = units[0][0].places[0] if fold.group is None else None
            if fold.group is not None:
                first, last = (stage.groups[u[0].group or 0].name for u in (units[0], units[-1]))
                fold.names = first if first == last else f"{first} … {last}"
        else:
            fold.group = self.wrap(g, units[0])
        self.folds.append(fold)
        self.folded.add(
            ("group", fold.group) if fold.group is not None else ("node", fold.place or 0)
        )
        for unit in nodes[1:]:
            for p, first_p in zip(unit, nodes[0]):
                self.same[p] = first_p
        self.fold_leaves(nodes)

    def wrap(self, g: int, unit: Sequence[Item]) -> int:
        """A group of its own for several neighbours that repeat together."""
        stage = self.stage
        titles = [
            stage.placed[x.places[0]].node.op or ""
            if x.group is None
            else stage.groups[x.group].title
            for x in unit
        ]
        key = stage.placed[unit[0].places[0]].key
        new = stage.add_group(Group(f"repeat-{key}", "repeat", ", ".join(titles), parent=g))
        for item in unit:
            if item.group is None:
                stage.placed[item.places[0]].group = new
            else:
                stage.groups[item.group].parent = new
        return new

    def parameters(self, units: Sequence[Sequence[int]]) -> str:
        """Whether identical parts have parameters of their own, or share them."""
        placed = self.stage.placed
        read = [
            {
                (i, s.slot): s.place
                for i, p in enumerate(unit)
                for s in placed[p].sources
                if placed[s.place].node.kind == "parameter"
            }
            for unit in units
        ]
        # Where the first turn of a loop takes a parameter, the others may take what the one before made.
        where = [at for at in read[0] if all(at in r for r in read)]
        sets = [{r[at] for at in where} for r in read]
        if not where:
            return ""
        if all(s == sets[0] for s in sets):
            return "the same parameters"
        disjoint = sum(map(len, sets)) == len(set().union(*sets))
        return "separate parameters" if disjoint else "partly shared parameters"

    def fold_leaves(self, units: Sequence[Sequence[int]]) -> None:
        """Leaves that stand outside, but are each used by one of the parts only, are folded with them."""
        placed = self.stage.placed
        leaves: list[dict[tuple[int, int], int]] = []
        """For each part, by the op in it and the slot, what is its own."""
        for unit in units:
            at = set(unit)
            leaves.append(
                {
                    (i, s.slot): s.place
                    for i, p in enumerate(unit)
                    for s in placed[p].sources
                    if s.place not in at
                    and placed[s.place].node.op is None
                    and at.issuperset(placed[s.place].users)
                }
            )
        for where, first in leaves[0].items():
            same = [own.get(where) for own in leaves]
            looks = {None if p is None else self.look(p) for p in same}
            if len(looks) == 1:
                if len(units[0]) > 1 and placed[first].node.kind != "input":
                    placed[first].group = placed[units[0][where[0]]].group
                for p in same[1:]:
                    assert p is not None  # it looks like the first
                    self.same[p] = first

    def look(self, place: int) -> tuple[str, tuple[int, ...], str]:
        node = self.stage.placed[place].node
        assert node.value is not None  # a leaf has one
        return node.kind, node.value.shape, node.value.dtype.str
