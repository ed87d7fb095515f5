"""The graphs that renderers must draw, and the facts that are looked up in their pictures.

A picture is read as Graphviz reads it. Some renderers draw tensors as boxes, some operations, gradients, or
all of these. So a box with one input counts as a part of the edge that it is on; the rest must be the graph
of the program. The chain rule sums over the paths from each leaf to the output.
"""

from __future__ import annotations

import html
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Case:
    """f(*leaves), in sums, products and negations."""

    name: str
    f: Callable[..., Any]
    leaves: dict[str, float]


def twice(v: Any) -> Any:
    return v + v


def diamond(v: Any, w: Any) -> Any:
    a, b = v * w, v + w
    return a * b


def worked(v: Any, w: Any) -> Any:
    s = v + v
    y = s * w
    return -(y * y)


def repeated(f: Callable[[Any], Any], times: int) -> Callable[[Any], Any]:
    def run(v: Any) -> Any:
        for _ in range(times):
            v = f(v)
        return v

    return run


TWICE = Case("v + v", twice, {"v": 1.75})
DIAMOND = Case("a diamond", diamond, {"v": 1.75, "w": 2.375})
WORKED = Case("-((v + v) * w)^2", worked, {"v": 1.75, "w": 2.375})
DOUBLINGS = Case("20 doublings", repeated(twice, 20), {"v": 1.0})
CHAIN = Case("a chain of 1,200", repeated(lambda v: -v, 1200), {"v": 1.0})
LONG = Case("a chain of 5,000", repeated(lambda v: -v, 5000), {"v": 1.0})
MLP = Case("an MLP", lambda: None, {})
CASES = {case.name: case for case in (TWICE, DIAMOND, WORKED, DOUBLINGS, CHAIN, LONG, MLP)}

VALUES = (3.5, 8.3125, 69.09765625, -69.09765625)
"""Values of the worked example: s, y, y * y and the output."""
GRADIENTS = (-16.625, -39.484375, -58.1875, -78.96875)
"""Gradients of the worked example with respect to y, s, w and v; none has the size of a value."""
MODULES = {"Sequential": ("layers",), "Linear": ("layers.0", "layers.2")}
"""The modules of the MLP that contain ops: each class, and the paths of its modules."""


@dataclass(frozen=True)
class Drawn:
    """Boxes with their text, edges with the number of uses that each represents, and titles of clusters."""

    boxes: dict[str, str]
    edges: list[tuple[str, str, int]]
    clusters: list[str]


class Symbol:
    """A number that computes nothing, and records the graph of its uses."""

    def __init__(self, graph: Drawn, *inputs: Symbol):
        self.graph, self.name = graph, str(len(graph.boxes))
        graph.boxes[self.name] = ""
        graph.edges.extend((x.name, self.name, 1) for x in inputs)

    def __add__(self, other: Symbol) -> Symbol:
        return Symbol(self.graph, self, other)

    __mul__ = __add__

    def __neg__(self) -> Symbol:
        return Symbol(self.graph, self)


def expected(case: Case) -> Drawn:
    graph = Drawn({}, [], [])
    case.f(*(Symbol(graph) for _ in case.leaves))
    return graph


def read(picture: str) -> Drawn:
    return page(picture) if picture.lstrip().startswith("<") else graphviz(picture)


def graphviz(dot: str) -> Drawn:
    from pygraphviz import AGraph

    graph = AGraph(string=dot)
    edges = [
        (str(e[0]), str(e[1]), times(e.attr["label"] or ""))
        for e in graph.edges()
        if e.attr["dir"] != "none"  # torchviz attaches saved tensors to the op that saved them
    ]
    boxes = {str(n): plain(n.attr["label"] or "") for n in graph.nodes()}
    return Drawn(boxes, edges, list(titles(graph)))


def titles(graph: Any) -> Iterable[str]:
    for part in graph.subgraphs():
        if (part.name or "").startswith("cluster"):
            yield plain(part.graph_attr["label"] or "")
        yield from titles(part)


