"""Moving through the steps in a real browser, by mouse and by keyboard, and what is shown of each."""

import pytest

import minigrad as mg
from minigrad import view
from minigrad.view.page import html
from minigrad.view.steps.list import steps_of
from tests.view.page.runs import product

pytestmark = pytest.mark.browser


def test_one_step_forward_one_back_and_to_the_ends(page, steps):
    end = len(steps) - 1
    for control, key, at in [
        ("next", "ArrowRight", 1),
        ("next", "n", 2),
        ("back", "ArrowLeft", 1),
        ("last", "End", end),
        ("back", "p", end - 1),
        ("first", "Home", 0),
    ]:
        before = page.at
        page.click(f".{control}")
        assert page.at == at
        page.go(before)
        page.press(key)
        assert page.at == at
    assert page.tab.locator(".back").is_disabled()
    page.press("ArrowLeft")
    assert page.at == 0
    page.press("End", "ArrowRight")
    assert page.at == end


def test_every_step_shows_what_python_says_of_it(page, steps):
    for step in steps:
        assert page.text(".title") == step.title
        assert page.text(".say") == step.sentence
        assert page.text(".phase").startswith(step.phase)
        assert page.text(".count") == f"{step.index + 1} / {len(steps)}"
        assert page.text(".arithmetic") == ((step.formula and step.formula.numbers) or "")
        assert page.text(".sum") == (step.sum or "")
        active = page.tab.locator(".box.active")
        assert active.get_attribute("id") == f"node-{step.key}"
        lit = page.tab.locator(".edge.active").evaluate_all("all => all.map(e => e.id)")
        if step.edge is not None:
            assert lit == [f"edge-{step.edge.target}-{step.edge.source}-{step.edge.slot}"]
            assert (
                page.tab.locator(".box.receives").get_attribute("id") == f"node-{step.edge.target}"
            )
        elif step.kind == "forward":
            slots = enumerate(step.trace.nodes[step.node].slots)
            assert set(lit) == {f"edge-{s.node}-{step.key}-{i}" for i, s in slots}
        if step.source is not None:
            assert page.text(".code .lit").strip() == step.source.text.strip()
            assert page.text(".code mark") == step.source.expression
        if step.formula is not None:
            space = page.tab.locator(".formula math").first.evaluate("e => e.namespaceURI")
            assert space == "http://www.w3.org/1998/Math/MathML"
        page.press("ArrowRight")


def test_backwards_shows_what_forwards_did(page, steps):
    def shown():
        return page.tab.locator(".stepper").evaluate(
            "root => ['.step', '.list', '.picture'].map(s => root.querySelector(s).outerHTML).join()"
            ".replace(/ scroll[^ ]*/g, '')"
        )

    seen = []
    for _ in steps:
        seen.append(shown())
        page.press("ArrowRight")
    for before in reversed(seen):
        assert shown() == before
        page.press("ArrowLeft")


def test_the_list_and_the_slider(page):
    page.click('.list button[data-step="4"]')
    assert page.at == 4
    page.tab.locator(".slider").focus()
    page.press("ArrowRight", "ArrowRight")
    assert page.at == 6
    assert page.tab.locator(".list [aria-current=step]").inner_text().startswith("7")


def test_breakpoints(page, steps):
    page.go(3)
    page.press("b")
    assert page.tab.locator(".box.stop").get_attribute("id") == "node-3"
    assert page.text(".message") == "Breakpoints: z."
    page.click("#node-0 text", modifiers=["Shift"])
    page.press("Home")
    stops = [s.index for s in steps if s.key in ("0", "3") and s.index > 0]
    for at in stops:
        page.press("r")
        assert page.at == at
    page.click(".run")
    assert page.text(".message") == "No breakpoint ahead."
    page.click("#node-0 text", modifiers=["Shift"])
    page.go(3)
    page.click(".stop")
    assert page.text(".message") == "Breakpoints: none."


def test_play_goes_on_until_a_breakpoint_and_to_the_end(opened, page_of_scalars, steps, browser):
    page = opened(page_of_scalars)
    page.tab.clock.install()
    page.go(4)
    page.press("b", "Home", " ")
    assert page.tab.locator(".play").get_attribute("aria-pressed") == "true"
    page.tab.clock.run_for(1300)
    assert page.at == 1
    page.press(" ")
    page.tab.clock.run_for(5000)
    assert page.at == 1
    page.click(".play")
    page.tab.clock.run_for(60_000)
    assert page.at == 4
    page.press("b")
    page.click(".play")
    page.tab.clock.run_for(120_000)
    assert page.at == len(steps) - 1
    assert page.tab.locator(".play").get_attribute("aria-pressed") == "false"


def test_find_a_node_an_op_or_words(page, steps):
    page.press("g")
    page.tab.keyboard.type("z")
    page.press("Enter")
    assert steps[page.at].key == "3"
    page.press("Enter")
    assert [s.index for s in steps if s.key == "3"].index(page.at) == 1
    page.press("Shift+Enter", "Escape", "/")
    page.tab.locator(".find").fill("sends a gradient to y")
    page.press("Enter")
    assert steps[page.at].title.endswith("to y")
    page.tab.locator(".find").fill("nowhere")
    page.press("Enter")
    assert page.text(".message") == "Nothing is called “nowhere”."


def test_the_help_lists_the_keys(page):
    page.press("?")
    assert page.tab.locator("dialog").is_visible()
    page.press("ArrowRight")
    assert page.at == 0
    page.press("Escape")
    assert not page.tab.locator("dialog").is_visible()


def test_a_run_that_failed_ends_with_the_error(opened):
    with pytest.raises(mg.errors.ShapeError), view.trace() as t:
        mg.Tensor([[1.0, 2.0]]) @ mg.Tensor([[1.0], [2.0], [3.0]])
    page = opened(html(steps_of(t)))
    page.press("End")
    assert "needed" in page.text(".notes pre")
    assert page.tab.locator(".box.active").count() == 1


def test_markup_in_names_is_text(opened):
    source = "def f(x):\n    y = x * '<b>'.count('<')\n    return y\n"
    space = {}
    exec(compile(source, "<b>.py", "exec"), space)  # a file that is not there
    page = opened(html(steps_of(view.trace(space["f"], 2.0)), title="<i>x</i> & y"))
    assert page.text("h1") == "<i>x</i> & y"
    assert page.tab.locator("h1 i, .code b").count() == 0


def test_the_forward_pass_alone(opened):
    with view.trace() as t:
        product(mg.Tensor(1.0), mg.Tensor(2.0))
    page = opened(html(steps_of(t)))
    assert "no backward pass" in page.text(".message")
    page.press("q")
    assert "nothing to ask" in page.text(".message")
