"""A function that raises is no traceback: the error, the line, and what the function was given."""

from __future__ import annotations

import re
import sys

import numpy as np
import pytest

from minigrad.check.failures import RaisedError, lines, raised
from minigrad.check.pair import Pair, of_loss
from minigrad.cli import main
from minigrad.domain import Case
from minigrad.op import OPS

FILE = """
import numpy as np
import minigrad as mg
from minigrad.domain import Case, elementwise

def layer(x, w):
    return x @ w

def layer_backward(g, x, w):
    return g @ w, x.T @ g

def layer_cases(draw):
    return Case((draw.array((4, 3)), draw.array((3, 2))))

def misspelt(x):
    return nump.tanh(x)

def misspelt_backward(g, x):
    return g

def misspelt_cases(draw):
    return Case((draw.array((3,)),))

def square(x):
    return x * x

def square_backward(g, x):
    return 2 * g * x

@mg.op(cases=elementwise(), rejects=[])
def unwritten_rule(x):
    return np.tanh(x)

@unwritten_rule.vjp
def of_unwritten_rule(g, out, x):
    raise NotImplementedError("g times the slope")

@mg.op(cases=elementwise(), rejects=[])
def without_a_method(x):
    return x.no_such_method()

without_a_method.vjp(lambda g, out, x: g)
"""


@pytest.fixture
def said(tmp_path, monkeypatch, capsys):
    """What the command says of the file; its ops leave the register again."""
    (tmp_path / "failing.py").write_text(FILE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    ops, modules = set(OPS), set(sys.modules)
    code = main(["check", "failing.py"])
    for name in set(OPS) - ops:
        del OPS[name]
    for name in set(sys.modules) - modules:
        if "failing" in name:
            del sys.modules[name]
    assert code == 1
    return capsys.readouterr().out


def test_each_failure_is_said_in_lines_and_the_rest_is_checked(said):
    assert "Traceback" not in said
    assert (
        "layer: an error was raised:\n  layer_backward raised ValueError: matmul: Input operand 1"
        in said
    )
    assert (
        "\n  line 10 of failing.py: return g @ w, x.T @ g\n  g: (4, 2)   x: (4, 3)   w: (3, 2)\n"
        in said
    )
    assert (
        "misspelt: an error was raised:\n  misspelt raised NameError: name 'nump' is not defined\n"
        "  line 16 of failing.py: return nump.tanh(x)\n" in said
    )
    assert "unwritten_rule: not written yet: g times the slope\n" in said
    assert "without_a_method raised AttributeError" in said
    assert re.search(r"layer +1 +· +· +wrong", said), "no digits of what did not run"
    assert re.search(r"square +6 .* correct", said)
    assert "1 correct, 3 wrong, 1 not written" in said


def division(x):
    return x / (1 // 0)


def failed(function, case):
    with pytest.raises(RaisedError) as caught:
        function.pull(case, np.ones(()))
    return str(caught.value)


def test_a_gradient_that_takes_no_upstream_one_is_not_said_to_get_it():
    case = Case((np.ones((2, 3)), np.arange(2)))
    loss = of_loss(lambda x, labels: x.sum(), lambda x, labels: division(x))
    assert failed(loss, case).endswith("x: (2, 3)   labels: (2,) int64")
    pair = Pair(lambda x, labels: x.sum(), lambda g, x, labels: division(x))
    assert "\n  g: ()   x: (2, 3)   labels: (2,) int64" in failed(pair, case)


def test_the_line_is_the_last_one_that_is_the_users():
    with pytest.raises(np.linalg.LinAlgError) as caught:
        np.linalg.inv(np.zeros((2, 2)))
    (line,) = lines(caught.value)
    assert raised(caught.value) == (
        "raised LinAlgError: Singular matrix\n"
        f"  line {line.lineno} of test_failures.py: np.linalg.inv(np.zeros((2, 2)))"
    )
    assert raised(ValueError()) == "raised ValueError"


def test_the_names_of_a_bug_where_labels_are_among_the_inputs():
    def loss(z, labels):
        return -z[np.arange(len(z)), labels].mean()

    def loss_gradient(z, labels):
        return -np.eye(3)[labels]

    case = Case((np.ones((4, 3)), np.array([0, 2, 1, 1])))
    report = of_loss(loss, loss_gradient).report(case)
    assert str(report).startswith("loss_gradient, the gradient of loss: WRONG")
    assert "(4) times too large" in report.causes[0]
