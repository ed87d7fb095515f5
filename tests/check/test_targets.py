"""What stands beside a function and states its gradient, and what is not written yet."""

from __future__ import annotations

import re
import sys

import pytest

from minigrad import OPS
from minigrad.cli import main

EXERCISES = '''
import numpy as np
from minigrad import nn, op
from minigrad.domain import Case

def squares(x):
    return np.sum(x * x)

def squares_gradient(x):
    return 2 * x

def difference(p, t):
    return np.mean((p - t) ** 2)

def difference_gradient(p, t):
    return {"t": 2 * (t - p) / p.size, "p": 2 * (p - t) / p.size}

def cube(x):
    return x**3

def cube_derivative(x):
    return 3 * x**2

def of_the_mean(p):
    return np.mean(p**2)

def of_the_mean_gradient(p):
    return 2 * p

def exp(x):
    return np.exp(x)

def exp_derivative(x):
    return -np.exp(x)

def labelled(z, labels):
    return -np.sum(z[np.arange(len(z)), labels] ** 3)

def labelled_gradient(z, labels):
    g = np.zeros_like(z)
    g[np.arange(len(z)), labels] = 3 * z[np.arange(len(z)), labels] ** 2
    return g

def labelled_cases(draw):
    return Case((draw.array((3, 4)), np.array([0, 2, 1])))

def many(x):
    return x * x

def many_gradient(x):
    return 2 * x

def many_cases(draw):
    return Case((draw.array((3,)),))

def of_one_shape(x):
    return x * x

def of_one_shape_derivative(x):
    return np.sum(2 * x)

def words(x):
    return np.sum(x)

def words_gradient(x):
    return "one"

def both(x):
    return np.sum(x)

def both_backward(g, x):
    return g * np.ones_like(x)

def both_gradient(x):
    return np.ones_like(x)

def to_do(x):
    return x * x

def to_do_backward(g, x):
    raise NotImplementedError("""g times the slope
    of x * x, in [brackets]""")

def to_do_forwards(x):
    raise NotImplementedError("first the forward pass")

def to_do_forwards_derivative(x):
    raise NotImplementedError("then its slope")

def to_do_at_cases(x):
    return np.sum(x)

def to_do_at_cases_gradient(x):
    raise NotImplementedError

def to_do_at_cases_cases(draw):
    return Case((draw.array((3,)),))

class ToDo(nn.Module):
    def forward(self, x):
        raise NotImplementedError("what the layer does")
'''

OPERATION = """
from minigrad import op
from minigrad.domain import REAL, elementwise

@op(cases=elementwise(REAL), rejects=[])
def doubled(x):
    return 2 * x

doubled.vjp(lambda g, out, x: 2 * g)
"""

UNWRITTEN = ["to_do", "to_do_forwards", "to_do_at_cases", "ToDo"]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    (tmp_path / "exercises_of_checks.py").write_text(EXERCISES, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(sys, "path", sys.path[:])
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if name.endswith(".py"):
            del sys.modules[name]


def checked(capsys, name, *options):
    code = main(["check", f"exercises_of_checks.py:{name}", *options])
    return code, capsys.readouterr()


@pytest.mark.parametrize("name", ["squares", "difference", "cube"])
def test_a_gradient_and_a_derivative_that_are_right(name, capsys):
    code, said = checked(capsys, name)
    assert code == 0, said
    assert "1 checked at 6 cases" in said.out
    assert re.search(rf"{name} .* correct", said.out)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("of_the_mean", "of_the_mean_gradient, the gradient of of_the_mean: WRONG"),
        ("of_the_mean", r"elements of p \(12\) times too large"),
        ("exp", "exp_derivative, the derivative of exp: WRONG"),
        ("exp", "has the wrong sign"),
        ("exp", r"claimed = \(g \* exp_derivative\(x\)\)\[i\]"),
        ("labelled", "has the wrong sign"),
        ("many", r"many returns shape \(3,\), and many_gradient states the gradient of one number: "
                 r"return a number, or write many_backward\(g, \.\.\.\) instead"),
        ("of_one_shape", r"the gradient of x has shape \(\), and x has shape \(3, 4\)"),
        ("words", "the gradient of x is of dtype <U3; needed: floats"),
    ],
)  # fmt: skip
def test_a_gradient_and_a_derivative_that_are_wrong(name, words, capsys):
    code, said = checked(capsys, name)
    assert code == 1
    assert "1 wrong" in said.out
    assert re.search(words, " ".join(said.out.split())), said.out


