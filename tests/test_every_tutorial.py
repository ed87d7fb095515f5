"""Every lesson has its form, runs as its readers run it, and prints what was recorded of it."""

from __future__ import annotations

import ast
import re
import sys
import tokenize
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from minigrad import OPS
from minigrad.view import Picture, Steps
from tutorials import record

ROOT = Path(__file__).parent.parent
SECONDS = 10
"""Of processor time for a lesson; a class that runs all fourteen waits less than three minutes."""
LONGER = {"12_lenet": 15}
"""Five trainings of a LeNet: 7 s where BLAS knows the processor, half as much again where it does not."""

PLACES = re.compile(r"0[1-7]_")
"""The lessons that end with the commands of their exercises, the answers and the next lesson."""

FILLERS = re.compile(
    r"\b(simply|just|obviously|trivial|trivially|of course)\b|!(?!=)", re.IGNORECASE
)
LEAKS = re.compile(r"0x[0-9a-f]{5,}|(?<![\w.)])/\w+/\w+|[A-Z]:\\")

every_lesson = pytest.mark.parametrize("path", record.LESSONS, ids=lambda path: path.stem)


@cache
def lesson(path):
    return record.run(path)


def prose(path):
    """The docstring and the comments that stand on lines of their own."""
    with path.open("rb") as file:
        comments = [t for t in tokenize.tokenize(file.readline) if t.type == tokenize.COMMENT]
    own = [t.string.removeprefix("#") for t in comments if t.line.strip() == t.string]
    return "\n".join([ast.get_docstring(ast.parse(path.read_text())), *own])


def titles(text):
    """The lines that are underlined, as wide as they are."""
    lines = [line.strip() for line in text.splitlines()]
    return [a for a, b in pairwise(lines) if a and re.fullmatch(r"==+|--+", b) and len(a) <= len(b)]


def test_lessons_are_numbered_from_one():
    numbers = [path.stem[:2] for path in record.LESSONS]
    assert numbers == [f"{n:02}" for n in range(1, len(numbers) + 1)]


def test_each_lesson_is_recorded_and_nothing_else_is():
    kept = sorted(path.stem for path in (ROOT / "tutorials" / "recorded").glob("*"))
    assert kept == [path.stem for path in record.LESSONS]


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, id=path.stem, marks=[pytest.mark.data] * (record.STAND_IN in path.read_text()))
        for path in record.LESSONS
    ],
)  # fmt: skip
def test_it_prints_what_was_recorded(path):
    printed = lesson(path).printed
    assert printed, "a lesson shows its numbers"
    assert not LEAKS.search(printed), "an address or a path, which is different everywhere"
    if record.STAND_IN in printed:
        pytest.skip("recorded with real data, which is not here: MINIGRAD_DATA names its folder")
    kept = record.recorded(path).read_text(encoding="utf-8")
    again = f"if it should: python -m tutorials.record {path.stem[:2]}"
    assert not (found := record.difference(kept, printed)), f"{found}\n{again}"


@every_lesson
def test_it_leaves_nothing_behind(path):
    before = dict(OPS)
    assert lesson(path).left == []
    assert before == OPS


@every_lesson
def test_it_is_quick(path):
    assert lesson(path).seconds < LONGER.get(path.stem, SECONDS)


@every_lesson
def test_it_shows_a_picture_and_steps(path):
    shown = lesson(path).shown
    pictures = [value for value in shown if isinstance(value, Picture)]
    steps = [value for value in shown if isinstance(value, Steps)]
    assert pictures, "no cell ends with view.draw(...)"
    assert steps, "no cell ends with view.step(...)"
    assert all("<svg" in picture.svg for picture in pictures)
    assert all(len(walk) > 2 for walk in steps)
    others = [value for value in shown if not isinstance(value, Picture | Steps | None)]
    assert not others, "a cell ends with a value: only a notebook would show it, so print it"


