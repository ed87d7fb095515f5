"""The first wrong line of a backward function: planted bugs, what is left behind, and reports."""

import pickle
from pathlib import Path

import numpy as np
import pytest

from minigrad import check
from minigrad.check.locate import locate
from minigrad.cli import main

TWO_LAYERS = """
X, Y = np.random.default_rng(1).normal(size=(4, 6)), np.eye(3)[[0, 1, 2, 0, 1, 2]].T

def forward(W1, b1, W2, b2):
    Z = W1 @ X + b1
    H = np.maximum(0, Z)
    S = W2 @ H + b2
    E = np.exp(S)
    return Z, H, E / E.sum(axis=0)

def f(W1, b1, W2, b2):
    return -np.sum(Y * np.log(forward(W1, b1, W2, b2)[2])) / Y.shape[1]

def backward(W1, b1, W2, b2):
    Z, H, P = forward(W1, b1, W2, b2)
    n = Y.shape[1]
    G = P - Y
    dW2 = G @ H.T / n
    db2 = G.sum(axis=1, keepdims=True) / n
    G = W2.T @ G
    G = G * (Z > 0)
    dW1 = G @ X.T / n
    db1 = G.sum(axis=1, keepdims=True) / n
    return dW1, db1, dW2, db2
"""

BUGS = {
    "mask the other way": ("G * (Z > 0)", "G * (Z < 0)"),
    "no mask": ("G = G * (Z > 0)", "G = G * 1"),
    "sign": ("G = P - Y", "G = Y - P"),
    "transpose": ("dW1 = G @ X.T / n", "dW1 = (X @ G.T) / n"),
    "factor": ("dW2 = G @ H.T / n", "dW2 = 2 * G @ H.T / n"),
    "no mean": ("dW1 = G @ X.T / n", "dW1 = G @ X.T"),
    "axis": ("db1 = G.sum(axis=1, keepdims=True)", "db1 = G.sum(axis=0, keepdims=True)"),
    "another variable": ("dW2 = G @ H.T / n", "dW2 = G @ Z.T / n"),
    "wrong recomputation": ("G * (Z > 0)", "G * (np.maximum(0, W1 @ X) > 0)"),
    "the result of another": ("return dW1, db1, dW2, db2", "return dW1, db1, dW2, db2.T"),
}


def two_layers(program, bug=None):
    old, new = BUGS[bug] if bug else ("\n", "\n")
    assert old in TWO_LAYERS
    module = program(TWO_LAYERS.replace(old, f"{new}  # wrong" if bug else new))
    return module, program.claimed(
        module.f, module.backward, *program.draw((5, 4), (5, 1), (3, 5), (3, 1)), upstream=False
    )


@pytest.mark.parametrize("bug", BUGS)
def test_planted_bug_is_found_at_its_line(program, bug):
    module, subject = two_layers(program, bug)
    assert program.lines(subject) == program.wrong(module)


def test_correct_gradient_has_no_location(program):
    _, subject = two_layers(program)
    located = locate(subject)
    assert not located.locations
    assert located.reason == "no gradient is wrong by enough to be located"


def test_location_says_what_is_there_and_what_is_needed(program):
    module, subject = two_layers(program, "mask the other way")
    (place,) = locate(subject).locations
    assert str(place) == f"{module.__file__}:{place.line}: Z < 0"
    assert (place.gradients, place.function) == (("W1", "b1"), "backward")
    assert place.remedy == "Z > 0"
    assert place.needed == "6 * df/dZ (Z: line 5)"
    z, _, p = module.forward(*subject.inputs)
    g = subject.inputs[2].T @ (p - module.Y)
    assert np.allclose(place.value, g * (z < 0))
    assert np.allclose(place.target, g * (z > 0), atol=1e-6)


def test_two_bugs_are_both_found(program):
    module = program(
        TWO_LAYERS.replace("dW1 = G @ X.T / n", "dW1 = -G @ X.T / n  # wrong").replace(
            "dW2 = G @ H.T / n", "dW2 = G @ H.T / n**2  # wrong"
        )
    )
    inputs = program.draw((5, 4), (5, 1), (3, 5), (3, 1))
    found = program.claimed(module.f, module.backward, *inputs, upstream=False)
    assert program.lines(found) == program.wrong(module)


# ---- what is left behind ----


CLASS = """
class Layer:
    def __init__(self):
        self.calls = []

    def forward(self, x, w):
        self.x, self.w = x, w
        self.calls.append(1)
        return x @ w

    def backward(self, g):
        self.dw = self.x.T @ g
        self.dx = g @ self.w  # wrong
        return self.dx, self.dw
"""


