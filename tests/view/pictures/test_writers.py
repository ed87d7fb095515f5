"""What DOT, SVG, Mermaid and text say of a graph: against pictures that were looked at, and all the same.

With MINIGRAD_GOLDENS=write in the environment the pictures are written anew: look at them.
"""

import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given

from minigrad import Tensor, view
from minigrad.check.strategies import expressions
from minigrad.view.pictures.mermaid import quoted

GOLDENS = Path(__file__).parent / "goldens"
SVG = "{http://www.w3.org/2000/svg}"
AWKWARD = '<a & "b" #1 `c` \\n [d] {e} | %% \' end'


@pytest.fixture(params=["scalars", "tower", "recurrent"])
def named(request):
    t = request.getfixturevalue(request.param)
    numbers = request.param == "scalars"
    return request.param, view.draw(t, values=numbers, grads=numbers)


def structure(svg):
    """An SVG without its coordinates, which are the layout's: ids, classes and texts."""
    lines = []
    for g in ElementTree.fromstring(svg).iter(f"{SVG}g"):
        texts = [text.text for text in g.findall(f".//{SVG}text")]
        if g.get("class") != "graph":
            lines.append(f"{g.get('id')} ({g.get('class')}): {' | '.join(texts)}".rstrip())
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("form", ["dot", "mermaid", "text", "svg"])
def test_the_pictures_that_were_looked_at(named, form):
    name, picture = named
    made = structure(picture.svg) if form == "svg" else getattr(picture, form) + "\n"
    path = GOLDENS / f"{name}.{form}"
    if os.environ.get("MINIGRAD_GOLDENS") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(made, encoding="utf-8")
    assert made == path.read_text(encoding="utf-8")


PROGRAM = """
import numpy as np, minigrad as mg
from minigrad import Tensor, nn, view
rng = np.random.default_rng(0)
model = nn.Sequential(*[nn.Sequential(nn.Linear(3, 3, rng=rng), nn.ReLU()) for _ in range(4)])
with view.trace() as t:
    model(Tensor(rng.normal(size=(2, 3)).astype("f4"))).sum().backward()
p = view.draw(t, values=True, grads=True, overlay="gradient")
print(p.dot, p.svg, p.mermaid, p.text)
"""


def test_two_runs_give_the_same_bytes():
    runs = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            capture_output=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1


def ids(svg, kind):
    found = []
    for g in ElementTree.fromstring(svg).iter(f"{SVG}g"):
        if kind in g.get("class", "").split():
            found.append(g.get("id"))
    return found


@given(expressions())
def test_every_form_has_every_box_and_every_edge_once(expression):
    with view.trace() as t:
        expression(*[Tensor(x, requires_grad=True) for x in expression.inputs])
    picture = view.draw(t, values=True, full=True)
    graph = picture.graph
    assert sorted(ids(picture.svg, "node")) == sorted(box.id for box in graph.boxes)
    assert sorted(ids(picture.svg, "edge")) == sorted(edge.id for edge in graph.edges)
    drawn = Counter((f"b{edge.tail}", f"b{edge.head}") for edge in graph.edges)
    assert Counter(re.findall(r"(b\d+) -> (b\d+)", picture.dot)) == drawn
    nodes, arrows = read_mermaid(picture.mermaid)
    assert nodes == Counter(box.id.replace("-", "_") for box in graph.boxes)
    pairs = Counter((graph.boxes[e.tail].id, graph.boxes[e.head].id) for e in graph.edges)
    assert arrows == Counter(
        {(a.replace("-", "_"), b.replace("-", "_")): n for (a, b), n in pairs.items()}
    )
    lines = [
        line for line in picture.text.splitlines() if " = " in line or not line.startswith(" ")
    ]
    assert len(lines) >= len(graph.boxes)


