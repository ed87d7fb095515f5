"""A lesson as a notebook: all its code, in the same cells, and its prose between them."""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path

import pytest

from minigrad.errors import DataError, MissingPackageError
from minigrad.lessons import notebook

SCRIPT = Path(__file__).parent.parent.parent / "tutorials" / "02_chain_rule.py"


@pytest.fixture
def cells(tmp_path):
    pytest.importorskip("sphinx_gallery")
    written = notebook(SCRIPT, tmp_path)
    assert written == tmp_path / "02_chain_rule.ipynb"
    made = json.loads(written.read_text(encoding="utf-8"))
    assert made["nbformat"] == 4
    return [(cell["cell_type"], "".join(cell["source"])) for cell in made["cells"]]


def test_it_is_the_lesson(cells):
    code = "\n".join(text for kind, text in cells if kind == "code")
    statements = ast.parse(SCRIPT.read_text(encoding="utf-8")).body[1:]
    assert ast.dump(ast.Module(statements, [])) == ast.dump(ast.parse(code))


def test_prose_is_markdown(cells):
    kind, first = cells[0]
    assert kind == "markdown"
    assert first.lstrip().startswith("# The chain rule, on a graph\n")
    prose = "\n".join(text for kind, text in cells if kind == "markdown")
    assert "\n## Exercises" in prose
    assert "----" not in prose


def test_a_cell_ends_with_what_it_shows(cells):
    last = [text.strip().splitlines()[-1] for kind, text in cells if kind == "code"]
    assert any(line.startswith("view.draw(") for line in last)
    assert any(line.startswith("view.step(") for line in last)


def test_what_is_there_is_not_overwritten(tmp_path):
    pytest.importorskip("sphinx_gallery")
    path = tmp_path / "02_chain_rule.ipynb"
    path.write_text("my work")
    with pytest.raises(
        DataError, match=r"02_chain_rule\.ipynb is there already, and may hold your"
    ):
        notebook(SCRIPT, tmp_path)
    assert path.read_text() == "my work"


def test_without_the_extra_it_is_named_and_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "sphinx_gallery", None)
    with pytest.raises(
        MissingPackageError, match=r"sphinx-gallery.*pip install 'minigrad-edu\[docs\]'"
    ):
        notebook(SCRIPT, tmp_path)
    assert list(tmp_path.iterdir()) == []
