"""The stepper in a real browser: every control, by mouse and by keyboard."""

import re

import pytest

import minigrad as mg
from minigrad import view
from minigrad.view.page import html
from minigrad.view.steps.list import steps_of
from minigrad.view.steps.quiz import question
from tests.view.page.runs import layer, product, scalar

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def steps():
    return scalar()


@pytest.fixture(scope="module")
def page_of_scalars(steps):
    return html(steps, title="A product & a sum")


@pytest.fixture
def page(opened, page_of_scalars):
    return opened(page_of_scalars)


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


def test_accumulation_is_before_plus_contribution(page, steps):
    page.go(next(s.index for s in steps if s.kind == "accumulate"))
    assert page.tab.locator(".sign").all_inner_texts() == ["+", "="]
    numbers = [float(x) for x in page.tab.locator(".tensors output").all_inner_texts()]
    assert numbers[0] + numbers[1] == pytest.approx(numbers[2])


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


def test_zoom(page):
    width = lambda: page.tab.locator(".picture svg").bounding_box()["width"]
    first = width()
    page.press("+")
    assert width() == pytest.approx(first * 1.25, rel=0.01)
    page.press("-", "-")
    assert width() == pytest.approx(first * 0.8, rel=0.01)
    page.click(".whole")
    assert width() <= page.tab.locator(".view").bounding_box()["width"]


# ---- quiz ----


def test_the_quiz_hides_asks_and_names_the_mistake(page, steps):
    page.press("q")
    step = steps[page.at]
    asked = question(step)
    assert page.text(".title") == asked.text
    everything = page.text(".step") + page.text(".list") + page.text(".picture")
    step = next(s for s in steps if s.title == "tanh sends a gradient to z")
    page.go(step.index)
    asked = question(step)
    everything = page.text(".step") + page.text(".list") + page.text(".picture")
    assert repr(asked.right)[:6] not in everything
    field = page.tab.locator("[name=answer]")
    for wrong in asked.mistakes:
        field.fill(repr(wrong.value))
        page.click("form >> text=Answer")
        assert page.text(".verdict") == f"Not quite. {wrong.says}"
    field.fill("what?")
    field.press("Enter")
    assert page.text(".verdict").startswith("Give a number")
    field.fill("123456")
    field.press("Enter")
    assert page.text(".verdict").startswith("No. Look at the formula again")
    field.fill("-1.5*(1 - 0.2449^2)")
    field.press("Enter")
    assert page.text(".quiz").startswith("Right.")
    assert page.text(".arithmetic") == step.formula.numbers


def test_show_me_and_the_end_of_the_quiz(page, steps):
    page.click(".quiz-button")
    page.click(".show-me")
    assert page.text(".quiz").startswith("Right.")
    page.press("ArrowRight")
    assert page.tab.locator("[name=answer]").is_visible()
    page.press("q")
    assert not page.tab.locator(".quiz").is_visible()
    assert page.text(".title") == steps[page.at].title


@pytest.mark.parametrize(
    ("typed", "value"),
    [("1/4", 0.25), ("3*2 + 1", 7), ("-(1 - 0.5)**2", -0.25), ("2^-1", 0.5), (".5", 0.5), ("1e-3", 1e-3),
     ("−2", -2), ("2*-3", -6), ("2 3", None), ("(1", None), ("", None), ("x", None), ("1+", None)],
)  # fmt: skip
def test_arithmetic_that_somebody_types(browser, typed, value):
    from minigrad.view.page import page as writer

    script = writer.read("stepper.js")
    tab = browser.new_page()
    source = script[script.index("function calculated") : script.index("const place = document")]
    found = tab.evaluate(f"(typed) => {{ {source}; return calculated(typed); }}", typed)
    tab.close()
    assert found == value or (value is None and found != found)


# ---- check ----


