"""Long runs are laid out in seconds, and every edge of the graph is still in the picture."""

import os
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigrad import view
from minigrad.view.draw import draw
from minigrad.view.page import layout
from tests.view.page.runs import chain, product


@pytest.fixture(scope="module", params=["LR", "TB"])
def long(request):
    return draw(view.trace(chain(100), 0.3), full=True, direction=request.param)


def test_a_leaf_that_is_used_all_along_does_not_hold_up_the_layout(long):
    start = sum(os.times()[:4])  # of this process and of Graphviz, for others may be at work here
    svg = layout.svg(long)
    spent = sum(os.times()[:4]) - start
    assert (
        spent < 1
    )  # 0.1 seconds; with those edges it is 1.5 from left to right, and minutes downwards
    drawn = re.findall(r'id="(edge-\d+-\d+-\d+)"', svg)
    assert sorted(drawn) == sorted(e.id for e in long.graph.edges)
    assert svg.count("far") == len(layout.far_edges(long.graph)) > 90


def test_the_curves_go_from_box_to_box_along_the_way_of_the_graph(long):
    svg = layout.svg(long)
    places = layout.boxes(svg)
    assert places.keys() == {b.id for b in long.graph.boxes}
    sideways = long.direction == "LR"
    for i in layout.far_edges(long.graph):
        edge = long.graph.edges[i]
        path = re.search(rf'id="{edge.id}".*? d="M([-\d]+),([-\d]+)C[^"]* ([-\d]+),([-\d]+)"', svg)
        x, y, u, v = map(float, path.groups())
        tail, head = (places[long.graph.boxes[b].id] for b in (edge.tail, edge.head))
        leaves, arrives = (x, u) if sideways else (y, v)
        start, end = (tail.right, head.left) if sideways else (tail.bottom, head.top)
        assert abs(leaves - start) <= 1
        assert abs(end - layout.TIP - arrives) <= 1
        assert leaves < arrives
        assert tail.left <= x + 1
        assert x - 1 <= tail.right
        assert tail.top <= y + 1
        assert y - 1 <= tail.bottom
        aim, ends = (v, (head.top, head.bottom)) if sideways else (u, (head.left, head.right))
        assert abs(sum(ends) / 2 - aim) <= 1


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
