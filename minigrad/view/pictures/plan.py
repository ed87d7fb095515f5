"""What of a trace is drawn: which modules as one box, what is folded, and what must be left out.

The reader decides first (depth, focus, collapse). Then neighbours that are identical are folded, and if
there are still more boxes than the budget allows, in this order: runs of equal ops are folded; repeated
parts become one box each, the deepest first; all modules do, the deepest first; the middle is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, NamedTuple, final

from minigrad.errors import ParameterError
from minigrad.view.pictures.repeats import Repeats
from minigrad.view.pictures.stage import Stage

if TYPE_CHECKING:
    from minigrad.view.records import Scope
    from minigrad.view.trace import Trace

Collapse = Callable[["Scope"], bool] | str | Collection[str]
"""Which modules are drawn as one box: a function of their `Scope`, or their paths or classes."""


class Key(NamedTuple):
    """What is drawn as one box: the group or the node at this place; ("hidden", 0) is what is left out."""

    kind: str
    number: int


@final
class Plan:
    """drawn     the places that are drawn, or counted in something that is
    beyond    of these, the neighbours of what is in focus
    notes     what is not shown, in sentences
    """

    def __init__(
        self,
        trace: Trace,
        stage: Stage,
        depth: int | None,
        focus: str | None,
        collapse: Collapse | None,
        budget: int | None,
    ):
        self.trace, self.stage = trace, stage
        self.notes = list(stage.closed)
        self.focus = 0 if focus is None else self.found(focus)
        self.drawn, self.beyond = self.in_focus()
        self.hidden: set[int] = set()
        self.repeats = Repeats(stage, self.focus)
        self.closed = self.asked_to_close(depth, collapse)
        if budget is not None:
            self.keep_to(budget)

    # ---- what the reader decides ----

    def found(self, focus: str) -> int:
        modules = [(g, x) for g, x in enumerate(self.stage.groups) if x.kind == "module"]
        for g, x in modules:
            if focus in (x.path, x.path.partition(".")[2]):
                return g
        for g, x in modules:
            if focus in (x.name, x.title):
                return g
        paths = list(dict.fromkeys(x.path for _, x in modules))
        known = ", ".join(paths[:12]) + (f" and {len(paths) - 12} others" if paths[12:] else "")
        raise ParameterError(
            f"draw: focus={focus!r} is no module of this trace; "
            + (f"its modules are {known}" if paths else "it has no modules")
        )

    def in_focus(self) -> tuple[list[int], set[int]]:
        placed = self.stage.placed
        if not self.focus:
            return list(range(len(placed))), set()
        inside = [p for p, x in enumerate(placed) if self.focus in self.stage.chain(x.group)]
        if not inside:
            title = self.stage.groups[self.focus].title
            raise ParameterError(f"draw: {title} computes nothing of its own that could be drawn")
        beyond = {s.place for p in inside for s in placed[p].sources}
        beyond.update(u for p in inside for u in placed[p].users)
        beyond.difference_update(inside)
        drawn = sorted({*inside, *beyond})
        if len(drawn) < len(placed):
            path = self.stage.groups[self.focus].path
            others = len(placed) - len(drawn)
            self.notes.append(
                f"only {path} and its neighbours are drawn: {others:,} other nodes are not"
            )
        return drawn, beyond

    def asked_to_close(self, depth: int | None, collapse: Collapse | None) -> set[int]:
        if depth is not None and depth < 0:
            raise ParameterError(f"draw: depth={depth} must be 0, for one box, or more")
        groups, scopes = self.stage.groups, {f"scope-{s.id}": s for s in self.trace.scopes}
        open_to = None if depth is None else groups[self.focus].depth + depth
        if isinstance(collapse, str):
            collapse = (collapse,)
        closed = set()
        for g, x in enumerate(groups):
            if x.kind != "module" or not self.below_focus(g):
                continue
            if open_to is not None and x.depth > open_to:
                closed.add(g)
            elif callable(collapse):
                if collapse(scopes[x.id]):
                    closed.add(g)
            elif collapse and {x.path, x.path.partition(".")[2], x.name, x.title} & set(collapse):
                closed.add(g)
        return closed

    def below_focus(self, g: int) -> bool:
        return g != self.focus and self.focus in (*self.stage.chain(g), 0)

    # ---- what the budget decides ----

    def keep_to(self, budget: int) -> None:
        if budget < 1:
            raise ParameterError(f"draw: budget={budget} boxes must be at least 1")
        self.repeats.fold(self.closed, ops=False)
        if self.count() > budget:
            self.repeats.fold(self.closed, ops=True)
        folded = {f.group for f in self.repeats.folds if f.group is not None}
        for some in (folded, set(range(1, len(self.stage.groups)))):
            open_ones = {g for g in some if self.below_focus(g) and g not in self.closed}
            depths = sorted({self.depth(g) for g in open_ones}, reverse=True)
            for d in depths:
                if self.count() <= budget:
                    return
                closing = {g for g in open_ones if self.depth(g) == d}
                if some is not folded:
                    self.say_closed(closing, d)
                self.closed |= closing
        if self.count() > budget:
            self.leave_out(budget)

    def depth(self, g: int) -> int:
        return sum(1 for _ in self.stage.chain(g))

    def say_closed(self, closing: set[int], depth: int) -> None:
        boxes = self.boxes()
        visible = {self.stage.placed[p].group for p in self.drawn if boxes[p].kind == "node"}
        if closing & {h for g in visible for h in self.stage.chain(g)}:
            self.notes = [n for n in self.notes if not n.startswith("modules from depth")]
            self.notes.append(
                f"modules from depth {depth} on are one box each, to stay within the budget"
            )

    def leave_out(self, budget: int) -> None:
        """The middle of what is drawn, in the order of creation, becomes one box."""
        boxes = self.boxes()
        order = list(dict.fromkeys(boxes[p] for p in self.drawn))
        first, last = (budget - 1) // 2, budget // 2
        gone = set(order[first : len(order) - last])
        self.hidden = {p for p in self.drawn if boxes[p] in gone}
        self.notes.append(
            f"{len(gone):,} boxes in the middle are one, to stay within the budget of {budget}"
        )

    # ---- the boxes ----

    def boxes(self) -> dict[int, Key]:
        """By place, what it is drawn in."""
        outermost = [self.outermost(g) for g in range(len(self.stage.groups))]
        found: dict[int, Key] = {}
        for p in self.drawn:
            r = self.represented(p)
            g = 0 if p in self.beyond else outermost[self.stage.placed[r].group]
            if p in self.hidden:
                found[p] = Key("hidden", 0)
            else:
                found[p] = Key("group", g) if g else Key("node", r)
        return found

    def represented(self, p: int) -> int:
        same = self.repeats.same
        while same[p] != p:
            p = same[p]
        return p

    def outermost(self, g: int) -> int:
        """The outermost closed group around, or 0."""
        found = 0
        for h in self.stage.chain(g):
            if h in self.closed:
                found = h
        return found

    def count(self) -> int:
        return len(set(self.boxes().values()))
