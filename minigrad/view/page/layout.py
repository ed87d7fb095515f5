"""The picture of a long run: what a tensor that is used all along the way leads to is drawn over the rest.

Graphviz routes an edge around every box that it passes, so the weights of a recurrent net, or an x that
is used at every step, take it minutes: for 200 boxes with one leaf used by all of them more than 10
seconds, without those edges a third of a second, and 2,000 boxes in three. Such edges are left out of
the layout, and put into the picture as curves.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import NamedTuple

from minigrad.view.draw import Picture
from minigrad.view.pictures import colours
from minigrad.view.pictures.graph import Edge, Graph

LONG = 4
"""An edge over more ranks than this may be left out of the layout,"""

PASSED = 600
"""if all edges together pass more ranks than this."""

TIP = 6
"""The length of an arrow's head, in points."""


class Place(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float


def svg(picture: Picture) -> str:
    """The picture as SVG, with the ids that it has otherwise."""
    far = far_edges(picture.graph)
    if not far:
        return picture.svg
    g = picture.graph
    near = [e for i, e in enumerate(g.edges) if i not in far]
    some = Graph(g.boxes, near, g.clusters, g.inside, g.notes, g.legend)
    drawn = Picture(some, picture.direction).svg
    places = boxes(drawn)
    curves = [
        curve(g.edges[i], places[g.boxes[g.edges[i].tail].id], places[g.boxes[g.edges[i].head].id],
              picture.direction)
        for i in sorted(far)
    ]  # fmt: skip
    first = re.search(r'<g id="[^"]*" class="(?:node|edge)', drawn)
    at = first.start() if first else drawn.rindex("</g>")
    return drawn[:at] + "".join(curves) + drawn[at:]


def far_edges(graph: Graph) -> set[int]:
    """The places of the edges to be left out: the long ones, but for the shortest from each box."""
    rank = ranks(graph)
    spans = [rank[e.head] - rank[e.tail] for e in graph.edges]
    if sum(max(0, span - 1) for span in spans) <= PASSED:
        return set()
    nearest: dict[int, int] = {}
    for i, e in enumerate(graph.edges):
        if e.tail not in nearest or spans[i] < spans[nearest[e.tail]]:
            nearest[e.tail] = i
    kept = set(nearest.values())
    return {i for i, span in enumerate(spans) if span > LONG and i not in kept}


def ranks(graph: Graph) -> list[int]:
    """For each box how far along it stands: after all that it needs, and just before its first use."""
    edges = sorted((e for e in graph.edges if e.tail < e.head), key=lambda e: e.head)
    rank = [0] * len(graph.boxes)
    for e in edges:
        rank[e.head] = max(rank[e.head], rank[e.tail] + 1)
    used: dict[int, list[int]] = defaultdict(list)
    for e in edges:
        used[e.tail].append(e.head)
    for tail in sorted(used, reverse=True):
        rank[tail] = min(rank[head] for head in used[tail]) - 1
    return rank


def boxes(drawn: str) -> dict[str, Place]:
    """Where Graphviz has put each box, by id: the outline is the first thing in its group."""
    found = {}
    group = r'<g id="([^"]*)" class="node[^"]*">(?:\s*<title>[^<]*</title>)?'
    outline = group + r'\s*<(?:path|polygon)[^>]* (?:d|points)="([^"]*)"'
    for name, points in re.findall(outline, drawn):
        numbers = [float(x) for x in re.findall(r"-?\d+(?:\.\d+)?", points)]
        xs, ys = numbers[::2], numbers[1::2]
        found[name] = Place(min(xs), min(ys), max(xs), max(ys))
    return found


def curve(edge: Edge, tail: Place, head: Place, direction: str) -> str:
    """Along the way of the graph out of the tail, and into the head."""
    sideways = direction == "LR"
    start, end = (tail.right, head.left) if sideways else (tail.bottom, head.top)
    middle, aim = (sum(place[1::2] if sideways else place[::2]) / 2 for place in (tail, head))
    end -= TIP
    bend = min(60.0, abs(end - start) / 3)

    def point(along: float, across: float) -> str:
        return f"{along:.0f},{across:.0f}" if sideways else f"{across:.0f},{along:.0f}"

    way = f"M{point(start, middle)}C{point(start + bend, middle)} {point(end - bend, aim)} {point(end, aim)}"
    tip = f"{point(end, aim - 2)} {point(end, aim + 2)} {point(end + TIP, aim)}"
    colour = colours.FREE.light
    return (
        f'<g id="{edge.id}" class="edge far"><path fill="none" stroke="{colour}" d="{way}"/>'
        f'<polygon fill="{colour}" stroke="{colour}" points="{tip}"/></g>\n'
    )
