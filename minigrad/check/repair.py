"""The edit that heals: which statement is at fault where several would do, and what to write there.

A substitution proves that an expression is wrong, and what its value should be. Around it, in the statements
that made what it reads, single edits are tried until one makes the same gradients correct at both samples.
"""

from __future__ import annotations

import ast
import types
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from minigrad.check.edits import Edit, edited, edits
from minigrad.check.exchange import (
    Unreadable,
    exchanged,
    rewritten,
    source_of,
    statement_of,
)
from minigrad.check.probes import Site
from minigrad.check.search import Search
from minigrad.check.statements import calls, function_node, reads, statements_of, writes

MOST = 1500
"""Most edits that are tried."""

SUSPECTS = 12
"""Most statements around one place in which edits are tried."""


@dataclass(frozen=True)
class Statement:
    """A statement of the backward pass, and the variables of its function."""

    function: types.FunctionType
    node: ast.stmt
    variables: tuple[str, ...]

    @property
    def file(self) -> str:
        return self.function.__code__.co_filename

    @property
    def top(self) -> ast.stmt:
        """The top-level statement that it is in."""
        return statement_of(self.function.__code__, source_of(self.file))


@dataclass(frozen=True)
class Repair:
    """An edit of a statement, and the inputs whose gradients it makes correct."""

    statement: Statement
    edit: Edit
    heals: frozenset[int]


class Repairs:
    """The statements that only the backward pass runs, and the search for an edit in them."""

    def __init__(self, search: Search, most: int = MOST):
        self.search, self.left = search, most
        groups = search.samples[0].forward
        both = {groups[key].site.function for key in search.inert}
        forward = {g.site.function for g in groups.values()} - both
        self.statements: list[Statement] = []
        for f in search.functions:
            if f.__qualname__.replace("<locals>.", "") in forward - {""}:
                continue
            code = f.__code__
            node = function_node(statement_of(code, source_of(code.co_filename)), code)
            if node is not None:
                some = statements_of(node)
                names = sorted({n for s in some for n in reads(s) | writes(s)})
                self.statements += [Statement(f, s, tuple(names)) for s in some]

    def functions(self) -> list[tuple[str, int, int]]:
        """File, first and last line of each function."""
        spans: dict[types.FunctionType, tuple[str, int, int]] = {}
        for s in self.statements:
            file, first, last = spans.get(
                s.function, (s.file, s.function.__code__.co_firstlineno, 0)
            )
            spans[s.function] = (file, first, max(last, s.node.end_lineno or 0))
        return list(spans.values())

    # ---- where to look ----

    def at(self, site: Site) -> int | None:
        """The statement that a site is in."""
        for k, s in enumerate(self.statements):
            if s.file == site.file and s.node.lineno == site.statement[0]:
                return k
        return None

    def makers(self, name: str, k: int) -> list[int]:
        """The statements that write a variable of statement k: later ones of its loop, earlier ones."""
        this = self.statements[k]
        own = [
            j
            for j, s in enumerate(self.statements)
            if s.function is this.function and name in writes(s.node) and j != k
        ]
        loops = [self.statements[j].node for j in self.loops([k])]
        again = [j for j in own if j > k and any(holds(x, self.statements[j].node) for x in loops)]
        return [*again, *(j for j in own if j < k)]

    def sound(self, name: str, k: int) -> bool:
        """Whether a variable is known to be correct when statement k reads it."""
        makers = self.makers(name, k)
        if not makers:
            return True
        made = self.statements[makers[-1]]
        keys = [
            key
            for key, g in self.search.samples[0].backward.items()
            if g.stored and g.site.file == made.file
            and g.site.statement[0] == made.node.lineno
        ]  # fmt: skip
        return bool(keys) and all(key in self.search.sound for key in keys)

    def suspects(self, k: int) -> list[int]:
        """A statement, those that made its values, placeholders, and the headers of its loops."""
        found, todo = [k], [k]
        while todo and len(found) < SUSPECTS:
            i = todo.pop(0)
            for j in self.sources(i, every=i == k):
                if j not in found:
                    found.append(j)
                    todo.append(j)
        return [*found, *(j for j in self.placeholders() + self.loops(found) if j not in found)]

    def sources(self, k: int, every: bool) -> Iterator[int]:
        """What made the variables of a statement, or those not known to be correct; calls and callers."""
        this = self.statements[k]
        for name in sorted(reads(this.node)):
            if every or not self.sound(name, k):
                yield from self.makers(name, k)[-3:]
        called = calls(this.node)
        own = this.function.__name__
        for j, s in enumerate(self.statements):
            returns = isinstance(s.node, ast.Return) and s.function.__name__ in called
            if returns or (s.function is not this.function and own in calls(s.node)):
                yield j

    def placeholders(self) -> list[int]:
        """Statements that are still to be written, and those that leave a loop."""
        found = []
        for k, s in enumerate(self.statements):
            leaves = isinstance(s.node, ast.Return) and self.loops([k])
            if leaves or isinstance(s.node, ast.Pass):
                found.append(k)
        return found

    def returns(self) -> list[int]:
        return [k for k, s in enumerate(self.statements) if isinstance(s.node, ast.Return)]

    def loops(self, around: Sequence[int] | None = None) -> list[int]:
        """The headers of loops: all, or those around some statements."""
        return [
            k
            for k, s in enumerate(self.statements)
            if isinstance(s.node, ast.For)
            and (around is None or any(holds(s.node, self.statements[i].node) for i in around))
        ]

    # ---- trying ----

    def healing(self, suspects: Sequence[int], wanted: frozenset[int]) -> Repair | None:
        """The edit nearest to what was written that makes the wanted gradients correct."""
        best: tuple[int, Repair] | None = None
        for distance, k in enumerate(suspects):
            s = self.statements[k]
            for edit in edits(s.node, s.variables):
                cost = edit.weight + min(distance, 2)
                if self.left <= 0 or (best and best[0] <= cost):
                    break
                self.left -= 1
                heals = self.heals(s, edit)
                if wanted <= heals:
                    best = (cost, Repair(s, edit, heals))
                    break
        return best[1] if best else None

    def heals(self, statement: Statement, edit: Edit) -> frozenset[int]:
        """The wrong gradients that are correct at both samples after an edit."""
        top = statement.top
        family = [
            f
            for f in self.search.functions
            if f.__code__.co_filename == statement.file
            and statement_of(f.__code__, source_of(statement.file)) is top
        ]
        try:
            codes = rewritten(family, lambda file, s: edited(edit, s))
        except (Unreadable, ValueError, TypeError, SyntaxError, IndexError):
            return frozenset()
        heals = self.search.wrong
        with exchanged(codes):
            for k, s in enumerate(self.search.samples):
                heals &= self.search.healed(k, s.results({}))
                if not heals:
                    break
        return heals


def holds(loop: ast.AST, node: ast.stmt) -> bool:
    """Whether a statement is in the body of a loop."""
    first, last = getattr(loop, "lineno", 0), getattr(loop, "end_lineno", 0)
    return bool(first < node.lineno <= last)
