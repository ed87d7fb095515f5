"""A graph as Mermaid, which GitHub and many notebooks draw from the text in a page."""

from __future__ import annotations

from collections.abc import Iterator

from minigrad.view.pictures import colours
from minigrad.view.pictures.graph import Box, Graph

SHAPE = {
    "parameter": ("[(", ")]"),
    "input": ("[/", "/]"),
    "constant": (">", "]"),
    "op": ("(", ")"),
    "failed": ("{{", "}}"),
    "module": ("[[", "]]"),
    "hidden": ("[", "]"),
}


def mermaid(graph: Graph, direction: str) -> str:
    """A flowchart, with the same boxes, texts and edges as the DOT."""
    return "\n".join(lines(graph, direction)) + "\n"


def lines(graph: Graph, direction: str) -> Iterator[str]:
    yield f"flowchart {direction}"
    children: dict[int | None, list[int]] = {}
    for i, cluster in enumerate(graph.clusters):
        children.setdefault(cluster.parent, []).append(i)
    boxes: dict[int | None, list[int]] = {}
    for i, box in enumerate(graph.boxes):
        boxes.setdefault(box.cluster, []).append(i)
    stack: list[tuple[int | None, int, bool]] = [(None, 0, True)]
    while stack:
        c, depth, enters = stack.pop()
        indent = "  " * depth
        if not enters:
            yield f"{indent}end"
            continue
        if c is not None:
            cluster = graph.clusters[c]
            title = f"{cluster.title}  {cluster.note}".strip()
            yield f"{indent}subgraph {name(cluster.id)}[{quoted(title)}]"
            stack.append((c, depth, False))
        for i in boxes.get(c, ()):
            box = graph.boxes[i]
            start, end = SHAPE[box.kind]
            yield f"{indent}  {name(box.id)}{start}{quoted(label(box))}{end}"
        stack += [(child, depth + 1, True) for child in reversed(children.get(c, []))]
    for edge in graph.edges:
        arrow = "-.->" if edge.back else "-->"
        said = f"|{quoted(edge.label)}|" if edge.label else ""
        tail, head = graph.boxes[edge.tail], graph.boxes[edge.head]
        yield f"  {name(tail.id)} {arrow}{said} {name(head.id)}"
    for note in graph.notes:
        yield f"  %% {note}"
    yield from styles(graph)


def styles(graph: Graph) -> Iterator[str]:
    ink = colours.INK.light
    classes: dict[str, list[str]] = {}
    for box in graph.boxes:
        kind = box.kind if box.level is None else f"level{box.level}"
        classes.setdefault(kind, []).append(name(box.id))
    for kind, names in sorted(classes.items()):
        if kind.startswith("level"):
            fill, line = colours.LEVELS[int(kind[5:])].light, colours.LINE["op"].light
        else:
            fill, line = colours.FILL[kind].light, colours.LINE[kind].light
        yield f"  classDef {kind} fill:{fill},stroke:{line},color:{ink}"
        yield f"  class {','.join(names)} {kind}"


def label(box: Box) -> str:
    title = f"{box.title}  {box.name}" if box.name else box.title
    return "\n".join([title, *(line.text for line in box.lines)])


def name(id: str) -> str:
    """An id that Mermaid takes: `end` and the like are its own words, and so are dots and dashes."""
    return id.replace("-", "_").replace(".", "_")


def quoted(text: str) -> str:
    """In quotation marks, with what Mermaid would read as its own written as entities."""
    for sign, entity in (
        ("#", "#35;"),
        ("&", "#amp;"),
        ('"', "#quot;"),
        ("<", "#lt;"),
        (">", "#gt;"),
    ):
        text = text.replace(sign, entity)
    return '"' + text.replace("`", "#96;").replace("\n", "<br/>") + '"'
