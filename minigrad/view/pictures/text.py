"""A graph as lines of text: a program, as it was run, module by module."""

from __future__ import annotations

from collections.abc import Iterator

from minigrad.view.pictures.graph import Box, Graph


def text(graph: Graph) -> str:
    """One line for each box, in the order of creation, set in by modules; then what is not shown."""
    inputs: dict[int, list[str]] = {}
    for edge in graph.edges:
        name = said(graph.boxes[edge.tail])
        again = f" {edge.label}" if edge.back or edge.label.endswith("uses") else ""
        inputs.setdefault(edge.head, []).append(name + again)
    rows: list[tuple[str, str]] = []
    open_ones: list[int] = []
    for i, box in enumerate(graph.boxes):
        path = around(graph, box.cluster)
        for depth, c in enumerate(path):
            if depth >= len(open_ones) or open_ones[depth] != c:
                cluster = graph.clusters[c]
                title = cluster.title + (f"  {cluster.note}" if cluster.note else "")
                rows.append(("  " * depth + title + ":", ""))
                open_ones[depth:] = [c]
        open_ones[len(path) :] = []
        first, *more = lines(box, inputs.get(i, []))
        indent = "  " * len(path)
        rows.append((indent + first[0], first[1]))
        rows += [("", line[1]) for line in more]
    width = min(max((len(left) for left, right in rows if right), default=0), 48)
    drawn = [(left.ljust(width) + "  " + right if right else left).rstrip() for left, right in rows]
    legend = ["colours: " + ", ".join(graph.legend)] if graph.legend else []
    return "\n".join([*drawn, *(f"({note})" for note in graph.notes), *legend])


def around(graph: Graph, cluster: int | None) -> list[int]:
    path: list[int] = []
    while cluster is not None:
        path.append(cluster)
        cluster = graph.clusters[cluster].parent
    return path[::-1]


def said(box: Box) -> str:
    return box.name or box.title


def lines(box: Box, inputs: list[str]) -> Iterator[tuple[str, str]]:
    """What is computed, and beside it what is said of it."""
    soft = [line.text for line in box.lines if line.role == "soft"]
    rest = [line.text for line in box.lines if line.role != "soft"]
    if box.kind in ("op", "failed"):
        left = f"{box.name} = {box.title}({', '.join([*inputs, *soft])})"
    elif box.kind == "module":
        left = f"{box.name}  {box.title}({', '.join(inputs)})"
        rest = soft + rest
    elif box.kind == "hidden":
        left = f"{box.title}({', '.join(inputs)})"
        rest = soft + rest
    else:
        left, rest = f"{box.title}  {box.kind}", rest + soft
    if not rest:
        yield left, ""
    for i, line in enumerate(rest):
        yield (left if i == 0 else ""), line
