"""A graph as lines of text: a program, as it was run, module by module."""

from __future__ import annotations

from collections.abc import Iterator

from minigrad.view.pictures.graph import Box, Graph

WIDTH = 48
"""What is said of a result begins in this column at the latest, unless its own line is longer."""


def text(graph: Graph) -> str:
    """One line for each box, set in by modules, what was given first; then what is not shown."""
    inputs: dict[int, list[str]] = {}
    for edge in graph.edges:
        said = graph.boxes[edge.tail].name or graph.boxes[edge.tail].title
        if edge.back or edge.label.endswith(" tensors"):
            said += f" {edge.label}"
        inputs.setdefault(edge.head, []).append(said)
    rows = list(program(graph, inputs))
    width = min(max((len(left) for left, right in rows if right), default=0), WIDTH)
    lines = [f"{left:{width}}  {right}".rstrip() if right else left for left, right in rows]
    lines += [f"({note})" for note in graph.notes]
    if graph.legend:
        lines.append("(colours: " + ", ".join(graph.legend) + ")")
    return "\n".join(lines)


def program(graph: Graph, inputs: dict[int, list[str]]) -> Iterator[tuple[str, str]]:
    """Pairs: what is computed, and what is said of it. A cluster stands where its first result does."""
    first: dict[int, int] = {}
    parts: dict[int | None, list[tuple[bool, int, bool]]] = {}
    for i, box in enumerate(graph.boxes):
        given = box.kind in ("parameter", "input", "constant")
        parts.setdefault(box.cluster, []).append((not given, i, False))
        around = box.cluster
        while around is not None and around not in first:
            first[around] = i
            around = graph.clusters[around].parent
    for c, i in first.items():
        parts.setdefault(graph.clusters[c].parent, []).append((True, i, True))
    cluster_at = {(graph.clusters[c].parent, i): c for c, i in first.items()}
    stack: list[tuple[int | None, int, int, bool]] = []

    def push(inner: int | None, depth: int) -> None:
        some = sorted(parts.get(inner, ()), reverse=True)
        stack.extend((inner, depth, i, nested) for _, i, nested in some)

    push(None, 0)
    while stack:
        outer, depth, i, nested = stack.pop()
        indent = "  " * depth
        if nested:
            inner = graph.clusters[cluster_at[outer, i]]
            yield f"{indent}{inner.title}  {inner.note}".rstrip() + ":", ""
            push(cluster_at[outer, i], depth + 1)
            continue
        for left, right in said_of(graph.boxes[i], inputs.get(i, [])):
            yield indent + left if left else "", right


def said_of(box: Box, inputs: list[str]) -> Iterator[tuple[str, str]]:
    soft = [line.text for line in box.lines if line.role == "soft"]
    rest = [line.text for line in box.lines if line.role != "soft"]
    if box.kind in ("op", "failed"):
        left = f"{box.name} = {box.title}({', '.join([*inputs, *soft])})"
    elif box.kind in ("module", "hidden"):
        left, rest = f"{box.name}  {box.title}({', '.join(inputs)})".strip(), soft + rest
    else:
        left, rest = f"{box.title}  {box.kind}", rest + soft
    yield left, rest[0] if rest else ""
    yield from (("", line) for line in rest[1:])
