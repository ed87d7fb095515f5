"""What Graphviz drew, made fit for a page: it has titles, takes the room there is, and can be dark."""

from __future__ import annotations

import re
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from minigrad.view.pictures import colours
from minigrad.view.pictures.graph import Box, Graph

SVG = "http://www.w3.org/2000/svg"

STYLE = (
    ".minigrad text{white-space:pre}"
    "@media (prefers-color-scheme:dark){"
    + "".join(
        f'.minigrad [{what}="{pair.light}"]{{{what}:{pair.dark}}}'
        for pair in colours.everything()
        for what in ("fill", "stroke")
    )
    + "}"
)


def finished(drawn: bytes, graph: Graph, direction: str) -> str:
    """The SVG with the ids and classes that the DOT asked for, and a title for each box."""
    ElementTree.register_namespace("", SVG)
    root = ElementTree.fromstring(drawn)
    width, height = (float(x) for x in root.attrib["viewBox"].split()[2:])
    root.attrib.update(width=f"{width:g}", height=f"{height:g}", role="img")
    root.attrib["class"] = "minigrad"
    root.attrib["style"] = "max-width:100%;height:auto"
    root.attrib["aria-label"] = summary(graph)
    for g in root.iter(f"{{{SVG}}}g"):
        title = g.find(f"{{{SVG}}}title")
        if title is None:
            continue
        if (match := re.fullmatch(r"b(\d+)", title.text or "")) is not None:
            title.text = words(graph.boxes[int(match[1])])
        else:
            g.remove(title)
    style = Element(f"{{{SVG}}}style")
    style.text = STYLE
    root.insert(0, style)
    for x in root.iter():
        x.tail = "\n"
    return ElementTree.tostring(root, encoding="unicode")


def words(box: Box) -> str:
    name = f"{box.name} = {box.title}" if box.name and box.kind != "module" else box.title
    return "; ".join([name, *(line.text for line in box.lines)])


def summary(graph: Graph) -> str:
    results = sum(box.kind in ("op", "module", "failed") for box in graph.boxes)
    return f"A computational graph with {len(graph.boxes)} boxes, {results} of them computed"
