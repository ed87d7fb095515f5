"""The user's own words for what is computed: the line, the expression in it, and the names of its variables.

Since Python 3.11 every instruction knows which characters of the source it was compiled from. So the frame
that called an op tells the exact expression, and its syntax tree tells what stands in each slot, and
which variable the result is assigned to.
"""

from __future__ import annotations

import ast
import linecache
import os
import sys
from collections.abc import Callable
from functools import lru_cache
from itertools import islice
from pathlib import Path
from types import CodeType, FrameType, ModuleType
from typing import Any, NamedTuple, TypeGuard

from minigrad.view.records import Source

PACKAGE = str(Path(__file__).parent.parent) + os.sep
CALLS = {PACKAGE + name for name in ("op.py", "operators.py")}
"""Where an op is called directly there is nothing of minigrad between the user's line and it but these."""

Span = tuple[int, int, int, int]
"""Line, column, end line, end column, as the syntax tree counts them."""


class Site(NamedTuple):
    """A place in the user's code, and the words that stand there.

    target     the variable that the value is assigned to
    operands   what stands in the slots of the expression, in order: a name, "self.w", or None
    function   what is called, if it is a call: "model" of `model(x)`
    """

    source: Source
    target: str | None
    operands: tuple[str | None, ...]
    function: str | None


class Reader:
    """Finds out where in the user's code the program is, and remembers what was found.

    home    a function of minigrad's own that counts as the user's
    """

    def __init__(self, home: Callable[..., Any] | None = None) -> None:
        self.home = None if home is None else home.__code__
        self.sites: dict[tuple[int, int], tuple[CodeType, Site]] = {}
        """By the identity of a code object, kept so that it stays one, and the instruction in it."""
        self.whose: dict[str, str] = {}
        """By file: "user", "call" for what stands between an operator and its op, "minigrad"."""

    def caller(self) -> tuple[FrameType, bool]:
        """The innermost frame that is not minigrad's, and whether it called the op by itself."""
        frame, direct = sys._getframe(4), True  # past this reader, the recorder and `emit`
        while frame.f_back is not None:
            name = frame.f_code.co_filename
            whose = self.whose.get(name) or self._whose(name)
            if whose == "user" or frame.f_code is self.home:
                break
            direct = direct and whose == "call"
            frame = frame.f_back
        return frame, direct

    def _whose(self, name: str) -> str:
        kind = "call" if name in CALLS else "minigrad" if name.startswith(PACKAGE) else "user"
        self.whose[name] = kind
        return kind

    def site(self, frame: FrameType) -> Site:
        code, at = frame.f_code, frame.f_lasti
        found = self.sites.get((id(code), at))
        if found is None:
            found = self.sites[id(code), at] = (code, self._read(frame))
        return found[1]

    def _read(self, frame: FrameType) -> Site:
        code = frame.f_code
        name = code.co_filename
        linecache.checkcache(name)  # the file may have been edited since it was read
        words = words_of("".join(linecache.getlines(name, frame.f_globals)))
        first, last, start, end = next(islice(code.co_positions(), frame.f_lasti // 2, None))
        line = first or frame.f_lineno
        here = (line, start or 0, last or line, end or 0)
        node = words.expressions.get(here)
        source = Source(
            file=shown_path(name),
            line=line,
            end_line=last or line,
            column=words.column(line, start or 0),
            end_column=words.column(last or line, end or 0),
            text=words.line(line),
            expression="" if node is None else ast.unparse(node),
            function=code.co_name,
        )
        function = word(node.func) if isinstance(node, ast.Call) else None
        given = operands(node)
        if isinstance(node, ast.Call) and is_method(node.func, frame):
            given = [node.func.value, *given]
        return Site(source, words.targets.get(here), tuple(map(word, given)), function)


class Words:
    """The syntax tree of a file: which expression spans which characters, and what it is assigned to."""

    def __init__(self, text: str) -> None:
        self.lines = text.splitlines()
        self.expressions: dict[Span, ast.AST] = {}
        self.targets: dict[Span, str] = {}
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError):  # a template, or a cell with commands of its own
            return
        for node in ast.walk(tree):
            if isinstance(node, ast.expr | ast.AugAssign):
                self.expressions[span(node)] = node
            for target, value in assignments(node):
                if isinstance(target, ast.Name):
                    self.targets[span(value)] = target.id

    def column(self, number: int, offset: int) -> int:
        """An offset in the bytes of a line, as Python keeps it, in characters."""
        return len(self.line(number).encode()[:offset].decode(errors="ignore"))

    def line(self, number: int) -> str:
        return self.lines[number - 1].rstrip() if 0 < number <= len(self.lines) else ""


@lru_cache(maxsize=64)
def words_of(text: str) -> Words:
    """Parsing a file takes a hundred times as long as tracing an op."""
    return Words(text)


def span(node: ast.AST) -> Span:
    assert isinstance(node, ast.expr | ast.stmt)
    return (node.lineno, node.col_offset, node.end_lineno or 0, node.end_col_offset or 0)


def assignments(node: ast.AST) -> list[tuple[ast.AST, ast.AST]]:
    """The (target, value) pairs that a statement or a walrus makes."""
    if isinstance(node, ast.AugAssign):
        return [(node.target, node)]
    if isinstance(node, ast.NamedExpr | ast.AnnAssign) and node.value is not None:
        return [(node.target, node.value)]
    if not isinstance(node, ast.Assign):
        return []
    target, value = node.targets[0], node.value
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        return list(zip(target.elts, value.elts))
    return [(target, value)]


def operands(node: ast.AST | None) -> list[ast.expr]:
    """The expressions whose values an op is given, as far as they can be read off."""
    if isinstance(node, ast.BinOp):
        return [node.left, node.right]
    if isinstance(node, ast.AugAssign):
        return [node.target, node.value]
    if isinstance(node, ast.UnaryOp):
        return [node.operand]
    if isinstance(node, ast.Subscript):
        return [node.value]
    if isinstance(node, ast.Call):
        listed = [a.elts if isinstance(a, ast.List | ast.Tuple) else [a] for a in node.args]
        return [argument for arguments in listed for argument in arguments]
    return []


def is_method(function: ast.expr, frame: FrameType) -> TypeGuard[ast.Attribute]:
    """Whether this is `x.sum` and not `mg.sum`."""
    if not isinstance(function, ast.Attribute):
        return False
    first = (word(function.value) or "").partition(".")[0]
    return not isinstance(frame.f_locals.get(first, frame.f_globals.get(first)), ModuleType)


def word(node: ast.AST) -> str | None:
    """A name, or a path of attributes without the `self.` it starts with; None for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = word(node.value)
        return (
            None if before is None else node.attr if before == "self" else f"{before}.{node.attr}"
        )
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        before = word(node.value)
        return None if before is None else f"{before}[{node.slice.value!r}]"
    return None


SHOWN: dict[str, str] = {}
"""The files of this process by the paths that they were shown with."""


def shown_path(name: str) -> str:
    """A path as a reader here would write it: from the working directory, if it is in there."""
    path = Path(name).absolute()
    here = path.is_relative_to(Path.cwd())
    shown = path.relative_to(Path.cwd()).as_posix() if here else path.name
    SHOWN[shown] = name
    return shown


def lines_of(shown: str) -> list[str]:
    """The lines of a file that was shown, as they are now; none where it is not to be had."""
    return [line.rstrip("\r\n") for line in linecache.getlines(SHOWN.get(shown, shown))]
