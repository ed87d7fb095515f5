"""The file: self-contained, the same in two runs, small, and fit for a frame."""

import configparser
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import minigrad as mg
from minigrad import view
from minigrad.view.draw import draw
from minigrad.view.page import frame, html
from minigrad.view.page import page as page_writer
from minigrad.view.steps.list import steps_of
from tests.view.page.runs import chain, layer, scalar

PROGRAM = """
import sys
from minigrad.view.page import html
from runs import layer, scalar
sys.stdout.write(html(scalar()) + html(layer(), title="A layer"))
"""


def test_two_runs_give_the_same_bytes():
    outputs = {
        subprocess.run(
            [sys.executable, "-W", "error", "-c", PROGRAM],
            capture_output=True,
            check=True,
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parent)},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1


def test_nothing_is_named_that_could_be_fetched():
    page = html(scalar())
    outside = re.sub(r'class="data">[^<]*<', "", page)
    assert set(re.findall(r"https?://[^\s\"']*", outside)) <= {"http://www.w3.org/2000/svg"}
    assert not re.search(
        r"\b(src|@import|url\()", outside.replace("default-src", "").replace("-src", "")
    )
    assert "default-src 'none'" in page


def test_two_hundred_nodes_are_under_400_kb():
    small = html(steps_of(view.trace(chain(100), 0.3)))
    rng = np.random.default_rng(0)
    weights = [mg.Tensor(rng.standard_normal((8, 8)), requires_grad=True) for _ in range(50)]
    with view.trace() as t:
        h = mg.Tensor(rng.standard_normal((6, 8)))
        for w in weights:
            h = mg.tanh(h @ w) * 0.9
        h.sum().backward()
    large = html(steps_of(t))
    assert len(t.nodes) > 200
    assert len(small.encode()) < 400_000
    assert len(large.encode()) < 400_000


def test_steps_write_it(tmp_path):
    steps = scalar()
    assert steps.html(tmp_path / "a.html", title="T") == (tmp_path / "a.html").read_text(
        encoding="utf-8"
    )
    assert "<title>T</title>" in (tmp_path / "a.html").read_text(encoding="utf-8")


def test_a_comparison_is_of_the_run_that_is_stepped_through():
    other = view.compare(*(view.trace(lambda x: x * x, v) for v in (1.0, 2.0)))
    with pytest.raises(
        mg.errors.ParameterError, match=r"html: compare=... is of other runs; compar"
    ):
        html(scalar(), compare=other)


def test_what_the_package_reads_is_installed_with_it():
    """A page that is made from an installed wheel needs its template, its style sheet and its scripts."""
    root = Path(page_writer.__file__).parents[2]
    settings = configparser.ConfigParser()
    settings.read(root.parent / "setup.cfg")
    patterns = settings["options.package_data"]["minigrad"].split()
    others = [p for p in root.rglob("*.*") if p.suffix not in (".py", ".pyc")]
    assert len(others) > 8
    assert [p for p in others if not any(p in root.glob(pattern) for pattern in patterns)] == []


def test_without_graphviz_the_page_has_the_graph_as_text(monkeypatch):
    from minigrad.view.page.data import data
    from minigrad.view.pictures import render

    def missing(form):
        raise mg.errors.RenderError("no Graphviz was found to draw with")

    monkeypatch.setattr(render, "command", missing)
    graph = data(layer())["graph"]
    assert "svg" not in graph
    assert "no Graphviz" in graph["reason"]
    assert "matmul" in graph["text"]


@pytest.mark.browser
def test_the_page_works_without_its_picture(opened, monkeypatch):
    from minigrad.view.pictures import render

    def missing(form):
        raise mg.errors.RenderError("no Graphviz was found to draw with")

    monkeypatch.setattr(render, "command", missing)
    steps = layer()
    page = opened(html(steps))
    assert "matmul" in page.text(".picture pre")
    for _ in steps:
        page.press("ArrowRight")
    page.press("+", "0", "c", "w", "q", "b")
    assert page.at == len(steps) - 1


@pytest.mark.browser
def test_a_frame_leaves_what_is_around_it_alone(browser, page_of_scalars, tmp_path):
    path = tmp_path / "notebook.html"
    path.write_text(
        f"<!DOCTYPE html><h1>Notes</h1>{frame(page_of_scalars)}{frame(html(layer()))}",
        encoding="utf-8",
    )
    tab = browser.new_page()
    tab.goto(path.as_uri())
    before = set(tab.evaluate("Object.keys(globalThis)"))
    for i in (0, 1):
        inner = tab.frame_locator("iframe").nth(i)
        inner.locator(".ready").wait_for()
        inner.locator(".next").click()
        assert inner.locator(".count").inner_text().startswith("2 / ")
    assert set(tab.evaluate("Object.keys(globalThis)")) - before == set()
    assert tab.url == path.as_uri()
    tab.close()


@pytest.mark.browser
def test_a_page_defines_no_globals(page):
    for name in ("stepper", "replay", "graphOf", "make", "erf"):
        assert page.tab.evaluate(f"typeof {name}") == "undefined"


# ---- large ones ----


SCROLLED = """async () => {
  for (let i = 0; i < 40; i++) {
    document.querySelector('.view').scrollBy(i % 2 ? 40 : 0, 120);
    await new Promise(requestAnimationFrame);
  }
}"""


@pytest.mark.browser
@pytest.mark.slow
def test_two_thousand_nodes_open_and_scroll(opened):
    """Every node a box of its own; by default a run as long as this is drawn with parts put together."""
    steps = steps_of(view.trace(chain(999), 0.3))
    text = html(steps, picture=draw(steps.trace, full=True))
    page = opened(text)
    assert page.tab.locator(".box").count() == len(steps.trace.nodes) == 1999
    page.tab.evaluate(SCROLLED)
    assert page.tab.locator(".far").count() > 900
    assert page.tab.locator(".far .way:visible").count() <= 1  # all of them take 200 ms a frame
    page.press("End", "ArrowLeft")
    page.press(*["ArrowLeft"] * 10)
    assert page.at == len(steps) - 12
    box = page.tab.locator(".box.active").bounding_box()
    outer = page.tab.locator(".view").bounding_box()
    assert outer["x"] <= box["x"] <= outer["x"] + outer["width"]
    assert outer["y"] <= box["y"] <= outer["y"] + outer["height"]
    assert len(text.encode()) < 1_500_000
