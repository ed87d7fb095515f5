"""`minigrad tutorials`: the list, the three ways to open a lesson, and one clear line for what cannot be."""

from __future__ import annotations

import sys
import webbrowser

import pytest

from minigrad.cli import main
from minigrad.lessons import lesson as room
from tutorials import record

LESSON = '''"""
{title}
=====

It is {number}. Is it?
"""
'''


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """A clone with two lessons, in which one is."""
    monkeypatch.setattr(room, "BESIDE", tmp_path)
    monkeypatch.chdir(tmp_path)
    for name in ("VISUAL", "EDITOR"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "tutorials" / "exercises").mkdir(parents=True)
    for number, title in ((1, "First"), (12, "Second")):
        text = LESSON.format(title=title, number=number)
        (tmp_path / "tutorials" / f"{number:02}_{title.lower()}.py").write_text(text)
    (tmp_path / "tutorials" / "exercises" / "01_first.py").touch()
    return tmp_path


@pytest.fixture
def browser(monkeypatch):
    opened = []
    monkeypatch.setattr(webbrowser, "open", lambda url: opened.append(url) or True)
    return opened


def said(capsys, *arguments):
    code = main(["tutorials", *arguments])
    captured = capsys.readouterr()
    assert captured.err.count("\n") <= 1
    assert not captured.err or captured.err.startswith("minigrad tutorials: ")
    return code, captured.out, captured.err.removeprefix("minigrad tutorials: ").strip()


def test_the_list_has_a_title_and_a_question_for_each(clone, capsys):
    code, out, _ = said(capsys)
    assert code == 0
    assert (
        out
        == " 1  First\n    Is it?\n\n12  Second\n    Is it?\n\nminigrad tutorials N opens one.\n"
    )


def test_the_real_ones_fit_a_terminal(capsys):
    code, out, _ = said(capsys)
    assert code == 0
    assert max(map(len, out.splitlines())) <= 80
    assert out.count("\n\n") == len(record.LESSONS)


def test_a_page_that_is_built_is_opened(clone, capsys, browser):
    page = clone / "site" / "tutorials" / "01_first.html"
    page.parent.mkdir(parents=True)
    page.touch()
    for arguments in (["1"], ["1", "--page"]):
        code, out, _ = said(capsys, *arguments)
        assert code == 0
        assert out == "opened site/tutorials/01_first.html in the browser\n"
    assert browser == [page.as_uri()] * 2


def test_one_that_is_not_says_how_it_is_built(clone, capsys, browser):
    code, out, error = said(capsys, "1", "--page")
    assert (code, out, browser) == (1, "", [])
    assert error == (
        f"there is no site/tutorials/01_first.html: the site has not been built. In {clone}: "
        "pip install -e '.[docs]' && python -m sphinx docs site"
    )


def test_a_machine_without_a_browser(clone, capsys, monkeypatch):
    page = clone / "site" / "tutorials" / "01_first.html"
    page.parent.mkdir(parents=True)
    page.touch()
    monkeypatch.setattr(webbrowser, "open", lambda url: False)
    code, _, error = said(capsys, "1")
    assert code == 1
    assert error == f"no browser could be started: open {page}"


def test_without_a_page_it_says_what_it_is_about_and_how_to_open_it(clone, capsys, browser):
    code, out, _ = said(capsys, "1")
    assert (code, browser) == (0, [])
    assert out.startswith("First\n\n    It is 1. Is it?\n\n")
    ways = [
        "python tutorials/01_first.py",
        "minigrad tutorials 1 --script",
        "python -m sphinx docs site",
    ]
    exercises = (
        "tutorials/exercises/01_first.py, and then minigrad check tutorials/exercises/01_first.py"
    )
    for words in [*ways, "minigrad tutorials 1 --notebook", exercises]:
        assert words in out
    assert "exercises" not in said(capsys, "12")[1]


def test_the_script_is_opened_in_the_editor(clone, capsys, monkeypatch):
    program = "import sys, pathlib; pathlib.Path('opened').write_text(sys.argv[1] + sys.argv[2])"
    editor = clone / "editor.py"
    editor.write_text(program)
    monkeypatch.setenv("EDITOR", "nothing")
    monkeypatch.setenv("VISUAL", f"'{sys.executable}' {editor} --wait")
    code, out, _ = said(capsys, "first", "--script")
    assert code == 0
    assert out == "tutorials/01_first.py: python tutorials/01_first.py runs it\n"
    assert (clone / "opened").read_text() == f"--wait{clone / 'tutorials' / '01_first.py'}"


@pytest.mark.parametrize(
    ("editor", "words"),
    [
        ("", "neither VISUAL nor EDITOR names an editor: set one of them, or open tutorials/01_first.py"),
        ("no_such_editor", "EDITOR is 'no_such_editor', which cannot be started: "),
        ("'open", "EDITOR is \"'open\", which cannot be started: No closing quotation"),
        ("false", "false ended with 1; the script is tutorials/01_first.py"),
    ],
)  # fmt: skip
def test_an_editor_that_does_not_open_it(editor, words, clone, capsys, monkeypatch):
    monkeypatch.setenv("EDITOR", editor)
    code, out, error = said(capsys, "1", "--script")
    assert (code, out) == (1, "")
    assert error.startswith(words)


def test_a_notebook_is_written_here_and_once(clone, capsys):
    pytest.importorskip("sphinx_gallery")
    code, out, _ = said(capsys, "1", "--notebook")
    assert code == 0
    assert out == "01_first.ipynb: open it in VS Code, or with jupyter lab 01_first.ipynb\n"
    code, _, error = said(capsys, "1", "--notebook")
    assert code == 1
    assert error.startswith("01_first.ipynb is there already, and may hold your work")


def test_a_notebook_without_the_extra(clone, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "sphinx_gallery", None)
    code, _, error = said(capsys, "1", "--notebook")
    assert code == 1
    assert error.endswith("which is not installed: pip install 'minigrad-edu[docs]'")
    assert not list(clone.glob("*.ipynb"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["13"], "there is no lesson '13': 01_first, 12_second"),
        (["--script"], "which lesson is to be opened? minigrad tutorials lists them"),
    ],
)
def test_a_wrong_question_is_2(arguments, words, clone, capsys):
    assert said(capsys, *arguments) == (2, "", words)


def test_one_way_at_a_time(clone, capsys):
    assert main(["tutorials", "1", "--page", "--script"]) == 2
    assert "not allowed with argument" in capsys.readouterr().err


def test_an_installation_without_lessons_says_how_to_get_them(clone, capsys, monkeypatch):
    elsewhere = clone / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.setattr(room, "BESIDE", elsewhere)
    monkeypatch.chdir(elsewhere)
    for arguments in ([], ["1"]):
        code, out, error = said(capsys, *arguments)
        assert (code, out) == (1, "")
        assert error.startswith("the lessons are not part of an installation")
        assert error.endswith("Clone it, and run this command in the clone")
