"""The picture of a long run: where a tensor is used all along the way, its name stands at each use.

Graphviz routes an edge around every box that it passes, so the weights of a recurrent net, or an x that
is used at every step, take it minutes: for 200 boxes with one leaf used by all of them more than 10
seconds, without those edges a third of a second, and 2,000 boxes in three. And a thousand edges side by
side are a grey band that nobody can follow. Such edges are left out of the layout. In the picture they are
short arrows with the name of where they come from, and a way all along that is seen when they are lit.
"""

from __future__ import annotations

import re
from collections import defaultdict
from html import escape
from typing import NamedTuple

from minigrad.view.draw import Picture
from minigrad.view.pictures import colours
from minigrad.view.pictures.graph import Box, Edge, Graph

LONG = 4
"""An edge over more ranks than this may be left out of the layout,"""

PASSED = 600
"""if all edges together pass more ranks than this."""

SHORT, TIP, BESIDE = 18, 6, 12
"""The length of the arrow that stands for a long edge, and of its head; how far apart two of them are."""


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
    into: dict[int, int] = defaultdict(int)
    arrows = []
    for i in sorted(far):
        tail, head = (g.boxes[place] for place in (g.edges[i].tail, g.edges[i].head))
        ends = places[tail.id], places[head.id]
        arrows.append(arrow(g.edges[i], tail, *ends, picture.direction, into[g.edges[i].head]))
        into[g.edges[i].head] += 1
    first = re.search(r'<g id="[^"]*" class="(?:node|edge)', drawn)
    at = first.start() if first else drawn.rindex("</g>")
    return drawn[:at] + "".join(arrows) + drawn[at:]


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


def arrow(edge: Edge, box: Box, tail: Place, head: Place, direction: str, number: int) -> str:
    """A short arrow into the head, beside the middle, with the name of the tail; and the way between them."""
    sideways = direction == "LR"
    start, end = (tail.right, head.left) if sideways else (tail.bottom, head.top)
    left, right = (head.top, head.bottom) if sideways else (head.left, head.right)
    middle = sum(tail[1::2] if sideways else tail[::2]) / 2
    aim = max(right - BESIDE * (number + 1), (left + right) / 2)
    begin, bend = end - SHORT, min(60.0, abs(end - start) / 3)

    def point(along: float, across: float) -> str:
        return f"{along:.0f},{across:.0f}" if sideways else f"{across:.0f},{along:.0f}"

    way = f"M{point(start, middle)}C{point(start + bend, middle)} {point(begin - bend, aim)} "
    tip = f"{point(end - TIP, aim - 2)} {point(end - TIP, aim + 2)} {point(end, aim)}"
    x, y = (begin - 2, aim + 3) if sideways else (aim + 3, end - TIP)
    anchor = "end" if sideways else "start"
    name = escape(f"{edge.label}: " * bool(edge.label) + (box.name or box.title))
    colour = colours.FREE.light
    return (
        f'<g id="{edge.id}" class="edge far" fill="none" stroke="{colour}">'
        f'<path class="way" d="{way}{point(begin, aim)}"/>'
        f'<path d="M{point(begin, aim)}L{point(end - TIP, aim)}"/>'
        f'<polygon fill="{colour}" points="{tip}"/>'
        f'<text fill="{colour}" stroke="none" font-size="10" text-anchor="{anchor}" x="{x:.0f}" y="{y:.0f}">'
        f"{name}</text></g>\n"
    )
