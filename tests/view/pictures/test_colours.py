"""Everything written in a picture can be read, light and dark, and each colour means one thing."""

import pytest

from minigrad.view.pictures import colours
from minigrad.view.pictures.graph import LEVELS

PAPER = {"light": ("#ffffff", "#f7f8fa"), "dark": ("#14171d", "#111111", "#1e1e1e")}


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a, b):
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


def test_the_contrast_of_black_on_white():
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)


@pytest.mark.parametrize("side", ["light", "dark"])
def test_text_is_legible_on_every_fill(side):
    for kind, fill in colours.FILL.items():
        for text in (colours.INK, colours.SOFT, colours.GRAD, colours.VALUE, colours.WARN):
            assert contrast(getattr(text, side), getattr(fill, side)) >= 4.5, (kind, text)
    for fill in colours.CLUSTER_FILL:
        assert contrast(getattr(colours.SOFT, side), getattr(fill, side)) >= 4.5
    for level in colours.LEVELS:
        assert contrast(getattr(colours.INK, side), getattr(level, side)) >= 4.5


@pytest.mark.parametrize("side", ["light", "dark"])
def test_edges_and_notes_are_legible_on_the_page_and_in_clusters(side):
    grounds = [*PAPER[side], *(getattr(fill, side) for fill in colours.CLUSTER_FILL)]
    for ground in grounds:
        assert contrast(getattr(colours.FREE, side), ground) >= 3.8, ground


def test_a_picture_without_a_dark_side_is_legible_on_a_dark_page():
    """A notebook in its dark theme does not tell: what stands on the page itself must do for both."""
    for paper in PAPER["dark"]:
        assert contrast(colours.FREE.light, paper) >= 3.0


@pytest.mark.parametrize("side", ["light", "dark"])
def test_levels_go_from_near_the_paper_to_far_from_it(side):
    steps = [contrast(PAPER[side][0], getattr(level, side)) for level in colours.LEVELS]
    assert len(steps) == LEVELS
    assert steps == sorted(steps)


def test_each_colour_means_one_thing():
    light = [pair.light for pair in colours.everything()]
    assert len(set(light)) == len(light)
    assert all(len(c) == 7 and c == c.lower() for pair in colours.everything() for c in pair)
