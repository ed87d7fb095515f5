"""The lessons are found beside the package, or where one is, and say what they are about."""

from __future__ import annotations

from pathlib import Path

import pytest

from minigrad.errors import DataError, ParameterError
from minigrad.lessons import lesson as room
from minigrad.lessons import lessons

ROOT = Path(__file__).parent.parent.parent


def made(tmp_path, docstring, name="07_made.py"):
    (tmp_path / "tutorials").mkdir(exist_ok=True)
    path = tmp_path / "tutorials" / name
    path.write_text(f'"""{docstring}"""\n')
    return path


def test_all_that_are_there_by_number():
    found = lessons()
    assert [lesson.path for lesson in found] == sorted((ROOT / "tutorials").glob("[0-9][0-9]_*.py"))
    assert all(lesson.title and lesson.about.endswith((".", "?")) for lesson in found)
    assert all(lesson.question in lesson.about for lesson in found)
    assert all("`" not in lesson.about and "===" not in lesson.about for lesson in found)


def test_what_one_says_of_itself(tmp_path):
    path = made(
        tmp_path,
        "\nA *title*\n=========\n\nIt is so. Is ``f(x)``,\n:math:`p - y`, *really* so? And why?\n\n"
        "You know it all.\n",
    )
    lesson = room.read(path)
    assert (lesson.number, lesson.name, lesson.title) == (7, "made", "A *title*")
    assert lesson.about == "It is so. Is f(x), p - y, really so? And why?"
    assert lesson.question == "Is f(x), p - y, really so?"
    assert lesson.exercise == tmp_path / "tutorials" / "exercises" / "07_made.py"
    assert lesson.page == tmp_path / "site" / "tutorials" / "07_made.html"


def test_one_that_asks_nothing_is_shown_by_its_first_sentence(tmp_path):
    assert room.read(made(tmp_path, "T\n=\n\nIt is 0.5 so. More.")).question == "It is 0.5 so."
    assert room.read(made(tmp_path, "T\n=\n\nNo end")).question == "No end"
    assert room.read(made(tmp_path, "")).question == ""


@pytest.mark.parametrize(
    "word", ["2", "02", "02_chain_rule", "chain_rule", "tutorials/02_chain_rule.py"]
)
def test_a_lesson_has_several_names(word):
    assert room.named(word).path.name == "02_chain_rule.py"


def test_another_name_is_refused_and_the_known_ones_are_listed():
    with pytest.raises(
        ParameterError, match=r"there is no lesson 'dance': 01_one_number, 02_chain"
    ):
        room.named("dance")


def test_where_nothing_is_beside_the_package_the_folder_one_is_in_counts(tmp_path, monkeypatch):
    monkeypatch.setattr(room, "BESIDE", tmp_path / "site-packages")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        DataError, match=r"not part of an installation.*Clone it, and run this command"
    ):
        lessons()
    path = made(tmp_path, "T\n=\n\nA.")
    assert [lesson.path for lesson in lessons()] == [path]
