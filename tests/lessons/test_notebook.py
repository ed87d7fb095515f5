"""A lesson as a notebook: all its code, in the same cells, its prose as Markdown, and its check."""

from __future__ import annotations

import ast
import json
import re

import pytest

from minigrad.lessons import lessons, notebook
from minigrad.lessons.notebook import markdown


def cells(lesson):
    return [
        (cell["cell_type"], "".join(cell["source"]))
        for cell in json.loads(notebook(lesson))["cells"]
    ]


def code(lesson):
    return [text for kind, text in cells(lesson) if kind == "code"]


def test_it_has_the_form_of_a_notebook():
    for lesson in lessons():
        content = json.loads(notebook(lesson))
        assert (content["nbformat"], content["nbformat_minor"]) == (4, 4)
        assert content["metadata"]["kernelspec"]["name"] == "python3"
        for cell in content["cells"]:
            more = {"execution_count", "outputs"} if cell["cell_type"] == "code" else set()
            assert cell.keys() == {"cell_type", "metadata", "source"} | more
            assert cell["cell_type"] in ("code", "markdown")
            assert "".join(cell["source"]).strip()
            assert all(line.endswith("\n") for line in cell["source"][:-1])


def test_it_is_valid():
    nbformat = pytest.importorskip("nbformat")
    for lesson in lessons():
        nbformat.validate(json.loads(notebook(lesson)))


def test_it_is_the_lesson():
    for lesson in lessons():
        *own, write, check = code(lesson)
        statements = ast.parse(lesson.read()).body[1:]
        assert ast.dump(ast.Module(statements, [])) == ast.dump(ast.parse("\n".join(own)))
        assert f'main(["tutorials", "{lesson.number}", "--exercise"])' in write
        assert f'main(["check", "{lesson.number}"])' in check


def test_prose_is_markdown():
    for lesson in lessons():
        kind, first = cells(lesson)[0]
        assert kind == "markdown"
        assert first.startswith(f"# {lesson.title}\n")
        prose = "\n".join(text for kind, text in cells(lesson) if kind == "markdown")
        assert "\n## Exercises\n" in prose
        assert not re.search(r"^(---|===|\.\. )|:math:|``", prose, re.MULTILINE)


def test_a_cell_ends_with_what_it_shows():
    last = [text.splitlines()[-1] for text in code(lessons()[1])]
    assert any(line.startswith("view.draw(") for line in last)
    assert any(line.startswith("view.step(") for line in last)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A title\n-------\nText.", "## A title\nText."),
        ("``x[0]`` and :math:`p_j`", "`x[0]` and $p_j$"),
        (".. math:: a = b\n\nText.", "$$\na = b\n$$\n\nText."),
        (".. math::\n\n    a \\\\\n    = b\n\nText.", "$$\na \\\\\n    = b\n$$\n\nText."),
        ("1. One\n   and more\n2. Two", "1. One\n   and more\n2. Two"),
    ],
)
def test_markdown(text, expected):
    assert markdown(text) == expected


def test_the_last_cells_check_the_exercise(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for text in code(lessons()[0])[-2:]:
        exec(text, names)
    assert (tmp_path / "01_one_number.py").is_file()
    assert "not written" in capsys.readouterr().out
