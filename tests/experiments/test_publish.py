"""What a report leaves: whole pages that stand alone, marked where they were made in a hurry."""

from __future__ import annotations

import json
import re
import shutil
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser

import pytest

from experiments import index, pictures
from experiments.blocks import Figure, Heading, Line, Numbers, Page, Panel, Table, Text
from experiments.judge import Number
from experiments.parts import Report
from experiments.publish import QUICK, publish
from experiments.runner import Outcome
from minigrad.errors import ParameterError

VOID = {"meta", "path", "use", "rect", "br", "link"}


class Balanced(HTMLParser):
    """Every tag that is opened is closed, in order; and what would be fetched is remembered."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.fetched: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name in ("src", "href", "xlink:href") and value and not value.startswith("#"):
                self.fetched.append(value)
            if name == "id":
                self.ids.append(value)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag


def panel(title="loss", **more):
    lines = [
        Line("training", [0, 1, 2], [2.0, 1.0, 0.5], band=[0.1, 0.1, 0.0]),
        Line("validation", [0, 1, 2], [2.1, 1.4, 1.2], "#D55E00", "--"),
    ]
    return Panel(title, "update step", "loss (nats)", lines, **more)


def page_of(*numbers):
    return Page(
        "Weights < 1 & `code`.",
        [
            Heading("A heading"),
            Text("- one\n- two"),
            Text("A **strong** word."),
            Numbers("Numbers", numbers),
            Table("a-table", "A table", ["lambda", "accuracy"], [[0.1, "0.5"], [0.2, "0.6"]], (1,)),
            Figure(
                "a-figure", "A caption.", [panel(), panel(rate=Line("", [0, 1, 2], [0, 0.1, 0]))]
            ),
        ],
    )


GOOD = Number("good", 0.5, [0.5, 0.502], 0.5, 0.002, headline=True)
BAD = Number("bad", 0.7, [0.5], note="The 7 is a misprint.")
OUTCOME = Outcome({}, {"one": 90.0, "two": 30.0}, {"0123abcd"})


def published(folder, *numbers, quick=False):
    report = Report("toy", "A toy & more", (), lambda done, quick: page_of(*numbers))
    return publish(report, OUTCOME, folder / "toy", quick)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A published report that no test changes: to draw its figures takes the most time."""
    folder = tmp_path_factory.mktemp("whole")
    return folder, published(folder, GOOD, BAD)


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    folder = tmp_path_factory.mktemp("quick")
    published(folder, GOOD, quick=True)
    return folder


def test_the_folder_of_a_report(whole):
    tmp_path, said = whole
    assert said == "1 of 1 numbers agree with the reference, 1 of 2 of the report's are reproduced"
    names = sorted(p.relative_to(tmp_path / "toy").as_posix() for p in tmp_path.rglob("*.*"))
    assert names == ["README.md", "figures/a-figure.png", "figures/a-figure.svg", "report.html",
                     "report.json", "tables/a-table.json"]  # fmt: skip
    table = json.loads((tmp_path / "toy/tables/a-table.json").read_text(encoding="utf-8"))
    assert table == [{"lambda": 0.1, "accuracy": "0.5"}, {"lambda": 0.2, "accuracy": "0.6"}]
    content = json.loads((tmp_path / "toy/report.json").read_text(encoding="utf-8"))
    assert content["about"]["minutes"] == 2.0
    assert content["about"]["command"] == "python -m experiments toy --data-dir data"
    assert content["numbers"][0]["ours"] == [0.5, 0.502]


def test_what_is_no_longer_drawn_is_removed(tmp_path):
    (tmp_path / "toy" / "figures").mkdir(parents=True)
    (tmp_path / "toy" / "figures" / "old.svg").write_text("old", encoding="utf-8")
    published(tmp_path, GOOD)
    assert not (tmp_path / "toy" / "figures" / "old.svg").exists()


def test_the_same_results_give_the_same_bytes(whole, tmp_path):
    published(tmp_path, GOOD, BAD)
    for path in whole[0].rglob("*.*"):
        twin = tmp_path / path.relative_to(whole[0])
        assert path.read_bytes() == twin.read_bytes(), path.name


def test_a_difference_without_a_reason_is_not_published(tmp_path):
    with pytest.raises(
        ParameterError, match="toy: not reproduced, and no note gives the reason: worse"
    ):
        published(tmp_path, GOOD, Number("worse", 0.9, [0.5]))
    assert not (tmp_path / "toy").exists()
    published(tmp_path, Number("worse", 0.9, [0.5]), quick=True)


@pytest.mark.parametrize("name", ["README.md", "report.html"])
def test_the_page_says_what_was_not_reproduced_and_why(whole, name):
    text = (whole[0] / "toy" / name).read_text(encoding="utf-8")
    reasons = text[text.index("Not reproduced, and why") :]
    assert "The 7 is a misprint." in reasons
    assert "the report has 0.7000, ours is 0.5000" in reasons
    assert "good" not in reasons
    assert QUICK not in text


@pytest.mark.parametrize("name", ["README.md", "report.html", "report.json"])
def test_a_quick_look_is_marked(quick, name):
    assert QUICK in (quick / "toy" / name).read_text(encoding="utf-8")


def test_the_html_page_stands_alone(whole):
    text = (whole[0] / "toy/report.html").read_text(encoding="utf-8")
    parser = Balanced()
    parser.feed(text)
    assert parser.open == []
    assert parser.fetched == []
    assert "<script" not in text
    assert len(set(parser.ids)) == len(parser.ids)
    assert "Weights &lt; 1 &amp; <code>code</code>." in text
    assert "<title>A toy &amp; more</title>" in text


def test_pictures_take_the_colours_of_the_page(tmp_path):
    (svg,) = pictures.inline(Figure("f", "", [panel()]))
    ElementTree.fromstring(svg)
    for variable in ("--ink", "--training", "--validation", "--grid"):
        assert f"var({variable})" in svg
    assert re.search(r"#(?!ffffff)[0-9a-fA-F]{6}\b", svg) is None
    assert "aria-label" in svg


def test_the_index_of_all_reports(whole, tmp_path):
    shutil.copytree(whole[0] / "toy", tmp_path / "results" / "cs5787")
    content = json.loads((tmp_path / "results/cs5787/report.json").read_text(encoding="utf-8"))
    (tmp_path / "results/cs5787/report.json").write_text(
        json.dumps({**content, "name": "cs5787"}), encoding="utf-8"
    )
    index.write(tmp_path / "results", tmp_path / "README.md")
    text = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "[cs5787](results/cs5787/README.md)" in text
    assert "| cs5787 | good | 0.5000 | 0.5010 ± 0.0014 | 0.5000 ± 0.002 | ✓ | ✓ |" in text
    assert "| bad |" not in text
    assert QUICK not in text
