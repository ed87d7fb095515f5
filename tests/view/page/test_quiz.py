"""The quiz in a real browser: it hides, asks, accepts arithmetic, and names the usual mistake."""

import pytest

from minigrad.view.page import page as writer
from minigrad.view.steps.quiz import question

pytestmark = pytest.mark.browser


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
    assert repr(asked.answer)[:6] not in everything
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
    assert page.text(".quiz").startswith("Correct.")
    assert page.text(".arithmetic") == step.formula.numbers


def test_show_me_and_the_end_of_the_quiz(page, steps):
    page.click(".quiz-button")
    page.click(".show-me")
    assert page.text(".quiz").startswith("Correct.")
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
    script = writer.read("quiz.js")
    tab = browser.new_page()
    found = tab.evaluate(f"(typed) => {{ {script}; return calculated(typed); }}", typed)
    tab.close()
    assert found == value or (value is None and found != found)
