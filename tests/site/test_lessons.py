"""What a cell of a lesson shows on its page, and what stands around a lesson."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import matplotlib
import pytest

pytest.importorskip("sphinx", reason="the site needs pip install -e '.[docs]'")
matplotlib.use("Agg")

import matplotlib.pyplot as plt

from docs.extensions import frames, lessons
from minigrad import view


def f(x: Any) -> Any:
    return x * x


@pytest.fixture
def cell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """`cell(code, last)`: what the page shows of a cell with this code, whose last value is `last`."""
    monkeypatch.setattr(frames, "BUILT", tmp_path)
    source = tmp_path / "02_squares.py"
    source.write_text(
        '"""\nSquares\n=======\n\nHow fast does a square grow?\n"""\n', encoding="utf-8"
    )
    paths = (str(tmp_path / f"image_{k}.png") for k in count(1))

    def show(code: str, last: Any = None) -> str:
        names = {"image_path_iterator": paths, "example_globals": {"___": last}, "src_file": source}
        return lessons.shown(("code", code, 1), names, {})

    return show


def test_a_picture_stands_inline(cell: Any, tmp_path: Path) -> None:
    shown = cell("view.draw(t)", view.draw(view.trace(f, 3.0)))
    assert '<svg xmlns="http://www.w3.org/2000/svg"' in shown
    assert 'aria-label="A computational graph' in shown
    assert (tmp_path / "image_1.svg").is_file()


def test_steps_are_a_page_in_a_frame_with_a_link(cell: Any, tmp_path: Path) -> None:
    steps = view.step(view.trace(f, 3.0))
    for k in (1, 2):
        shown = cell("view.step(t)", steps)
        assert (
            f'<iframe src="../_static/steps/02_squares-{k}.html" title="Step by step: Squares"'
            in shown
        )
        assert f'<a href="../_static/steps/02_squares-{k}.html">' in shown
        assert "<!DOCTYPE html>" in (tmp_path / f"steps/02_squares-{k}.html").read_text(
            encoding="utf-8"
        )


def test_a_cell_that_ends_with_no_expression_shows_nothing(cell: Any) -> None:
    assert cell("x = 3", view.draw(view.trace(f, 3.0))) == ""  # of the cell before
    assert cell("# nothing", None) == ""


def test_a_figure_needs_a_title(cell: Any) -> None:
    plt.subplots()
    with pytest.raises(ValueError, match="figure 1 has no title"):
        cell("plt.show()")
    plt.close("all")
    _, axes = plt.subplots()
    axes.set_title("Squares")
    assert 'aria-label="Squares"' in cell("plt.show()")
    assert plt.get_fignums() == []


def test_the_notes_of_the_gallery_are_replaced(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(lessons, "TUTORIALS", tmp_path)
    for part in ("exercises", "solutions"):
        (tmp_path / part).mkdir()
        (tmp_path / part / "02_squares.py").touch()
    source = [
        ".. only:: html\n\n    .. note::\n        :class: x\n\n        :ref:`Go to the end <y>`\n"
        "        to download\n\n.. rst-class:: sphx-glr-example-title\n\nSquares\n=======\n\n"
        "    .. container:: sphx-glr-download sphx-glr-download-zip\n\n      :download:`z <z.zip>`\n"
    ]
    lessons.around(SimpleNamespace(), "tutorials/02_squares", source)  # type: ignore[arg-type]
    assert "Go to the end" not in source[0]
    assert "zip" not in source[0]
    assert ":download:`notebook <02_squares.ipynb>`" in source[0]
    assert "      minigrad check 2\n" in source[0]
    assert source[0].index("Lesson 02") < source[0].index("Squares\n=====")
