"""What if in a real browser: the fields, and that the page goes on to show what is computed from them."""

import re

import pytest

from minigrad.view.page import html
from tests.view.page.runs import layer, scalar

pytestmark = pytest.mark.browser


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
    page.tab.locator(".what-if [type=number]").first.fill("0.25")
    assert float(slider.input_value()) == 0.25
    page.click(".what-if-button")
    assert page.text(".tensors output") == "0.5"


def test_what_if_says_where_it_cannot_be(opened):
    page = opened(html(layer()))
    page.press("w")
    assert re.match(r"What if is for single numbers, and .* has the shape", page.text(".message"))
