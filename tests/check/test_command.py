"""`minigrad check` from a shell: tables, verdicts and exit codes, and one clear line for what cannot be."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import numpy as np
import pytest

from minigrad import OPS
from minigrad.cli import main

LESSON = """
import numpy as np
from minigrad import nn, tanh, log
from minigrad.domain import Case, Domain

def swish(x):
    return x / (1 + np.exp(-x))

def swish_backward(g, x):
    s = 1 / (1 + np.exp(-x))
    return g * (s + x * s * (1 - s))

def halved(x, w):
    return x @ w

def halved_backward(g, x, w):
    return g @ w.T, x.T @ g / 2

def lonely(x):
    return np.sin(x)

def of_tensors(x, w):
    return tanh(x @ w)

def root(x):
    return np.sqrt(x - 5)

def root_backward(g, x):
    return g / (2 * np.sqrt(x - 5))

def root_cases(draw):
    return Case((draw.array((3,), Domain(6.0, 8.0)),))

def hidden(x):
    return log(x - 5)

def empty(x):
    return x

def empty_cases(draw):
    return Case((np.zeros((0, 3)),))

def reversed_(x):
    return x

layer = nn.Linear(4, 3, rng=np.random.default_rng(0))
number = 3

class Small(nn.Module):
    def __init__(self, *, rng):
        self.layer = nn.Linear(4, 3, rng=rng)
        self.last = nn.Linear(3, 2, rng=rng)
    def forward(self, x):
        return self.last(tanh(self.layer(x)))

