"""The calls of modules under way: the scopes of a trace, and the paths that parameters are named by."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from types import FrameType
from typing import final

from minigrad import nn
from minigrad.view.records import Scope


@dataclass(slots=True)
class Called:
    """A module, the numbers it and its parameters have, and how often it has been called."""

    module: nn.Module
    number: int
    parameters: int
    times: int = 0


@final
class Calls:
    """paths    by the identity of a module, a parameter or a buffer: its path from the root
    modules     by identity, those that are known
    open        the calls that have not returned, and the frames they were made from
    """

    def __init__(self) -> None:
        self.paths: dict[int, str] = {}
        self.modules: dict[int, Called] = {}
        self.open: list[tuple[Scope, FrameType]] = []

    @property
    def innermost(self) -> int | None:
        return self.open[-1][0].id if self.open else None

    def inside(self, frame: FrameType) -> bool:
        """Whether the line that `frame` is at called a module, which has not returned."""
        return bool(self.open) and self.open[-1][1] is frame

    def enter(
        self, module: nn.Module, frame: FrameType, word: str | None, scopes: list[Scope]
    ) -> None:
        """Add the scope of this call, which was made in `frame`, where the module is called `word`."""
        kind = type(module).__name__
        if id(module) not in self.paths:
            self.name_all_of(
                module, f"{self.open[-1][0].path}.{kind}" if self.open else word or kind
            )
        called, path = self.modules[id(module)], self.paths[id(module)]
        scope = Scope(
            id=len(scopes),
            parent=self.innermost,
            path=path,
            name=path.rpartition(".")[2],
            type=kind,
            module=called.number,
            call=called.times,
            parameters=called.parameters,
        )
        called.times += 1
        scopes.append(scope)
        self.open.append((scope, frame))

    def name_all_of(self, root: nn.Module, path: str) -> None:
        """Modules by their path from the root's caller, parameters by theirs from the root."""
        counts: Counter[str] = Counter()
        for below, x in [*root.named_parameters(), *root.named_buffers()]:
            self.paths.setdefault(id(x), below)
            if isinstance(x, nn.Parameter):
                parts = below.split(".")
                counts.update({".".join(parts[:i]): x.size for i in range(len(parts))})
        for below, module in root.named_modules():
            self.paths.setdefault(id(module), f"{path}.{below}" if below else path)
            called = Called(module, len(self.modules), counts[below])
            self.modules.setdefault(id(module), called)

    def leave(self) -> FrameType:
        """The innermost call returns, to this frame."""
        return self.open.pop()[1]

    def begin_again(self, scopes: list[Scope]) -> None:
        """Go on in another trace, whose scopes begin with the calls that have not returned."""
        for called in self.modules.values():
            called.times = 0
        for i, (scope, frame) in enumerate(self.open):
            again = replace(scope, id=i, parent=i - 1 if i else None, call=0)
            scopes.append(again)
            self.open[i] = (again, frame)
