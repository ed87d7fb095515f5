"""Long runs are laid out in seconds, and every edge of the graph is still in the picture."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigrad import view
from minigrad.view.draw import Picture, draw
from minigrad.view.page import layout
from minigrad.view.pictures.graph import Box, Edge, Use
from tests.view.page.runs import chain, product


@pytest.fixture(scope="module", params=["LR", "TB"])
def long(request):
    return draw(view.trace(chain(100), 0.3), full=True, direction=request.param)


def test_a_leaf_that_is_used_all_along_does_not_hold_up_the_layout(long, monkeypatch):
    """Graphviz gets no edge that passes many boxes: with those it takes minutes."""
    given = []
    monkeypatch.setattr(
        layout, "Picture", lambda graph, *way: given.append(graph) or Picture(graph, *way)
    )
    svg = layout.svg(long)
    (graph,) = given
    assert layout.far_edges(graph) == set()
    assert len(graph.edges) == len(long.graph.edges) - svg.count("far")
    drawn = re.findall(r'id="(edge-\d+-\d+-\d+)"', svg)
    assert sorted(drawn) == sorted(e.id for e in long.graph.edges)
    assert svg.count("far") == len(layout.far_edges(long.graph)) > 90


def test_the_arrows_go_from_box_to_box_along_the_way_of_the_graph(long):
    svg = layout.svg(long)
    places = layout.boxes(svg)
    assert places.keys() == {b.id for b in long.graph.boxes}
    sideways = long.direction == "LR"
    arrow = r'class="way" d="M(\S+),(\S+)C[^"]* (\S+),(\S+)"/><path d="M(\S+),(\S+)L(\S+),(\S+)"/>'
    for i in layout.far_edges(long.graph):
        edge = long.graph.edges[i]
        drawn = re.search(rf'<g id="{edge.id}" [^>]*><path {arrow}.*', svg)
        *numbers, tip = map(float, drawn.groups())
        x, y, u, v, *begin, w = numbers
        assert begin == [u, v]
        tail, head = (places[long.graph.boxes[b].id] for b in (edge.tail, edge.head))
        leaves, arrives, end = (x, u, w) if sideways else (y, v, tip)
        assert abs(leaves - (tail.right if sideways else tail.bottom)) <= 1
        assert abs(head[not sideways] - layout.TIP - end) <= 1
        assert leaves < arrives < end
        across, low, high = (y, tail.top, tail.bottom) if sideways else (x, tail.left, tail.right)
        assert low < across < high
        aim, low, high = (v, head.top, head.bottom) if sideways else (u, head.left, head.right)
        assert (low + high) / 2 - 1 <= aim < high
        assert re.search(r">([^<]*)</text></g>$", drawn[0])[1].endswith("x")  # where it comes from


def test_a_name_with_markup_in_it_is_text():
    head = layout.Place(0, 0, 72, 40)
    edge = Edge(0, 1, "<a>", [Use("0", "1", 0)])
    arrow = layout.arrow(edge, Box("node-0", "op", "mul", "R&D"), head, head, "TB", 0)
    assert "&lt;a&gt;: R&amp;D</text>" in arrow


def test_short_runs_are_left_to_graphviz():
    picture = draw(view.trace(product, 1.0, 2.0))
    assert layout.far_edges(picture.graph) == set()
    assert layout.svg(picture) == picture.svg


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=40))
def test_ranks_go_up_along_every_edge_and_no_further_than_needed(uses):
    def f(x):
        found = [x]
        for i, j in uses:
            found.append(found[-1 - i % len(found)] * found[-1 - j % len(found)])
        return found[-1]

    graph = draw(view.trace(f, 1.0), full=True).graph
    rank = layout.ranks(graph)
    first = {}
    for e in graph.edges:
        assert rank[e.tail] < rank[e.head]
        first[e.tail] = min(first.get(e.tail, rank[e.head]), rank[e.head])
    assert all(rank[tail] == head - 1 for tail, head in first.items())
