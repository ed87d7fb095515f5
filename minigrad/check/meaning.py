"""What an expression of a backward function computes, in words: the gradient of what, times which factor."""

from __future__ import annotations

import ast

import numpy as np

from minigrad.check.matches import Match, Target
from minigrad.check.replay import Group
from minigrad.check.search import Search


class Meaning:
    """The words for what a search knows."""

    def __init__(self, search: Search):
        self.search, self.subject = search, search.subject

    def words(self, target: Target, factor: float) -> str:
        """As in "n * dcost/dH (H: line 12)"."""
        if isinstance(target.source, int):
            name, line = self.subject.names[target.source], 0
        else:
            site = self.search.matcher.groups[target.source].site
            name, line = variable(site.text), site.line
        if target.value:
            return f"the value of {name} (line {line})"
        symbol = name if name.replace("_", "a").isalnum() else f"({name})"
        gradient = f"d{self.loss}/d{symbol}" + (".T" if target.layout == "transposed" else "")
        said = {1.0: gradient, -1.0: f"-{gradient}"}.get(factor, f"{number(factor)} * {gradient}")
        return f"{said} ({name}: line {line})" if line else said

    @property
    def loss(self) -> str:
        """What is differentiated: f, or the product of f and the upstream gradient, called L."""
        return "L" if self.subject.upstream else self.subject.name

    def what(self, group: Group) -> str:
        """What a group computes, if that is known."""
        search = self.search
        if group.key in search.values:
            for event in search.samples[0].forward.values():
                if len(event.events) and np.array_equal(
                    event.events[0].value, group.events[0].value
                ):
                    return f"the value of {variable(event.site.text)} (line {event.site.line})"
        matches = search.matches.get(group.key, [])
        best = min(matches, key=self.plainness, default=None)
        return self.words(best.target, best.factor) if best else ""

    def plainness(self, match: Match) -> tuple[bool, bool]:
        return match.factor != 1.0, not self.search.matcher.named(match.target)

    def lines(self) -> list[tuple[str, int, str]]:
        """File, line, and what the line computes, for each line of the backward pass of which it is known."""
        found: dict[tuple[str, int], list[tuple[Group, str]]] = {}
        for g in self.search.groups:
            whole = g.stored or g.read or g.site.line == g.site.statement[0]
            if whole and (said := self.what(g)):
                found.setdefault((g.site.file, g.site.statement[0]), []).append((g, said))
        return [(*place, joined(some)) for place, some in found.items()]


def joined(some: list[tuple[Group, str]]) -> str:
    """What a statement stores, or all that it returns, or what is computed last."""
    stored = [said for g, said in some if g.stored]
    if not stored and all(g.read for g, _ in some):
        return ", ".join(said for _, said in some)
    return (stored or [said for _, said in some])[-1]


def variable(text: str) -> str:
    """The variable of an assignment; of an expression the expression."""
    try:
        statement = ast.parse(text).body[0]
    except SyntaxError:
        return text
    if isinstance(statement, ast.Assign):
        return ast.unparse(statement.targets[0])
    if isinstance(statement, ast.AugAssign | ast.AnnAssign):
        return ast.unparse(statement.target)
    return text


def number(c: float) -> str:
    if 0 < abs(c) < 1 and abs(1 / c - round(1 / c)) < 1e-9:
        return f"{'-' if c < 0 else ''}1/{round(abs(1 / c))}"
    return f"{c:.6g}"