@every_lesson
def test_its_figures_have_titles_and_labels(path):
    figures = lesson(path).figures
    assert len(figures) <= 3
    for figure in figures:
        titles = [figure.get_suptitle(), *(ax.get_title() for ax in figure.axes)]
        assert any(titles), "the title is what a page says to those who do not see the figure"
        labels = [ax.get_xlabel() or ax.get_ylabel() for ax in figure.axes]
        curves = any(ax.lines for ax in figure.axes)
        assert not curves or any([*labels, figure.get_supxlabel()]), "no axis has a label"


@every_lesson
def test_it_has_the_form_of_a_lesson(path):
    source, text = path.read_text(encoding="utf-8"), prose(path)
    lines = ast.get_docstring(ast.parse(source)).splitlines()
    assert re.fullmatch("=+", lines[1]), "the title is underlined with ="
    assert len(lines[0]) <= len(lines[1]), "docutils warns of a title that is wider"
    assert len(" ".join(lines[2:])) > 100, "which question is answered, and what is known before?"
    assert titles(text)[-2:] == ["What was simplified", "Exercises"]
    assert text.count("\n 1. ") >= 1, "exercises are a numbered list"
    assert "\n 3. " in text, "three exercises"
    number, said = int(path.stem[:2]), " ".join(text.split())
    if PLACES.match(path.stem):
        assert f"minigrad tutorials {number} --exercise" in said, "how to copy the exercises"
        assert f"minigrad check {number}" in said, "how an exercise is checked"
        assert f"tutorials/solutions/{path.name}" in said, "where the answers are"
        assert f"minigrad tutorials {number + 1}" in said, "which lesson is next"
    else:
        assert f"minigrad check tutorials/exercises/{path.name}" in said, "how it is checked"
    assert source.count("\n# %%\n") >= 8
    assert "\nassert " in source, "every claim is an assert"


@every_lesson
def test_it_is_plain_english(path):
    found = [m.group() for line in prose(path).splitlines() for m in FILLERS.finditer(line)]
    assert not found
    assert not re.search(r"(?<!`)`[^`\n]+`(?!`)", re.sub(r":\w+:`[^`]*`", "", prose(path))), (
        "rST: code stands in double backticks"
    )


