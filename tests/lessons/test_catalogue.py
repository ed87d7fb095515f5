"""The lessons of a clone or of a wheel are found, and their docstrings introduce them."""

from __future__ import annotations

from pathlib import Path

import pytest

from minigrad.errors import DataError, ParameterError
from minigrad.lessons import catalogue, lessons
from minigrad.lessons.catalogue import find_lesson, format_next, introduce

ROOT = Path(__file__).parent.parent.parent


def made(folder, docstring, name="07_made.py"):
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f'"""{docstring}"""\n', encoding="utf-8")
    return path


def test_all_lessons_by_number():
    found = lessons()
    assert [lesson.path for lesson in found] == sorted((ROOT / "tutorials").glob("[0-9][0-9]_*.py"))
    assert all(lesson.title and lesson.about.endswith((".", "?")) for lesson in found)
    assert all(lesson.question in lesson.about for lesson in found)
    assert all("`" not in lesson.about and "===" not in lesson.about for lesson in found)


@pytest.mark.parametrize("kind", ["", "exercise", "solution"])
def test_the_files_of_a_lesson(kind):
    for lesson in lessons():
        path = ROOT / "tutorials" / (f"{kind}s" if kind else "") / lesson.path.name
        assert lesson.read(kind) == path.read_text(encoding="utf-8")


def test_an_installed_wheel_has_a_copy_of_its_own(tmp_path, monkeypatch):
    """A folder `tutorials` next to an installed package may belong to anyone."""
    monkeypatch.setattr(catalogue, "PACKAGED", tmp_path / "packaged")
    path = made(tmp_path / "packaged", "T\n=\n\nA.")
    assert [lesson.path for lesson in lessons()] == [path]


def test_a_damaged_installation(tmp_path, monkeypatch):
    monkeypatch.setattr(catalogue, "CLONED", tmp_path)
    with pytest.raises(DataError, match=r"no lessons in .*: install minigrad again"):
        lessons()


def test_the_docstring_of_a_lesson(tmp_path):
    path = made(
        tmp_path,
        "\nA *title*\n=========\n\nIt is so. Is ``f(x)``,\n:math:`p - y`, *really* so? And why?\n\n"
        "You know it all.\n",
    )
    lesson = introduce(path)
    assert (lesson.number, lesson.title) == (7, "A *title*")
    assert lesson.about == "It is so. Is f(x), p - y, really so? And why?"
    assert lesson.question == "Is f(x), p - y, really so?"


def test_a_lesson_without_a_question_is_shown_by_its_first_sentence(tmp_path):
    assert introduce(made(tmp_path, "T\n=\n\nIt is 0.5 so. More.")).question == "It is 0.5 so."
    assert introduce(made(tmp_path, "T\n=\n\nNo end")).question == "No end"
    assert introduce(made(tmp_path, "")).question == ""


@pytest.mark.parametrize(
    "word", ["2", "02", "02_chain_rule", "chain_rule", "tutorials/02_chain_rule.py"]
)
def test_a_lesson_has_several_names(word):
    assert find_lesson(word).path.name == "02_chain_rule.py"


def test_another_name_is_refused_and_the_known_ones_are_listed():
    with pytest.raises(
        ParameterError, match=r"there is no lesson 'dance': 01_one_number, 02_chain"
    ):
        find_lesson("dance")


def test_the_next_lesson_is_named():
    first, *_, last = lessons()
    assert format_next(first) == "Next: lesson 02 (minigrad tutorials 2)"
    assert format_next(last) == "This is the last lesson."
