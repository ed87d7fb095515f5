"""Every exercise says what to write, its solution is correct, and each typical mistake gets its name."""

from __future__ import annotations

import ast
import importlib.util
import inspect
import io
import re
import sys
import types
from functools import cache

import pytest
from rich.console import Console

from minigrad import OPS
from minigrad.check import command
from minigrad.check.targets import STATED, defined, from_file
from minigrad.cli import main
from tests.tutorials.mistake import Mistake
from tutorials import record

EXERCISES = record.HERE / "exercises"
SOLUTIONS = record.HERE / "solutions"
MISTAKES = record.HERE.parent / "tests" / "tutorials" / "mistakes"
NAMES = sorted(path.stem for path in EXERCISES.glob("*.py"))
WAYS = ("backward", *STATED)
QUESTIONS = ("exercise_2", "exercise_3")
"""Exercises that `minigrad check` cannot judge: the solved file prints the answer."""

every_exercise = pytest.mark.parametrize("name", NAMES)


@pytest.fixture(autouse=True)
def imports(monkeypatch):
    """The files are imported as `minigrad check` does it, and forgotten again, with the ops they define."""
    monkeypatch.setattr(sys, "path", sys.path[:])
    before, ops = set(sys.modules), dict(OPS)
    yield
    OPS.clear()
    OPS.update(ops)
    for name in set(sys.modules) - before:
        if name.endswith(".py"):
            del sys.modules[name]


