"""What is known of nodes, in a real browser: whether a rule is correct, how two runs differ."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import view
from minigrad.view.page import html
from minigrad.view.steps.list import steps_of
from tests.view.page.runs import layer, product, scalar

pytestmark = pytest.mark.browser


def test_the_check_says_right_with_a_curve(page, steps):
    page.press("c")
    assert "all are correct" in page.text(".message")
    page.go(next(s.index for s in steps if s.kind == "contribution"))
    assert page.text(".marks").startswith("correct mul")
    assert not page.tab.locator(".marks svg").is_visible()
    page.tab.locator("summary").focus()
    page.press(" ")  # it unfolds the curve, and does not play
    assert page.tab.locator(".marks svg").is_visible()
    assert page.tab.locator(".play").get_attribute("aria-pressed") == "false"
    assert page.tab.locator(".marks svg .dots").count() == 1
    assert "So a correct rule looks" in page.text(".marks .soft")
    assert page.tab.locator(".box.is-correct").count() == 4
    page.press("c")
    assert page.tab.locator(".is-correct").count() == 0


def test_the_first_wrong_rule_is_lit(opened, monkeypatch):
    rules = (lambda g, out, x: g * (1 - out),)
    monkeypatch.setattr(mg.tanh, "rules", rules)
    steps = scalar()
    page = opened(html(steps))
    page.click(".check-button")
    assert steps[page.at].key == "4"
    assert page.tab.locator(".box.is-wrong").get_attribute("id") == "node-4"
    assert page.tab.locator(".verdict-mark").text_content() == "✗ wrong"
    assert page.text(".marks").startswith("wrong tanh")
    assert page.tab.locator(".marks svg").is_visible()
    assert page.tab.locator(".marks svg .floor").count() == 1
    assert "by so much is the rule wrong" in page.text(".marks .soft")
    assert "the first wrong one on the way back is that of tanh" in page.text(".message")


def test_without_a_check_the_page_says_how(opened):
    page = opened(html(layer()))
    page.press("c")
    assert page.text(".message") == (
        "These steps were not checked: call steps.check() before steps.html()."
    )


def test_what_could_not_be_checked_is_not_called_right(opened):
    with np.errstate(all="ignore"):
        page = opened(html(steps_of(view.trace(mg.log, -1.0)), check=True))
    page.press("c")
    assert page.text(".message") == "No gradient rule could be checked at the recorded values."
    page.press("w")
    assert page.text(".message") == ""


@pytest.fixture
def wrong(monkeypatch):
    """A run with a bug in it, which is not there any more."""
    with monkeypatch.context() as patch:
        patch.setattr(mg.tanh, "rules", (lambda g, out, x: g * (1 - out),))
        return view.trace(product, 0.5, -1.5)


def test_of_two_runs_the_nodes_that_differ_alone_are_lit(opened, wrong):
    page = opened(view.compare(view.trace(product, 0.5, -1.5), wrong).html())
    assert page.text(".title") == "tanh sends a gradient to z"
    assert page.text(".message").startswith("The gradient rule of tanh (t4) is not the same")
    lit = page.tab.locator(".box.is-differs").evaluate_all("all => all.map(e => e.id)")
    assert sorted(lit) == ["node-0", "node-1", "node-2", "node-3"]
    same, differs = (page.tab.locator(f"#node-{n}") for n in (5, 0))
    opacity = "e => Number(getComputedStyle(e).opacity)"
    assert same.evaluate(opacity) < 0.5 < differs.evaluate(opacity) == 1
    assert "≠ gradient" in differs.locator("text").all_text_contents()
    page.press("ArrowRight")
    assert page.text(".marks").startswith("differs add (z), the other run | this one: gradient ")
    page.press("d")
    assert page.text(".marks") == ""
    assert same.evaluate(opacity) == 1
    page.press("c")
    assert page.tab.locator(".compare-button").get_attribute("aria-pressed") == "false"
    page.click(".compare-button")
    assert page.tab.locator(".check-button").get_attribute("aria-pressed") == "false"
    assert page.tab.locator(".is-differs").count() == 4


def test_two_equal_runs_are_said_to_be_equal(opened):
    runs = [view.trace(product, 0.5, -1.5) for _ in range(2)]
    page = opened(view.compare(*runs).html())
    assert page.text(".message") == "They are equal."
    assert page.at == 0


def test_a_page_of_one_run_has_nothing_to_compare(page):
    assert not page.tab.locator(".compare-button").is_visible()
    page.press("d")
    assert page.text(".message").endswith("view.compare(a, b).html() makes a page of two.")