def test_the_check_says_right_with_a_curve(page, steps):
    page.press("c")
    assert "all are right" in page.text(".message")
    page.go(next(s.index for s in steps if s.kind == "contribution"))
    assert page.text(".check").startswith("right mul")
    assert page.tab.locator(".check svg .dots").count() == 1
    assert page.tab.locator(".box.is-right").count() == 4
    page.press("c")
    assert page.tab.locator(".is-right").count() == 0


def test_the_first_wrong_rule_is_lit(opened, monkeypatch):
    rules = (lambda g, out, x: g * (1 - out),)
    monkeypatch.setattr(mg.tanh, "rules", rules)
    steps = scalar()
    page = opened(html(steps))
    page.click(".check-button")
    assert steps[page.at].key == "4"
    assert page.tab.locator(".box.is-wrong").get_attribute("id") == "node-4"
    assert page.tab.locator(".verdict-mark").text_content() == "✗ wrong"
    assert page.text(".check").startswith("wrong tanh")
    assert page.tab.locator(".check svg .floor").count() == 1
    assert "the first wrong one on the way back is that of tanh" in page.text(".message")


def test_without_a_check_the_page_says_how(opened):
    page = opened(html(layer()))
    page.press("c")
    assert page.text(".message") == (
        "These steps were not checked: call steps.check() before steps.html()."
    )


# ---- what if ----


def test_other_inputs_are_computed_forwards_and_backwards(page, steps):
    page.press("w")
    page.tab.locator(".what-if [type=number]").first.fill("1.25")
    again = scalar(1.25)
    for step in again:
        page.go(step.index)
        if step.kind == "contribution":  # the sum of what arrived is that of the numbers as well
            number = step.formula.numbers.rpartition(" = ")[2]
            assert page.text(".arithmetic").rpartition(" = ")[2] == number
        if step.result is not None:
            shown = page.tab.locator(".tensors figure output").last.inner_text()
            assert float(shown) == pytest.approx(step.result.value.array.item(), rel=1e-6)
    assert page.text(".title") == again[-1].title
    page.click(".reset")
    page.press("Home")
    for step in steps:
        assert page.text(".title") == step.title
        page.press("ArrowRight")


def test_the_slider_of_an_input(page):
    page.click(".what-if-button")
    slider = page.tab.locator(".what-if [type=range]").first
    slider.focus()
    page.press("End")
    assert page.tab.locator(".what-if [type=number]").first.input_value() == "1"
    page.go(0)
    assert page.text(".tensors output") == "1.0"
    page.click(".what-if-button")
    assert page.text(".tensors output") == "0.5"


def test_what_if_says_where_it_cannot_be(opened):
    page = opened(html(layer()))
    page.press("w")
    assert re.match(r"What if is for single numbers, and .* has the shape", page.text(".message"))


# ---- tensors ----


def test_heat_maps_formulas_and_stretched_axes(opened):
    steps = layer()
    page = opened(html(steps))
    for step in steps:
        for operand in (*step.operands, *([step.result] if step.result else ())):
            captions = page.tab.locator("figcaption b").all_inner_texts()
            assert operand.label in captions
        formula = step.formula
        if formula is not None and formula.numbers is None:
            assert page.text(".shapes") == formula.shapes
            count = 1 + (formula.mathml_indices is not None)
            assert page.tab.locator(".formula math").count() == count
        page.press("ArrowRight")
    unbroadcast = next(s for s in steps if s.kind == "unbroadcast")
    page.go(unbroadcast.index)
    assert "summed over axis 0" in page.text(".title")
    wide, narrow = page.tab.locator(".heat").all()
    assert (wide.locator("span").count(), narrow.locator("span").count()) == (15, 3)
    assert wide.get_attribute("aria-label").startswith("float32 (5, 3), ")
    for cell, x in zip(narrow.locator("span").all(), unbroadcast.result.value.array):
        assert cell.get_attribute("class") == ("minus" if x < 0 else "plus")
        assert float(cell.inner_text().replace("−", "-")) == pytest.approx(x, rel=1e-3)


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
