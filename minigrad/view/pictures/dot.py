"""A graph as DOT, the language of Graphviz.

Shapes tell the kinds apart, and so do colours: a parameter is a drum, an input a parallelogram, a
constant a sheet of paper, an operation a box with round corners, a module one with a double line.
"""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from minigrad.view.pictures import colours
from minigrad.view.pictures.graph import END, Box, Cluster, Graph, Line

if TYPE_CHECKING:
    from graphviz import Digraph

FONT = "Helvetica,Arial,sans-serif"
"""Fonts of equal width everywhere, so that the text fits its box where it was not laid out."""
FIXED = "Courier,monospace"

SHAPE = {
    "parameter": {"shape": "box3d", "style": "filled", "margin": "0.1,0.07"},
    "input": {"shape": "hexagon", "style": "filled", "margin": "0,0"},
    "constant": {"shape": "note", "style": "filled"},
    "op": {"shape": "box", "style": "filled,rounded"},
    "failed": {"shape": "box", "style": "filled", "penwidth": "3"},
    "module": {"shape": "box", "style": "filled", "peripheries": "2"},
    "hidden": {"shape": "box", "style": "filled,dashed"},
}

COLOUR = {
    "type": colours.INK,
    "soft": colours.SOFT,
    "state": colours.SOFT,
    "value": colours.VALUE,
    "grad": colours.GRAD,
    "warn": colours.WARN,
}


def dot(graph: Graph, direction: str) -> str:
    """The DOT text, the same for the same graph."""
    from graphviz import Digraph

    free = colours.FREE.light
    whole = Digraph("minigrad")
    whole.attr("graph", rankdir=direction, bgcolor="transparent", fontname=FONT, fontsize="11")
    whole.attr("graph", fontcolor=free, nodesep="0.18", ranksep="0.32", compound="true")
    whole.attr("graph", pad="0.1", labelloc="b", labeljust="l")
    whole.attr("node", fontname=FONT, fontsize="12", margin="0.08,0.04", height="0.3")
    whole.attr("node", fontcolor=colours.INK.light)
    whole.attr("edge", fontname=FONT, fontsize="10", color=free, fontcolor=free, arrowsize="0.6")
    if footer := foot(graph):
        whole.attr("graph", label=footer)
    parts = [part(i, cluster, graph) for i, cluster in enumerate(graph.clusters)]
    for i, box in enumerate(graph.boxes):
        place = whole if box.cluster is None else parts[box.cluster]
        add_box(place, i, box)
    inside: dict[int | None, list[int]] = {}
    for i, cluster in enumerate(graph.clusters):
        inside.setdefault(cluster.parent, []).append(i)
    for outer in (*range(len(parts) - 1, -1, -1), None):  # what is inside is complete before
        for i in inside.get(outer, ()):
            (whole if outer is None else parts[outer]).subgraph(parts[i])
    for edge in graph.edges:
        attributes = {"id": edge.id, "class": "back" if edge.back else ""}
        if edge.label:
            attributes["label"] = plain(f" {edge.label} ")
        if edge.back:
            attributes |= {"style": "dashed", "constraint": "false"}
        whole.edge(
            f"b{edge.tail}", f"b{edge.head}", _attributes={k: v for k, v in attributes.items() if v}
        )
    if len(graph.boxes) > 1 and graph.boxes[-1].id == END:  # it comes after what was computed last
        whole.edge(f"b{len(graph.boxes) - 2}", f"b{len(graph.boxes) - 1}", style="invis")
    return str(whole.source)


def part(i: int, cluster: Cluster, graph: Graph) -> Digraph:
    from graphviz import Digraph

    depth, parent = 0, cluster.parent
    while parent is not None:
        depth, parent = depth + 1, graph.clusters[parent].parent
    dashed = cluster.kind != "module"
    found = Digraph(f"cluster_{i}")
    title = f"<b>{escaped(cluster.title)}</b>" + (
        f"  {escaped(cluster.note)}" if cluster.note else ""
    )
    found.attr(
        "graph",
        id=cluster.id,
        label=f"<{title}>",
        labelloc="t",
        labeljust="l",
        style="filled,rounded" + (",dashed" if dashed else ""),
        fillcolor=colours.CLUSTER_FILL[depth % 2].light,
        color=colours.CLUSTER_LINE.light,
        fontcolor=colours.SOFT.light,
        margin="8",
        **{"class": cluster.kind},
    )
    return found


def add_box(place: Digraph, i: int, box: Box) -> None:
    fill = colours.FILL[box.kind] if box.level is None else colours.LEVELS[box.level]
    level = "" if box.level is None else f" level-{box.level}"
    place.node(
        f"b{i}",
        f"<{label(box)}>",
        _attributes={
            "id": box.id,
            "class": box.kind + level,
            "fillcolor": fill.light,
            "color": colours.LINE[box.kind].light,
            **SHAPE[box.kind],
        },
    )


def label(box: Box) -> str:
    """A table of rows, as Graphviz has them."""
    title = f"<b>{escaped(box.title)}</b>"
    if box.name:
        soft = (colours.SOFT if box.level is None else colours.INK).light
        title += f' <font color="{soft}" point-size="11"> {escaped(box.name)}</font>'
    rows = "".join(f"<tr><td>{row(line, box.level is not None)}</td></tr>" for line in box.lines)
    return (
        '<table border="0" cellborder="0" cellspacing="0" cellpadding="1">'
        f"<tr><td>{title}</td></tr>{rows}</table>"
    )


def row(line: Line, dark: bool) -> str:
    """In its colour, or in ink on a fill that is dark."""
    fixed = f' face="{FIXED}"' if line.text.lstrip().startswith("[") or " [" in line.text else ""
    text = escaped(line.text).replace(" ", "&#160;") if fixed else escaped(line.text)
    colour = colours.INK if dark else COLOUR[line.role]
    if dark and line.role == "warn":
        text = f"<b>{text}</b>"
    return f'<font color="{colour.light}" point-size="10"{fixed}>{text}</font>'


def foot(graph: Graph) -> str:
    """Below the picture: what the colours mean, and what is not shown."""
    rows = [
        f'<tr><td align="left" colspan="{len(graph.legend) or 1}">{escaped(note)}</td></tr>'
        for note in graph.notes
    ]
    if graph.legend:
        cells = "".join(
            f'<td bgcolor="{colour.light}"><font color="{colours.INK.light}">{escaped(text)}</font></td>'
            for colour, text in zip(colours.LEVELS, graph.legend)
        )
        rows.insert(0, f"<tr>{cells}</tr>")
    if not rows:
        return ""
    return f'<<table border="0" cellborder="0" cellspacing="0" cellpadding="4">{"".join(rows)}</table>>'


def escaped(text: str) -> str:
    return html.escape(text, quote=True)


def plain(text: str) -> str:
    """A label that Graphviz takes as it is."""
    return text.replace("\\", "\\\\")
