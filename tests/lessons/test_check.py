"""`minigrad check 1`: the exercise in this folder, and the next step after a correct one."""

from __future__ import annotations

import pytest

from minigrad.cli import main
from minigrad.lessons import lessons

NEXT = "To compare: minigrad tutorials 1 --solution\nNext: lesson 02 (minigrad tutorials 2)\n"


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """An empty folder of the reader."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_an_exercise_is_checked_until_it_is_correct(here, capsys):
    assert main(["tutorials", "1", "--exercise"]) == 0
    assert main(["check", "1"]) == 1
    out = capsys.readouterr().out
    assert "not written" in out
    assert "Next:" not in out
    (here / "01_one_number.py").write_text(lessons()[0].read("solution"), encoding="utf-8")
    for word in ("1", "01", "01_one_number.py", str(here / "01_one_number.py")):
        assert main(["check", word]) == 0
        assert capsys.readouterr().out.endswith(NEXT)


def test_an_exercise_that_is_not_here(capsys):
    assert main(["check", "1"]) == 2
    assert capsys.readouterr().err == (
        "minigrad check: there is no 01_one_number.py in this folder; to get it: "
        "minigrad tutorials 1 --exercise\n"
    )


def test_a_lesson_that_does_not_exist(capsys):
    assert main(["check", "15"]) == 2
    assert "minigrad check: there is no lesson '15'" in capsys.readouterr().err


def test_after_other_checks_no_lesson_is_named(capsys):
    assert main(["check", "ops", "add", "--samples", "1"]) == 0
    assert "Next:" not in capsys.readouterr().out