TEXT = r'"(?:[^"#&<>`]|#(?:\d+|\w+);|<br/>)*"'
LINE = re.compile(
    rf"(?P<flow>flowchart (?:LR|TB))|(?P<sub>subgraph \w+\[{TEXT}\])|(?P<end>end)"
    rf"|(?P<node>\w+)(?:\[\({TEXT}\)\]|\[/{TEXT}/\]|>{TEXT}\]|\({TEXT}\)|\{{\{{{TEXT}\}}\}}|\[\[{TEXT}\]\]|\[{TEXT}\])"
    rf"|(?P<tail>\w+) (?:-->|-\.->)(?:\|{TEXT}\|)? (?P<head>\w+)|%% .*"
    r"|classDef \w+ fill:#\w{6},stroke:#\w{6},color:#\w{6}|class [\w,]+ \w+"
)
"""The part of Mermaid's flowcharts that is written here."""


def read_mermaid(text):
    nodes, arrows, depth = Counter(), Counter(), 0
    for i, line in enumerate(text.splitlines()):
        match = LINE.fullmatch(line.strip())
        assert match, line
        assert (i == 0) == bool(match["flow"])
        depth += bool(match["sub"]) - bool(match["end"])
        assert depth >= 0
        if match["node"]:
            assert match["node"] != "end"
            nodes[match["node"]] += 1
        if match["tail"]:
            arrows[match["tail"], match["head"]] += 1
    assert depth == 0
    return nodes, arrows


def test_mermaid_is_well_formed(named):
    nodes, arrows = read_mermaid(named[1].mermaid)
    assert all(n == 1 for n in nodes.values())
    assert {name for pair in arrows for name in pair} <= set(nodes)


def test_a_damaged_mermaid_is_not_well_formed(scalars):
    text = view.draw(scalars).mermaid
    for damaged in (text.replace("-->", "->"), text.replace('["', '[""'), text + "end\n"):
        if damaged != text:
            with pytest.raises(AssertionError):
                read_mermaid(damaged)


def test_names_that_are_awkward_in_every_language():
    x = Tensor([1.0], requires_grad=True)
    with view.trace() as t:
        y = x * 2.0
    assert y.shape == (1,)
    t.nodes[0].name = t.nodes[1].name = AWKWARD
    picture = view.draw(t)
    texts = [e.text for e in ElementTree.fromstring(picture.svg).iter(f"{SVG}text")]
    assert any(
        AWKWARD.replace(" ", "") in text.replace(" ", "").replace("\xa0", "") for text in texts
    )
    read_mermaid(picture.mermaid)
    assert AWKWARD in picture.text
    assert quoted('"') == '"#quot;"'


def test_the_ids_that_others_build_on(tower):
    svg = view.draw(tower, full=True).svg
    assert set(ids(svg, "node")) == {f"node-{n.id}" for n in tower.nodes}
    clusters = set(ids(svg, "cluster"))
    assert clusters
    assert clusters <= {f"scope-{s.id}" for s in tower.scopes}
    edges = {
        f"edge-{s.node}-{n.id}-{i}"
        for n in tower.nodes
        for i, s in enumerate(n.slots)
        if s.node is not None
    }
    assert set(ids(svg, "edge")) == edges


def test_an_svg_has_room_to_shrink_a_title_for_each_box_and_a_dark_side(scalars):
    svg = view.draw(scalars, values=True).svg
    root = ElementTree.fromstring(svg)
    assert root.get("viewBox").startswith("0.00 0.00 ")
    assert "max-width:100%" in root.get("style")
    assert root.get("role") == "img"
    assert root.get("aria-label") == "A computational graph with 9 boxes, 6 of them computed"
    assert "prefers-color-scheme:dark" in svg
    titles = [t.text for t in root.iter(f"{SVG}title")]
    assert "h = abs; float32 scalar; 0.75" in titles
    assert "<script" not in svg
    assert "http" not in svg.replace("http://www.w3.org/", "")


def test_a_small_graph_goes_from_left_to_right_and_a_long_one_down(scalars, tower):
    assert "rankdir=LR" in view.draw(scalars).dot
    x = Tensor(1.0, requires_grad=True)
    for _ in range(12):
        x = x * 2.0
    assert "rankdir=TB" in view.draw(x).dot
    assert view.draw(x).mermaid.startswith("flowchart TB\n")
    assert "rankdir=LR" in view.draw(x, direction="LR").dot
