"""`minigrad tutorials`: the list, a lesson's commands, its files, and one clear line for each error."""

from __future__ import annotations

import json

import pytest

from minigrad.cli import main
from minigrad.lessons import lessons

FILES = {
    "exercise": ("01_one_number.py", "complete its functions, then run: minigrad check 1"),
    "solution": ("01_one_number_solution.py", "compare it with 01_one_number.py"),
    "notebook": (
        "01_one_number.ipynb",
        "open it in VS Code or in Jupyter (pip install jupyterlab)",
    ),
}


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """An empty folder of the reader."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said(capsys, *arguments):
    code = main(["tutorials", *arguments])
    captured = capsys.readouterr()
    assert captured.err.count("\n") <= 1
    assert not captured.err or captured.err.startswith("minigrad: ")
    return code, captured.out, captured.err.removeprefix("minigrad: ").strip()


def test_the_list_has_a_title_and_a_question_for_each(capsys):
    code, out, _ = said(capsys)
    assert code == 0
    assert max(map(len, out.splitlines())) <= 80
    for lesson in lessons():
        assert f"\n{lesson.number:2}  {lesson.title}\n" in f"\n{out}"
        assert lesson.question in " ".join(out.split())
    assert out.endswith("\nStart with: minigrad tutorials 1\n")


def test_a_lesson_names_its_commands_and_the_next_lesson(capsys):
    code, out, _ = said(capsys, "1")
    assert code == 0
    first = lessons()[0]
    assert out.startswith(f"{first.title}\n    {first.about[:50]}")
    assert f"python {first.path}\n" in out
    assert "minigrad tutorials 1 --exercise, then: minigrad check 1\n" in out
    assert "minigrad tutorials 1 --solution\n" in out
    assert "minigrad tutorials 1 --notebook\n" in out
    assert out.endswith("\nNext: lesson 02 (minigrad tutorials 2)\n")


@pytest.mark.parametrize("kind", FILES)
def test_a_file_is_written_into_this_folder_and_never_over_work(kind, here, capsys):
    name, then = FILES[kind]
    code, out, _ = said(capsys, "1", f"--{kind}")
    assert (code, out) == (0, f"{name}: {then}\n")
    (path,) = here.iterdir()
    assert path.name == name
    if kind == "notebook":
        json.loads(path.read_text(encoding="utf-8"))
    else:
        assert path.read_text(encoding="utf-8") == lessons()[0].read(kind)
    path.write_text("my work", encoding="utf-8")
    code, out, error = said(capsys, "1", f"--{kind}")
    assert (code, out) == (1, "")
    assert error == f"{name} exists, and may hold your work: rename it first"
    assert path.read_text(encoding="utf-8") == "my work"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["15"], "there is no lesson '15': 01_one_number, 02_chain_rule, "),
        (["--exercise"], "name a lesson: minigrad tutorials 1 --exercise"),
    ],
)
def test_a_wrong_question_is_2(arguments, words, capsys):
    code, out, error = said(capsys, *arguments)
    assert (code, out) == (2, "")
    assert error.startswith(words)


def test_one_file_at_a_time(capsys):
    assert main(["tutorials", "1", "--exercise", "--solution"]) == 2
    assert "not allowed with argument" in capsys.readouterr().err


NEXT = "To compare: minigrad tutorials 1 --solution\nNext: lesson 02 (minigrad tutorials 2)\n"


def test_an_exercise_is_checked_until_it_is_correct(here, capsys):
    assert main(["tutorials", "1", "--exercise"]) == 0
    assert main(["check", "1"]) == 1
    out = capsys.readouterr().out
    assert "not written" in out
    assert "Next:" not in out
    (here / "01_one_number.py").write_text(lessons()[0].read("solution"), encoding="utf-8")
    for word in ("1", "01", "01_one_number", "01_one_number.py", str(here / "01_one_number.py")):
        assert main(["check", word]) == 0
        assert capsys.readouterr().out.endswith(NEXT)


def test_an_exercise_that_is_not_here(capsys):
    assert main(["check", "1"]) == 2
    assert capsys.readouterr().err == (
        "minigrad: 01_one_number.py is not here; to get it: minigrad tutorials 1 --exercise\n"
    )


def test_a_lesson_that_does_not_exist(capsys):
    assert main(["check", "15"]) == 2
    assert "minigrad: there is no lesson '15'" in capsys.readouterr().err


def test_after_other_checks_no_lesson_is_named(capsys):
    assert main(["check", "ops", "add", "--samples", "1"]) == 0
    assert "Next:" not in capsys.readouterr().out