@pytest.mark.parametrize("path", ["exercises_of_checks.py", "2_apart/02-exercises.py", "numpy.py"])
def test_what_shows_a_wrong_gradient_runs(path, capsys, folder):
    """The lines that are printed say what they promise to say, wherever the file is and whatever its name."""
    (folder / "2_apart").mkdir()
    (folder / path).write_text(EXERCISES, encoding="utf-8")
    assert main(["check", f"{path}:of_the_mean"]) == 1
    lines = capsys.readouterr().out.split("This shows it:")[1].splitlines()
    program = "\n".join(line.strip() for line in lines if line.startswith("    "))
    assert f"here = run_path({path!r})\n" in program
    exec(program, {})
    printed, promised = capsys.readouterr().out, program.splitlines()[-1]
    claimed, slope = numbers(printed)
    assert (claimed, slope) == pytest.approx(numbers(promised), rel=1e-5)
    assert claimed == 2 * slope


def test_a_file_may_be_checked_twice(capsys, folder):
    """Its ops take the place of those that it made the first time."""
    (folder / "doubled.py").write_text(OPERATION, encoding="utf-8")
    for _ in range(2):
        assert main(["check", "doubled.py"]) == 0, capsys.readouterr()
    del OPS["doubled"]


def numbers(line):
    return tuple(float(text) for text in re.findall(r"is (-?[\d.]+\d)", line))


def test_two_statements_of_one_gradient_are_refused(capsys):
    code, said = checked(capsys, "both")
    assert code == 2
    assert said.err == (
        "minigrad check: both has both_backward and both_gradient beside it, and one of them would not be "
        "checked: keep one\n"
    )


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("to_do", "to_do: not written yet: g times the slope of x * x, in [brackets]"),
        ("to_do_forwards", "to_do_forwards: not written yet: first the forward pass"),
        ("to_do_at_cases", "to_do_at_cases: not written yet: it raises NotImplementedError"),
        ("ToDo", "ToDo: not written yet: what the layer does"),
    ],
)
def test_what_is_not_written_says_what_to_write(name, words, capsys):
    code, said = checked(capsys, name)
    assert code == 1
    assert said.err == ""
    assert words in said.out.splitlines()
    assert "1 not written" in said.out
    assert "Traceback" not in said.out


def test_the_rest_of_the_file_is_checked_all_the_same(capsys, folder):
    path = folder / "half.py"
    path.write_text(EXERCISES.replace("def both_backward", "def another"), encoding="utf-8")
    assert main(["check", "half.py", "--samples", "2"]) == 1
    out = capsys.readouterr().out
    table = out.partition("\n\n")[0].splitlines()
    rows = {line.split()[0]: line.split() for line in table}
    assert rows["squares"][-1] == rows["cube"][-1] == "correct"
    assert rows["exp"][-1] == "wrong"
    assert all(rows[name][-2:] == ["not", "written"] for name in UNWRITTEN)
    assert rows["to_do"][1:-2] == ["0", "·", "·"], "no digits of what was never called"
    assert "4 correct, 6 wrong, 4 not written" in out


def test_the_page_says_what_is_not_written(capsys, folder):
    code, _ = checked(capsys, "to_do", "--report", "page.html")
    assert code == 1
    text = (folder / "page.html").read_text(encoding="utf-8")
    assert "1 not written" in text
    assert "not written yet: g times the slope of x * x, in [brackets]" in text
    assert re.search(r'class="not written">not written<', text)
    assert "nan" not in text


def test_nothing_to_check_names_all_that_could_stand_there(capsys, folder):
    (folder / "bare.py").write_text("def f(x):\n    return x\n", encoding="utf-8")
    assert main(["check", "bare.py"]) == 2
    assert capsys.readouterr().err == (
        "minigrad check: bare.py has nothing to check: no op, no layer, and no function with "
        "`NAME_backward`, `NAME_gradient`, `NAME_derivative` or `NAME_cases` beside it\n"
    )
