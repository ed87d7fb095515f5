"""Figures on a page: the same bytes each time, ids of their own, words for those who do not see them."""

from __future__ import annotations

import re

import matplotlib
import pytest
from matplotlib.figure import Figure

from docs.extensions import svg


def figure() -> Figure:
    with matplotlib.rc_context(svg.INKED):
        made = Figure(figsize=(4, 3), layout="constrained")
        axes = made.subplots()
        axes.plot([1, 2, 3], [1, 4, 9], "o-", color="black", label="squares")
        axes.set_title("Squares")
        axes.set_xlabel("x")
        axes.set_ylabel("$x^2$")
        axes.legend()
        return made


def test_the_same_figure_gives_the_same_bytes_without_a_date() -> None:
    text = svg.drawn(figure(), "Squares")
    assert text == svg.drawn(figure(), "Squares")
    assert "<metadata" not in text
    assert 'aria-label="Squares"' in text


def test_what_is_drawn_in_ink_is_light_in_the_dark() -> None:
    text = svg.drawn(figure(), "Squares")
    style = text.partition("<style>")[2].partition("</style>")[0]
    used = set(re.findall(r"(?:stroke|fill): (#[0-9a-f]{6})", text.partition("</style>")[2]))
    assert svg.INK in used
    for colour in used - {"#ffffff"}:
        assert f"stroke: {colour}" in style, f"{colour} has no dark partner"


def test_titles_are_what_a_figure_says() -> None:
    assert svg.titles(figure()) == "Squares"
    bare = Figure()
    axes = bare.subplots()
    axes.set_xlabel("epoch")
    axes.set_ylabel("loss")
    assert svg.titles(bare) == "loss against epoch"
    assert svg.titles(Figure()) == ""


def test_two_pictures_on_a_page_share_no_ids() -> None:
    text = svg.drawn(figure(), "Squares")
    one, two = svg.inline(text, "one"), svg.inline(text, "two")
    ids = [set(re.findall(r'\bid="([^"]+)"', picture)) for picture in (one, two)]
    assert ids[0]
    assert not ids[0] & ids[1]
    for picture, own in zip((one, two), ids):
        assert set(re.findall(r'(?:href="|url\()#([^")]+)', picture)) <= own


@pytest.mark.parametrize(("width", "least"), [(100, 100), (280, 250), (1000, 850)])
def test_a_wide_picture_scrolls_before_it_is_too_small(width: int, least: int) -> None:
    text = f'<svg viewBox="0.00 0.00 {width}.00 50.00" aria-label="a graph"></svg>'
    assert f"min-width:{least}px" in svg.inline(text, "key")
