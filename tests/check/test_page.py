"""The page of `minigrad check --report`: whole, self-contained, and honest about what is wrong."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pytest

from minigrad import OPS
from minigrad.check import curve, oracle, page
from minigrad.check.property import as_function
from minigrad.check.table import Row, row
from minigrad.cli import main

VOID = {"meta"}


class Balanced(HTMLParser):
    """Every tag that opens is closed, in order."""

    def __init__(self):
        super().__init__()
        self.open, self.seen = [], []

    def handle_starttag(self, tag, attributes):
        self.seen.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.seen.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def parsed(text):
    parser = Balanced()
    parser.feed(text)
    assert parser.open == []
    return parser.seen


def rows_of(*names):
    return [row(as_function(OPS[name]), OPS[name].cases, 2, 0) for name in names]


@pytest.fixture
def written(tmp_path, capsys):
    path = tmp_path / "report.html"
    assert main(["check", "ops", "tanh", "matmul", "--report", str(path)]) == 0
    assert f"every V curve is in {path}" in capsys.readouterr().out.replace("\n", "")
    return path.read_text(encoding="utf-8")


def test_it_needs_nothing_else(written):
    tags = parsed(written)
    assert not re.search(r"https?://|@import|url\(|<script|<link|<img", written)
    assert {"svg", "table", "figure"} <= {tag for tag, _ in tags}
    assert ("meta", {"charset": "utf-8"}) in tags
    assert "prefers-color-scheme: dark" in written
    assert "width=device-width" in written


def test_every_row_leads_to_its_curve(written):
    tags = parsed(written)
    links = [a["href"] for tag, a in tags if tag == "a"]
    figures = [a["id"] for tag, a in tags if tag == "figure"]
    assert links == ["#tanh", "#matmul"] == [f"#{name}" for name in figures]
    labels = [a["aria-label"] for tag, a in tags if tag == "svg"]
    assert labels == ["V curve of tanh, correct", "V curve of matmul, correct"]


def test_colours_have_enough_contrast():
    """4.5 to 1, on paper and on cards, in the light and in the dark."""

    def luminance(colour):
        parts = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
        linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    light, dark = page.STYLE.split("@media (prefers-color-scheme: dark)")[:2]
    for theme in (light, dark.split("\n* {")[0]):
        colours = dict(re.findall(r"--(\w+): (#\w{6});", theme))
        for ink in ("ink", "soft", "correct", "wrong", "undecided"):
            for ground in ("paper", "card"):
                low, high = sorted(luminance(colours[name]) for name in (ink, ground))
                assert (high + 0.05) / (low + 0.05) >= 4.5, (ink, ground)


def test_what_is_wrong_comes_first_with_its_report(monkeypatch):
    monkeypatch.setattr(OPS["tanh"], "rules", (lambda g, out, x: -g * (1 - out * out),))
    text = page.page(rows_of("sin", "tanh"), 0)
    parsed(text)
    assert "1 correct, 1 wrong" in text
    assert text.index('<h2 class="wrong">tanh</h2>') < text.index("<table>")
    assert "WRONG" in text
    assert 'class="floor"' in text


def test_names_and_messages_are_escaped():
    text = page.page([Row("<b>", 1, broken="a<b", why="x<y>&")], 0)
    parsed(text)
    assert "<b>" not in text
    assert "x&lt;y&gt;&amp;" in text


def swept(f, df, x):
    v = np.ones(1)
    return oracle.sweep(f, [np.array([x])], [np.array([df])], v)


def test_a_curve_is_valid_and_small():
    svg = curve.svg(swept(np.sin, np.cos(1.0), 1.0), "says <this>")
    root = ElementTree.fromstring(svg)
    assert root.get("aria-label") == "says <this>"
    assert len(svg) < 4000
    dots = next(p for p in root if p.get("class") == "dots").get("d")
    points = [tuple(map(float, m)) for m in re.findall(r"M([\d.]+) ([\d.]+)h0", dots)]
    assert 30 < len(points) <= len(oracle.STEPS)
    assert all(curve.LEFT <= x <= curve.WIDTH - curve.RIGHT for x, _ in points)
    assert all(curve.TOP <= y <= curve.HEIGHT - curve.BOTTOM for _, y in points)
    # It is a V: lower in the middle (y grows downwards) than at either end.
    heights = [y for _, y in points]
    assert max(heights) > heights[0] + 40
    assert max(heights) > heights[-1] + 40


def test_a_wrong_gradient_has_a_floor():
    assert 'class="floor"' in curve.svg(swept(np.sin, 0.3, 1.0), "wrong")


def test_nothing_to_see_is_said():
    exact = swept(lambda x: 0 * x, 0.0, 1.0)
    assert "exactly 0" in curve.svg(exact, "flat")
