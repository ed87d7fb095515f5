"""The rooms of minigrad, what they import, and their lines of code: `python docs/rooms.py` draws them.

It also prints the lines of code, for the table in README.md. A line counts if it has code: a blank line,
a comment or a docstring does not.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections import Counter
from pathlib import Path

from graphviz import Digraph
from pygraphviz import AGraph

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "minigrad"
PICTURE = Path(__file__).parent / "pictures" / "rooms.svg"

ROOMS = {
    "engine": "Tensor, recording, backward",
    "ops": "forward formulas, gradient rules",
    "nn": "layers",
    "optim": "update rules",
    "data": "files to batches",
    "train": "the training loop",
    "search": "hyper-parameters",
    "check": "is a gradient correct?",
    "view": "pictures and steps",
    "lessons": "14 lessons",
}
FRAMEWORK = ("engine", "ops", "nn", "optim")

# Each colour in light, and in dark.
INK, LINE = ("#1d2330", "#e7eaf0"), ("#7c8596", "#8f98a9")
ROOM, FRAME = ("#dceefb", "#12374f"), ("#f4f4f6", "#252a34")


def code_lines(text: str) -> int:
    silent = {
        tokenize.COMMENT,
        tokenize.NL,
        tokenize.NEWLINE,
        tokenize.INDENT,
        tokenize.DEDENT,
        tokenize.ENDMARKER,
    }
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in silent:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(text)):
        body = getattr(node, "body", None)
        for statement in body if isinstance(body, list) else ():
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
                lines -= set(range(statement.lineno, (statement.end_lineno or 0) + 1))
    return len(lines)


def room_of(module: str) -> str:
    """minigrad.nn.linear is in nn; the files of the package itself are the engine."""
    name = module.split(".")[1] if "." in module else ""
    return name if name in ROOMS else "engine"


def sources() -> list[tuple[str, str]]:
    """(room, text) of each file; `cli.py` only collects the commands of the other rooms."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.name != "cli.py":
            module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            found.append((room_of(module), path.read_text(encoding="utf-8")))
    return found


def lines_by_room() -> Counter[str]:
    lines: Counter[str] = Counter()
    for room, text in sources():
        lines[room] += code_lines(text)
    return lines


def rounded(lines: int) -> str:
    """To a multiple of 50, so that README.md need not change with every line."""
    return f"{50 * round(lines / 50):,}"


def imports() -> dict[str, set[str]]:
    """The rooms that each room imports."""
    found: dict[str, set[str]] = {room: set() for room in ROOMS}
    for room, text in sources():
        for node in ast.walk(ast.parse(text)):
            if (
                isinstance(node, ast.ImportFrom)
                and (node.module or "").partition(".")[0] == "minigrad"
            ):
                modules = [f"{node.module}.{alias.name}" for alias in node.names]
                found[room] |= {room_of(module) for module in modules} - {room}
    return found


def reduced(edges: dict[str, set[str]]) -> list[tuple[str, str]]:
    """The edges without those that a longer path replaces."""

    def below(room: str) -> set[str]:
        return edges[room].union(*(below(other) for other in edges[room]))

    return [
        (room, other)
        for room in edges
        for other in sorted(edges[room])
        if not any(other in below(between) for between in edges[room])
    ]


def draw() -> str:
    """The picture as SVG, for light and dark pages."""
    lines = lines_by_room()
    graph = Digraph(graph_attr={"bgcolor": "transparent", "ranksep": "0.35", "nodesep": "0.25"})
    graph.attr(fontname="Helvetica", fontcolor=INK[0], fontsize="12")
    graph.attr("node", shape="box", style="rounded,filled", color=LINE[0], fillcolor=ROOM[0])
    graph.attr("node", fontname="Helvetica", fontsize="12", fontcolor=INK[0])
    graph.attr("edge", color=LINE[0], arrowsize="0.7")
    with graph.subgraph(name="cluster_framework") as frame:
        frame.attr(label="the framework", labelloc="b", style="rounded,filled")
        frame.attr(color=LINE[0], fillcolor=FRAME[0])
        for room in FRAMEWORK:
            frame.node(room, f"{room}\\n{ROOMS[room]}\\n{rounded(lines[room])} lines")
    for room in ROOMS:
        if room not in FRAMEWORK:
            graph.node(room, f"{room}\\n{ROOMS[room]}\\n{rounded(lines[room])} lines")
    edges = imports()
    edges["engine"] = set()  # one late import of the ops, for the operators of Tensor
    graph.edges(reduced(edges))
    drawn = AGraph(string=graph.source).draw(format="svg", prog="dot").decode()
    rules = "".join(
        f'[{kind}="{light}"]{{{kind}:{dark}}}'
        for light, dark in (INK, LINE, ROOM, FRAME)
        for kind in ("fill", "stroke")
    )
    start = re.search(r"<svg [^>]*>", drawn)
    assert start is not None
    return f"{start[0]}<style>@media (prefers-color-scheme:dark){{{rules}}}</style>{drawn[start.end() :]}"


def main() -> None:
    PICTURE.write_text(draw(), encoding="utf-8")
    lines = lines_by_room()
    framework = sum(lines[room] for room in FRAMEWORK)
    print(f"framework {rounded(framework)}; all {rounded(sum(lines.values()))}")
    for room in ROOMS:
        print(f"{room:10}{rounded(lines[room])}")


if __name__ == "__main__":
    main()