def page(text: str) -> Drawn:
    """The data in torchvista's page, from which its script draws."""
    found = dict(re.findall(r"^ *const (\w+) = (\{.*\});$", text, re.MULTILINE))
    data = {name: json.loads(found[name]) for name in ("adj_list", "func_info", "module_info")}
    graph = data["adj_list"]
    infos = data["func_info"] | data["module_info"]
    edges = [(tail, e["target"], 1) for tail, box in graph.items() for e in box["edges"]]
    boxes = {name: f"{name} {json.dumps(infos.get(name, ''))}" for name in graph}
    return Drawn(boxes, edges, [*json.loads(found["parent_module_to_nodes"])])


def plain(label: str) -> str:
    """The text of a label: without markup, one line, minus signs as Python writes them."""
    if label.lstrip().startswith("<"):
        label = html.unescape(re.sub(r"<[^>]*>", " ", label))
    return " ".join(label.replace("\\n", " ").replace("−", "-").split())


def times(label: str) -> int:
    """Number of edges that an edge represents: 3 if its label is x3."""
    found = re.search(r"[x×] ?(\d+)", plain(label))
    return int(found[1]) if found else 1


def ordered(drawn: Drawn) -> list[str]:
    """The boxes with edges in topological order; [] if there is a cycle."""
    out: dict[str, list[str]] = {}
    waiting = Counter(head for _, head, _ in drawn.edges)
    for tail, head, _ in drawn.edges:
        out.setdefault(tail, []).append(head)
    ready, order = [name for name in out if not waiting[name]], []
    while ready:
        order.append(name := ready.pop())
        for head in out.get(name, ()):
            waiting[head] -= 1
            if not waiting[head]:
                ready.append(head)
    return [] if any(waiting.values()) else order


def ways(drawn: Drawn) -> dict[str, int]:
    """Number of paths from each leaf to an output."""
    out: dict[str, list[tuple[str, int]]] = {}
    for tail, head, many in drawn.edges:
        out.setdefault(tail, []).append((head, many))
    count: dict[str, int] = {}
    for name in reversed(ordered(drawn)):
        count[name] = sum(many * count[head] for head, many in out.get(name, ())) or 1
    heads = {head for _, head, _ in drawn.edges}
    return {name: many for name, many in count.items() if name not in heads}


def structure(drawn: Drawn) -> Counter[int]:
    """A canonical form of the boxes with more than one input, and of the leaves: equal for equal graphs."""
    inputs: dict[str, list[str]] = {}
    for tail, head, many in drawn.edges:
        inputs.setdefault(head, []).extend([tail] * many)
    leaves = ways(drawn)
    made: dict[str, int] = {}
    for name in ordered(drawn):
        of = sorted(made[x] for x in inputs.get(name, ()))
        made[name] = of[0] if len(of) == 1 else hash((leaves.get(name), *of))
    return Counter(made[name] for name in made if len(inputs.get(name, ())) != 1)


def numbers(text: str) -> list[float]:
    return [
        float(x) for x in re.findall(r"(?<![\w.])-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?!\.?\w)", text)
    ]


def shown(wanted: Iterable[float], texts: Iterable[str]) -> tuple[int, int]:
    """Number of these values in the texts, to three digits, with and without signs."""
    there = [x for text in texts for x in numbers(text)]

    def near(x: float, y: float) -> bool:
        return abs(x - y) <= 2e-3 * abs(x)

    wanted = list(wanted)
    return (
        sum(any(near(x, y) for y in there) for x in wanted),
        sum(any(near(abs(x), abs(y)) for y in there) for x in wanted),
    )


def modules(drawn: Drawn) -> int:
    """Number of the MLP's modules that a box or a cluster shows, by class or by path."""
    found = 0
    for kind, paths in MODULES.items():
        # The name of a parameter, layers.0.weight, is not the name of its module.
        names = "|".join(re.escape(x) for x in (kind, *paths))
        pattern = rf"(?<![\w.])(?:{names})(?:_\d+)?(?![\w.])"
        texts = (*drawn.clusters, *drawn.boxes.values())
        found += min(len(paths), sum(bool(re.search(pattern, text)) for text in texts))
    return found