@every_lesson
def test_it_needs_what_its_readers_have(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    names |= {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    tops = {name.partition(".")[0] for name in names}
    assert tops <= {"minigrad", "numpy", "matplotlib", *sys.stdlib_module_names}


# ---- and these tests can fail ----


@pytest.mark.parametrize(
    ("test", "old", "new"),
    [
        (test_it_shows_a_picture_and_steps, "view.step(trace)", "steps = view.step(trace)"),
        (test_it_shows_a_picture_and_steps, "view.draw(trace, ", "picture = view.draw(trace, "),
        (test_it_shows_a_picture_and_steps, "\nview.step(trace)", "\nview.step(trace)\n# %%\nx"),
        (test_its_figures_have_titles_and_labels, 'title="Twelve updates', 'label="Twelve updates'),
        (test_its_figures_have_titles_and_labels, 'xlabel="update", ylabel="x"', ""),
        (test_it_has_the_form_of_a_lesson, "==\n", "\n"),
        (test_it_has_the_form_of_a_lesson, "# What was simplified", "# What was left out"),
        (test_it_has_the_form_of_a_lesson, "minigrad check 2", "minigrad test 2"),
        (test_it_has_the_form_of_a_lesson, "\n# 3. ", "\n# "),
        (test_it_has_the_form_of_a_lesson, "assert ", "0, "),
        (test_it_is_plain_english, "# The picture is", "# Obviously the picture is"),
        (test_it_is_plain_english, "# The picture is", "# Look! The picture is"),
        (test_it_is_plain_english, "``y = (x + w) * x``", "`y = (x + w) * x`"),
        (test_it_needs_what_its_readers_have, "import minigrad as mg", "import torch, minigrad as mg"),
    ],
)  # fmt: skip
def test_a_lesson_that_lacks_something_is_found(test, old, new, tmp_path):
    right = (ROOT / "tutorials" / "02_chain_rule.py").read_text(encoding="utf-8")
    assert old in right
    path = tmp_path / "02_chain_rule.py"
    path.write_text(right, encoding="utf-8")
    test(path)
    lesson.cache_clear()
    path.write_text(right.replace(old, new), encoding="utf-8")
    with pytest.raises(AssertionError):
        test(path)
    lesson.cache_clear()


FORM = '''"""
Title
=====

{about}
"""
# %%
print("x is", 0.5)
'''


def made(tmp_path, source):
    path = tmp_path / "15_made.py"
    path.write_text(source)
    return record.run(path)


def test_a_lesson_runs_cell_by_cell_in_a_module_of_its_own(tmp_path):
    result = made(
        tmp_path,
        "import sys\nx = 1\nx + 1\n# %%\nassert __name__ == '__main__'\nsys.modules['__main__'].x\n"
        "# %%\nprint(x)",
    )
    assert result.shown == [2, 1, None]
    assert result.printed == "1\n"


@pytest.mark.parametrize(
    ("source", "error"),
    [("import warnings; warnings.warn('w')", UserWarning), ("assert 1 == 2", AssertionError)],
)
def test_a_warning_or_a_broken_claim_fails(tmp_path, source, error):
    with pytest.raises(error):
        made(tmp_path, source)


def test_what_a_lesson_changes_is_put_back(tmp_path):
    ops, path, cwd = dict(OPS), sys.path[:], Path.cwd()
    source = """
import os, sys
import numpy as np
from minigrad import OPS, op
from minigrad.domain import Case

np.set_printoptions(precision=2)
sys.path.append("nowhere")
open("left.txt", "w").close()

@op(cases=lambda draw: Case((draw.array((3,)),)), rejects=[])
def doubled(x):
    return 2 * x

doubled.vjp(lambda g, out, x: 2 * g)
assert "doubled" in OPS
"""
    import numpy as np

    precision = np.get_printoptions()["precision"]
    assert made(tmp_path, source).left == ["left.txt"]
    assert (ops, path, cwd) == (dict(OPS), sys.path, Path.cwd())
    assert np.get_printoptions()["precision"] == precision


@pytest.mark.parametrize(
    ("wanted", "got", "same"),
    [
        ("loss 0.125", "loss 0.126", True),
        ("loss 0.125", "loss 0.127", False),
        ("loss 1.25e-08", "loss 1.26e-08", True),
        ("loss 1.25e-08", "loss 1.27e-08", False),
        ("-0.00 and 3.1", "0.00 and 3.2", True),
        ("shape (3, 4)", "shape (3, 5)", False),
        ("loss 0.125", "cost 0.125", False),
        ("[0.1 0.2]", "[0.1  0.2]", False),
        ("inf", "nan", False),
        ("1\n2", "1", False),
        ("10000000000000001", "10000000000000002", False),
    ],
)
def test_numbers_may_differ_in_their_last_digit(wanted, got, same):
    assert (record.difference(wanted, got) == "") == same


def test_a_record_is_written_and_what_changed_is_said(tmp_path, monkeypatch, capsys):
    path = tmp_path / "15_made.py"
    path.write_text(FORM)
    monkeypatch.setattr(record, "LESSONS", [path])
    for said in ("new", "as before"):
        assert record.main([]) == 0
        assert f"15_made: {said}, " in capsys.readouterr().out
    assert record.recorded(path).read_text() == "x is 0.5\n"
    for value, said in (("0.75", "15_made: changed, "), ("0.76", "15_made: other last digits, ")):
        path.write_text(FORM.replace("0.5", value))
        assert record.main(["15"]) == 0
        out = capsys.readouterr().out
        assert said in out
        assert ("-x is 0.5\n+x is 0.75\n" in out) == (value == "0.75")
        assert record.recorded(path).read_text() == f"x is {value}\n"
    path.write_text(FORM.replace('"x is"', f'"digits {record.STAND_IN} x:"'))
    assert record.main(["15"]) == 1
    assert "15_made: not recorded" in capsys.readouterr().err
    assert record.recorded(path).read_text() == "x is 0.76\n"
    assert record.main(["16"]) == 2
    assert capsys.readouterr().err == "tutorials.record: there is no lesson 16: 15\n"