def test_objects_arrays_and_globals_are_as_they_were(program):
    module = program(CLASS + "\ncount = 0\n\ndef tick():\n    global count\n    count += 1\n")
    layer = module.Layer()
    x, w = program.draw((5, 3), (3, 3))
    layer.forward(x, w)
    before, history = dict(vars(layer)), list(layer.calls)

    def f(x, w):
        module.tick()
        np.random.random()
        return layer.forward(x, w)

    subject = program.claimed(f, layer.backward, x, w)
    subject.pull = lambda g, x, w: layer.backward(g)
    codes = [each.__code__ for each in (f, module.Layer.forward, module.Layer.backward)]
    state = np.random.get_state()[1].copy()
    assert program.lines(subject) == program.wrong(module)
    assert vars(layer).keys() == before.keys()
    assert all(vars(layer)[name] is before[name] for name in before)
    assert layer.calls == history
    assert module.count == 0
    assert [each.__code__ for each in (f, module.Layer.forward, module.Layer.backward)] == codes
    assert np.array_equal(np.random.get_state()[1], state)
    assert "__minigrad_probe__" not in vars(module)


def test_state_is_restored_after_an_error(program):
    module = program(
        """
calls = []

def f(x):
    calls.append(len(calls))
    if len(calls) > 3:
        raise ValueError("enough")
    return x

def backward(g, x):
    return 2 * g
"""
    )
    code = module.f.__code__
    located = locate(program.claimed(module.f, module.backward, *program.draw(3)))
    assert not located.locations
    assert "cannot be run again: ValueError: enough" in located.reason
    assert module.calls == []
    assert module.f.__code__ is code


def test_nothing_is_printed(program, capsys):
    module = program(
        "def f(x):\n    print(x)\n    return x\n\ndef backward(g, x):\n    return 2 * g\n"
    )
    assert program.lines(program.claimed(module.f, module.backward, *program.draw(3))) == [7]
    assert capsys.readouterr().out == ""


# ---- where it cannot be done ----


def test_functions_made_by_exec_have_a_reason(program):
    space = {}
    exec("def f(x):\n    return x\n\ndef backward(g, x):\n    return 2 * g\n", space)
    located = locate(program.claimed(space["f"], space["backward"], *program.draw(3)))
    assert located.reason == "the source of <string> cannot be read"


def test_source_that_has_changed_has_a_reason(program):
    module = program("def f(x):\n    return x\n\ndef backward(g, x):\n    return 2 * g\n")
    Path(module.__file__).write_text("import numpy as np\n\n\n\n", encoding="utf-8")
    assert (
        "has changed" in locate(program.claimed(module.f, module.backward, *program.draw(3))).reason
    )


def test_functions_of_a_library_have_a_reason(program):
    located = locate(program.claimed(np.sin, np.cos, *program.draw(3), upstream=False))
    assert "not written in Python" in located.reason


def test_budget_of_calls(program):
    _, subject = two_layers(program, "sign")
    assert "within 50 calls" in locate(subject, calls=50).reason


# ---- reports and the command ----


def test_report_says_where(program):
    module, subject = two_layers(program, "mask the other way")
    report = check.loss_gradient(module.f, module.backward, *subject.inputs)
    assert [place.line for place in report.where] == program.wrong(module)
    assert report.where_reason == ""
    said = report.format_where()
    assert "<- first wrong line" in said
    assert "Write Z > 0 in place of Z < 0." in said
    assert "the gradients of W1 and b1 are correct" in said


def test_annotation_of_a_correct_gradient(program):
    module, subject = two_layers(program)
    report = check.loss_gradient(module.f, module.backward, *subject.inputs)
    assert report.where == ()
    assert report.where_reason == "no gradient is wrong"
    said = report.annotated().splitlines()
    assert any(line.endswith("df/dW1") and "dW1 =" in line for line in said)
    assert any("G = P - Y" in line and line.endswith("6 * df/dS (S: line 7)") for line in said)
    assert any("G = W2.T @ G" in line and line.endswith("6 * df/dH (H: line 6)") for line in said)


def test_report_can_be_pickled(program):
    module, subject = two_layers(program, "sign")
    report = check.loss_gradient(module.f, module.backward, *subject.inputs)
    assert report.where
    copy = pickle.loads(pickle.dumps(report))
    assert str(copy) == str(report)
    assert [place.line for place in copy.where] == program.wrong(module)


def test_nothing_is_run_before_it_is_asked_for(program):
    module, subject = two_layers(program, "sign")
    report = check.loss_gradient(module.f, module.backward, *subject.inputs)
    assert "located" not in vars(report)


def test_command_shows_the_first_wrong_line(program, capsys):
    module = program(
        """
def waves(x):
    return np.sin(2 * x)

def waves_backward(g, x):
    inner = np.cos(2 * x)
    return g * inner
"""
    )
    assert main(["check", f"{module.__file__}:waves", "--annotate"]) == 1
    said = capsys.readouterr().out
    assert "<- first wrong line" in said
    assert "Proof: with" in said
    assert "def waves_backward(g, x):" in said


def test_command_annotates_a_correct_gradient(program, capsys):
    module = program("def f(x):\n    return x**2\n\ndef f_backward(g, x):\n    return 2 * g * x\n")
    assert main(["check", f"{module.__file__}:f", "--annotate"]) == 0
    assert "return 2 * g * x  dL/dx" in capsys.readouterr().out