def functions(path):
    """The functions that a file defines, as it writes them."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}


def to_write(name):
    """The functions that an exercise leaves to its readers."""
    return [
        function
        for function, node in functions(EXERCISES / f"{name}.py").items()
        if isinstance(node.body[-1], ast.Raise)
    ]


@cache
def mistakes(name):
    if not (MISTAKES / f"{name}.py").is_file():
        return []  # a test says so
    spec = importlib.util.spec_from_file_location(f"mistakes_{name}", MISTAKES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert all(isinstance(each, Mistake) for each in module.MISTAKES)
    return module.MISTAKES


def checked(name, capsys):
    """The exit code, the verdicts and all that `minigrad check` prints of a file."""
    code = main(["check", str(name)])
    said = capsys.readouterr()
    assert said.err == ""
    verdicts = re.findall(r"^(\w+) +\d.* (correct|wrong|undecided|not written) *$", said.out, re.M)
    return code, dict(verdicts), said.out


def test_every_lesson_has_an_exercise_and_every_exercise_a_lesson():
    lessons = [path.stem for path in record.LESSONS]
    assert lessons == NAMES
    assert sorted(path.stem for path in SOLUTIONS.glob("*.py")) == NAMES
    assert sorted(path.stem for path in MISTAKES.glob("*.py")) == NAMES


@every_exercise
def test_a_solution_is_the_exercise_with_its_functions_written(name):
    exercise, solution = functions(EXERCISES / f"{name}.py"), functions(SOLUTIONS / f"{name}.py")
    unwritten = to_write(name)
    assert unwritten
    unwritten += [function for function in exercise if function in QUESTIONS]
    assert exercise.keys() <= solution.keys()
    for function, node in exercise.items():
        written = solution[function]
        assert ast.get_docstring(node) == ast.get_docstring(written)
        assert ast.dump(node.args) == ast.dump(written.args)
        if function in unwritten:
            assert ast.get_docstring(node), "what comes in, and what must come out?"
        else:
            assert ast.dump(node) == ast.dump(written)


@every_exercise
def test_an_exercise_says_what_is_to_be_written(name, capsys):
    code, verdicts, out = checked(EXERCISES / f"{name}.py", capsys)
    assert code == 1
    assert 1 <= len(verdicts) <= 6, "one to six functions in a file"
    assert "not written" in verdicts.values()
    assert "Traceback" not in out
    said = re.findall(r"not written yet: (.*)", out)
    assert len(said) == list(verdicts.values()).count("not written")
    assert all(len(hint.split()) > 4 for hint in said), "what to do, in a sentence"


@every_exercise
def test_a_solution_is_right(name, capsys):
    code, verdicts, out = checked(SOLUTIONS / f"{name}.py", capsys)
    assert set(verdicts.values()) == {"correct"}, out
    assert code == 0


TRAINS = {("08_two_layers", 3), ("12_lenet", 2), ("12_lenet", 3), ("14_debugging", 2)}
"""Answers that train a network: several seconds each."""


@pytest.mark.parametrize(
    ("name", "number"),
    [
        pytest.param(name, k, marks=pytest.mark.slow if (name, k) in TRAINS else ())
        for name in NAMES
        for k in (2, 3)
    ],
)
@pytest.mark.filterwarnings("ignore:FigureCanvasAgg is non-interactive")
def test_exercises_2_and_3_have_a_place_and_an_answer(name, number, capsys):
    """The place is a function to be judged, or `exercise_N()`, which the solved file answers in print."""
    exercise = functions(EXERCISES / f"{name}.py")
    judged = [ast.get_docstring(exercise[function]) for function in to_write(name)]
    if any(said.startswith(f"Exercise {number}: ") for said in judged):
        return
    question, ops = f"exercise_{number}", dict(OPS)
    assert len(ast.get_docstring(exercise[question]).split()) > 5, "the question, in a sentence"
    vars(from_file(EXERCISES / f"{name}.py"))[question]()
    assert re.match(f"exercise {number} is not written yet: .+", capsys.readouterr().out)
    OPS.clear()
    OPS.update(ops)  # the solved file defines the same ones
    vars(from_file(SOLUTIONS / f"{name}.py"))[question]()
    answer = capsys.readouterr().out
    assert len(answer.split()) > 10, "the answer, in a sentence"
    assert "not written" not in answer


@every_exercise
def test_there_are_typical_mistakes_for_each_function(name):
    made = [each.name for each in mistakes(name)]
    assert len(made) >= 3
    assert set(made) == set(to_write(name))
    assert all(len(each.hint.split()) > 1 for each in mistakes(name)), (
        "one word is no name of a bug"
    )


@pytest.mark.parametrize(
    ("name", "place"),
    [(name, k) for name in NAMES for k in range(len(mistakes(name)))],
    ids=lambda x: str(x),
)
def test_a_typical_mistake_is_named(name, place):
    mistake = mistakes(name)[place]
    module = from_file(SOLUTIONS / f"{name}.py")
    correct = vars(module)[mistake.name]
    assert list(inspect.signature(correct).parameters) == list(
        inspect.signature(mistake.wrong).parameters
    ), "a student does not change what comes in"
    wrong = planted(mistake, module)
    setattr(module, mistake.name, wrong)
    judged = next(
        each
        for each in defined(module)
        if each.name in (mistake.name, stem(mistake.name)) or made_a_rule(each.op, correct, wrong)
    )
    row = judged.check(6, 0)
    out = io.StringIO()
    command.explain(row, Console(file=out, width=100))
    said = " ".join(out.getvalue().split())
    assert row.verdict == "wrong", said
    assert " ".join(mistake.hint.split()) in said, said


def planted(mistake, module):
    """The wrong function as if the student had written it in the file."""
    wrong = mistake.wrong
    names = {**wrong.__globals__, **vars(module)}
    made = types.FunctionType(
        wrong.__code__, names, mistake.name, wrong.__defaults__, wrong.__closure__
    )
    made.__kwdefaults__, made.__module__ = wrong.__kwdefaults__, module.__name__
    return made


def made_a_rule(op, correct, wrong):
    """Whether the correct function was a rule of this op; the wrong one is now."""
    if op is None or correct not in op.rules:
        return False
    op.rules = tuple(wrong if rule is correct else rule for rule in op.rules)
    return True


def stem(name):
    """The function that this one states the gradient of."""
    return re.sub(rf"_({'|'.join(WAYS)})$", "", name)
