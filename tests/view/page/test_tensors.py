"""Tensors in a real browser: as numbers, as heat maps, and as before + contribution = after."""

import pytest

from minigrad.view.page import html
from tests.view.page.runs import layer

pytestmark = pytest.mark.browser


def test_accumulation_is_before_plus_contribution(page, steps):
    page.go(next(s.index for s in steps if s.kind == "accumulate"))
    assert page.tab.locator(".sign").all_inner_texts() == ["+", "="]
    numbers = [float(x) for x in page.tab.locator(".tensors output").all_inner_texts()]
    assert numbers[0] + numbers[1] == pytest.approx(numbers[2])


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
