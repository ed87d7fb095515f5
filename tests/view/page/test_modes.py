"""Quiz, check and what if in a real browser."""

import re

import pytest

import minigrad as mg
from minigrad.view.page import html
from minigrad.view.steps.quiz import question
from tests.view.page.runs import layer, scalar

pytestmark = pytest.mark.browser


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