class Unknown(nn.Module):
    def __init__(self, depth):
        self.depth = depth
    def forward(self, x):
        return x
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    (tmp_path / "lesson_of_checks.py").write_text(LESSON, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    yield tmp_path
    sys.modules.pop("lesson_of_checks", None)


def test_ops_in_a_table(capsys):
    assert main(["check", "ops", "tanh", "matmul", "relu"]) == 0
    out = capsys.readouterr().out
    lines = out.splitlines()
    assert lines[0].split() == [
        "op",
        "cases",
        "digits",
        "slopes",
        "of",
        "the",
        "V",
        "kinks",
        "verdict",
    ]
    assert [line.split()[0] for line in lines[2:5]] == ["tanh", "matmul", "relu"]
    assert all(line.split()[-1] == "correct" for line in lines[2:5])
    assert "+2.00" in lines[2]
    assert "·" in lines[3], "a bilinear function has no right arm"
    assert "3 checked at 18 cases" in lines[-1]
    assert max(map(len, lines)) <= 80


def test_the_whole_register_is_right_and_fits_a_terminal(capsys):
    assert main(["check", "--samples", "1", "--seed", "3"]) == 0
    out = capsys.readouterr().out
    names = [line.split()[0] for line in out.splitlines()[2:-1]]
    assert names == list(OPS)
    assert max(map(len, out.splitlines())) <= 80
    assert f"{len(OPS)} correct" in out


def test_a_wrong_rule_is_1_and_explained(capsys, monkeypatch):
    monkeypatch.setattr(OPS["tanh"], "rules", (lambda g, out, x: -g * (1 - out * out),))
    assert main(["check", "ops", "tanh", "sin"]) == 1
    out = capsys.readouterr().out
    assert "tanh: gradient is the slope does not hold" in out
    assert "sign" in out
    assert "1 correct, 1 wrong" in out


def test_a_rule_that_breaks_another_promise_is_1(capsys, monkeypatch):
    def in_place(g, out, x):
        g *= 1 - out * out
        return g

    monkeypatch.setattr(OPS["tanh"], "rules", (in_place,))
    assert main(["check", "ops", "tanh"]) == 1
    assert "does not hold" in capsys.readouterr().out


def test_kinks_are_met_and_judged(capsys, monkeypatch):
    assert main(["check", "ops", "relu", "max", "tanh"]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()[2:5]]
    kinks = {row[0]: int(row[-2]) if row[-2].isdigit() else 0 for row in rows}
    assert kinks["relu"] > 1
    assert kinks["max"] > 0
    assert kinks["tanh"] == 0
    # 3 at the kink, where a subgradient lies between 0 and 1; correct everywhere else.
    monkeypatch.setattr(OPS["relu"], "rules", (lambda g, out, x: g * ((x > 0) + 3.0 * (x == 0)),))
    assert main(["check", "ops", "relu"]) == 1
    out = capsys.readouterr().out
    assert "relu: gradient at a kink is a subgradient does not hold" in out
    assert "WRONG at a kink" in out


@pytest.mark.parametrize(
    "what",
    [
        "lesson_of_checks:swish",
        "lesson_of_checks.py:swish",
        "lesson_of_checks:of_tensors",
        "lesson_of_checks:root",
        "lesson_of_checks:layer",
        "lesson_of_checks:Small",
        "minigrad.ops.elementary:tanh",
        "minigrad.nn.linear",
        "minigrad.nn.normalisation:BatchNorm2d",
    ],
)
def test_what_is_right_is_0(what, capsys):
    assert main(["check", what, "--samples", "3"]) == 0, capsys.readouterr()
    assert " correct" in capsys.readouterr().out


def test_a_wrong_pair_is_1_and_named(capsys):
    assert main(["check", "lesson_of_checks:halved"]) == 1
    out = capsys.readouterr().out
    assert "halved_backward" in out
    assert "1/2" in out or "half" in out


def test_numpy_by_hand_may_compute_in_double_precision(capsys, tmp_path):
    written = """
        import numpy as np

        def steps(x):
            out = np.zeros(len(x))
            out[:] = x**2
            return out

        def steps_backward(g, x):
            gx = np.zeros(x.shape)
            gx += 2 * g * x
            return gx
        """
    (tmp_path / "steps.py").write_text(textwrap.dedent(written), encoding="utf-8")
    assert main(["check", "steps.py"]) == 0, capsys.readouterr()


def test_an_op_keeps_single_precision(capsys, monkeypatch):
    monkeypatch.setattr(OPS["sin"], "forward", lambda x: np.sin(x.astype(float)))
    assert main(["check", "ops", "sin"]) == 1
    assert "float32 gives float64" in capsys.readouterr().out


def test_the_models_are_right(capsys):
    assert main(["check", "models.mlp"]) == 0
    assert "MLP" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("lesson_of_checks:lonely", "lonely has no gradient: .* no lonely_backward"),
        ("lesson_of_checks:empty", "empty: its domain is empty: none of 6 cases"),
        ("lesson_of_checks:hidden", "hidden: found no inputs .*def hidden_cases"),
        ("lesson_of_checks:number", "number is a int, and has no gradient"),
        ("lesson_of_checks:nothing", "lesson_of_checks has no 'nothing'"),
        ("lesson_of_checks:Unknown", "Unknown needs depth to be made"),
        ("minigrad.nn:Module", "Module is abstract"),
        ("nowhere.at_all", "nowhere.at_all cannot be imported: ModuleNotFoundError: No module"),
        ("nothing.py", "nothing.py: there is no such file"),
        ("broken.py", "broken.py cannot be imported: RuntimeError: two lines"),
        ("leaves.py", "leaves.py cannot be imported: SystemExit: 3"),
        ("minigrad.errors", "minigrad.errors has nothing to check"),
        ("numpy:sin", "sin has no gradient"),
    ],
)
def test_what_cannot_be_checked_is_one_line_and_2(what, words, capsys, folder):
    (folder / "broken.py").write_text('raise RuntimeError("two\\nlines")', encoding="utf-8")
    (folder / "leaves.py").write_text("raise SystemExit(3)", encoding="utf-8")
    assert main(["check", what]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("minigrad check: ")
    assert captured.err.count("\n") == 1
    import re

    assert re.search(words, captured.err), captured.err


def test_a_page_that_cannot_be_written_is_2_before_anything_is_checked(
    capsys, tmp_path, monkeypatch
):
    from minigrad.check import command

    monkeypatch.setattr(command, "followed", lambda *arguments: pytest.fail("was checked"))
    for page in (tmp_path / "nowhere" / "x.html", tmp_path):
        assert main(["check", "ops", "tanh", "--report", str(page)]) == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        assert captured.err.count("\n") == 1
        assert f"--report {page} cannot be written: " in captured.err


def test_the_table_is_printed_before_the_page_is_written(capsys, tmp_path, monkeypatch):
    from minigrad.check import page

    def broken(rows, seed):
        raise RuntimeError("no page")

    monkeypatch.setattr(page, "page", broken)
    with pytest.raises(RuntimeError, match="no page"):
        main(["check", "ops", "tanh", "--report", str(tmp_path / "x.html")])
    assert "tanh" in capsys.readouterr().out
    assert not (tmp_path / "x.html").exists()


def test_an_unknown_op_is_2_and_the_ops_are_listed(capsys):
    assert main(["check", "ops", "tan"]) == 2
    error = capsys.readouterr().err
    assert "there is no op 'tan'" in error
    assert "tanh" in error


@pytest.mark.parametrize("arguments", [["--samples", "0"], ["--seed", "x"], ["--samples", "-1"]])
def test_options_that_make_no_sense_are_2(arguments, capsys):
    assert main(["check", "ops", "tanh", *arguments]) == 2
    assert "argument" in capsys.readouterr().err


def test_the_seed_decides_the_cases(capsys):
    digits = []
    for seed in ("1", "1", "2"):
        assert main(["check", "ops", "softmax", "--seed", seed]) == 0
        digits.append(capsys.readouterr().out.splitlines()[2])
    assert digits[0] == digits[1] != digits[2]


def test_mutants_are_counted(capsys):
    assert main(["check", "ops", "tanh", "--mutants"]) == 0
    out = capsys.readouterr().out
    assert "mutants of 1 op: " in out
    assert "(100.0%)" in out
    assert main(["check", "lesson_of_checks:swish", "--mutants"]) == 2
    assert "plants bugs in the rules of ops" in capsys.readouterr().err


def test_a_surviving_mutant_is_1(capsys, monkeypatch):
    from minigrad.check import mutants

    survivor = mutants.Mutant("tanh", 0, "factor 2", "survived")
    monkeypatch.setattr(mutants, "mutants", lambda op: [survivor])
    assert main(["check", "ops", "tanh", "--mutants"]) == 1
    assert "survived: tanh, input 0: factor 2" in capsys.readouterr().out


def test_it_runs_in_the_folder_one_is_in(folder):
    command = [sys.executable, "-m", "minigrad.cli", "check", "lesson_of_checks:swish"]
    run = subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=600)
    assert run.returncode == 0, run.stderr


def test_an_op_without_rules_is_told_what_it_lacks(monkeypatch, capsys):
    """And not that its domain is empty, as it was."""
    monkeypatch.setattr(OPS["exp"], "rules", (None,))
    assert main(["check", "ops", "exp"]) == 2
    assert (
        "exp has no gradient rule: state one for each input, exp.vjp(...)"
        in capsys.readouterr().err
    )


def test_mutants_have_no_page_and_say_so(tmp_path, capsys):
    """The page that was asked for used to be left out in silence."""
    path = tmp_path / "page.html"
    assert main(["check", "ops", "tanh", "--mutants", "--report", str(path)]) == 2
    assert "--mutants draws no page" in capsys.readouterr().err
    assert not path.exists()
