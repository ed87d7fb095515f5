"""The graph in a real browser: what a click does, which numbers are in it at each step, how large it is."""

import pytest

import minigrad as mg
from minigrad import view
from minigrad.view.page import html
from minigrad.view.steps.list import steps_of

pytestmark = pytest.mark.browser


def test_numbers_in_the_graph_appear_when_they_are_known(page, steps):
    def shown(node):
        return page.tab.locator(f"#{node} text:visible").all_text_contents()

    page.go(0)
    assert "0.367378" not in shown("node-5")
    page.go(next(s.index for s in steps if s.key == "5"))
    assert "0.367378" in shown("node-5")
    assert not [t for t in shown("node-5") if t.startswith("grad")]
    page.press("End")
    assert "grad 1.0" in shown("node-5")
    page.go(next(s.index for s in steps if s.kind == "accumulate") - 1)
    assert shown("node-0")[-1] == "grad -1.41 + …"


def test_a_click_on_a_node_goes_there_and_around_its_steps(page, steps):
    page.click("#node-3 text")
    own = [s.index for s in steps if s.key == "3"]
    assert page.at == own[0]
    for at in [*own[1:], own[0]]:
        page.click("#node-3 text")
        assert page.at == at
    page.press("End")
    page.click("#node-3 text")
    assert steps[page.at].phase == "backward"


def test_zoom(page):
    width = lambda: page.tab.locator(".picture svg").bounding_box()["width"]
    first = width()
    page.press("+")
    assert width() == pytest.approx(first * 1.25, rel=0.01)
    page.press("-", "-")
    assert width() == pytest.approx(first * 0.8, rel=0.01)
    page.click(".whole")
    assert width() <= page.tab.locator(".view").bounding_box()["width"]


def test_what_a_backward_pass_computes_is_lit_when_it_is_computed(opened):
    """Of a gradient of a gradient: the steps on the way back compute nodes of the graph too."""
    x = mg.Tensor(2.0, requires_grad=True)
    with view.trace() as t:
        (g,) = mg.grad(x**3, x, create_graph=True)
        g.backward()
    steps = steps_of(t)
    page = opened(html(steps))
    for step in steps:
        page.go(step.index)
        computed = {s.key for s in steps[: step.index + 1] if s.kind in ("input", "forward")}
        later = page.tab.locator(".box.later").evaluate_all("all => all.map(e => e.id)")
        assert sorted(later) == [f"node-{n.id}" for n in t.nodes if str(n.id) not in computed]
    page.press("w")
    page.tab.locator(".what-if [type=number]").first.fill("3")
    assert page.text(".title") == "x.grad = 18.0"
