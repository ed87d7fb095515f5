"""No import circles in minigrad: a file can be read after the files that it imports.

Every import counts, also one inside a function or for type checkers only. Two late imports are allowed,
because arithmetic on Tensors calls ops and ops are made of Tensors.
"""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "minigrad"

LATE = {
    ("minigrad.tensor", "minigrad.backward"),  # inside Tensor.backward
    ("minigrad.operators", "minigrad.ops"),  # at the foot of the file
}

KNOWN = [
    [f"minigrad.check.{name}" for name in ("html", "plot", "report", "text")],
    [
        "minigrad.view.compare",
        *(f"minigrad.view.page.{name}" for name in ("checked", "compared", "data", "page")),
        *(
            f"minigrad.view.steps.{name}"
            for name in (
                "backwards",
                "build",
                "equations",
                "forwards",
                "list",
                "local_check",
                "notebook",
                "screen",
                "sums",
                "terminal",
                "text",
            )
        ),
    ],
    [f"minigrad.view.{name}" for name in ("document", "recorder", "trace")],
]
"""Circles of rooms that are to be rebuilt. Remove a circle from this list when it is gone; add none."""


def sources():
    """The text of each module of minigrad, by name."""
    found = {}
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        found[".".join(parts).removesuffix(".__init__")] = path.read_text(encoding="utf-8")
    return found


def imported(name, text, modules):
    """The modules that the module `name` imports, anywhere in its text."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                package = any(other.startswith(f"{name}.") for other in modules)
                parents = name.split(".")[: len(name.split(".")) - node.level + package]
                base = ".".join([*parents, base]).rstrip(".")
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                found.add(inner if inner in modules else base)
    return found & set(modules) - {name}


def circles(modules):
    """The sets of modules that import each other, directly or not (strongly connected components)."""
    edges = {name: imported(name, text, modules) for name, text in modules.items()}
    for name, other in LATE:
        edges.get(name, set()).discard(other)
    reached = {}
    for start in edges:
        seen, waiting = set(), [start]
        while waiting:
            new = edges[waiting.pop()] - seen
            seen |= new
            waiting += new
        reached[start] = seen
    groups = {
        frozenset(other for other in seen if name in reached[other])
        for name, seen in reached.items()
        if name in seen
    }
    return sorted(sorted(group) for group in groups)


def test_only_the_known_circles_are_left():
    assert circles(sources()) == KNOWN


def test_the_late_imports_are_there():
    """A late import that is no longer needed leaves the list."""
    modules = sources()
    for name, other in LATE:
        assert other in imported(name, modules[name], modules), f"{name} does not import {other}"


@pytest.mark.parametrize(
    "line",
    [
        "import minigrad.high",
        "from minigrad.high import f",
        "from minigrad import high",
        "from . import high",
        "from .high import f",
        "def f():\n    from minigrad.high import f",
        "if TYPE_CHECKING:\n    from minigrad.high import f",
        "from minigrad.room.inner import f",
    ],
)
def test_a_planted_circle_is_found(line):
    modules = {
        "minigrad.low": "",
        "minigrad.high": "from minigrad import low, room",
        "minigrad.room": "from .inner import f",
        "minigrad.room.inner": "from ..low import f",
    }
    assert circles(modules) == []
    modules["minigrad.low"] = line
    assert len(circles(modules)) == 1
