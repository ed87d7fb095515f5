"""The first wrong line of a backward function: planted bugs, and mistakes restated from public code."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from minigrad import check
from minigrad.check.given import input_names
from minigrad.check.locate import locate
from minigrad.check.subject import Subject


@pytest.fixture
def program(tmp_path):
    """program(text): a module whose file has this text."""
    made = []

    def load(text):
        path = tmp_path / f"student_{len(made)}.py"
        path.write_text("import numpy as np\n" + text.lstrip("\n"), encoding="utf-8")
        spec = importlib.util.spec_from_file_location(path.stem, path)
        module = importlib.util.module_from_spec(spec)
        made.append(sys.modules.setdefault(path.stem, module))
        spec.loader.exec_module(module)
        return module

    yield load
    for module in made:
        sys.modules.pop(module.__name__, None)


def draw(*shapes, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=shape) for shape in shapes]


def claimed(f, backward, *inputs, upstream=True):
    """What is to be located: a function, and its gradients as somebody wrote them."""
    pull = backward if upstream else (lambda v, *xs: backward(*xs))
    xs = tuple(np.asarray(x, float) for x in inputs)
    return Subject(
        "f", f, pull, xs, input_names(f, len(xs), None),
        upstream=upstream, functions=((f, "f"), (backward, "backward")),
    )  # fmt: skip


def lines(located):
    """The located lines; each of them is proven."""
    assert all(place.proven for place in located.locations)
    return [place.line for place in located.locations]


def line_of(module, mark="# wrong"):
    text = Path(module.__file__).read_text(encoding="utf-8").splitlines()
    return [k for k, line in enumerate(text, 1) if mark in line]


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
    return module, claimed(
        module.f, module.backward, *draw((5, 4), (5, 1), (3, 5), (3, 1)), upstream=False
    )


@pytest.mark.parametrize("bug", BUGS)
def test_planted_bug_is_found_at_its_line(program, bug):
    module, subject = two_layers(program, bug)
    assert lines(locate(subject)) == line_of(module)


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
    inputs = draw((5, 4), (5, 1), (3, 5), (3, 1))
    found = locate(claimed(module.f, module.backward, *inputs, upstream=False))
    assert sorted(lines(found)) == line_of(module)


# ---- in the styles in which people write ----


def test_lambda(program):
    module = program(
        """
f = lambda x, w: np.tanh(x * w)
backward = lambda g, x, w: (g * (1 - np.tanh(x * w) ** 2) * w, g * (1 + np.tanh(x * w) ** 2) * x)
"""
    )
    (place,) = locate(claimed(module.f, module.backward, *draw(4, 4))).locations
    assert place.line == 3
    assert place.gradients == ("w",)


def test_closure(program):
    module = program(
        """
def layer(scale):
    def f(x):
        return np.sin(scale * x)

    def backward(g, x):
        cosine = np.cos(scale * x)
        return g * cosine / scale  # wrong

    return f, backward
"""
    )
    assert lines(locate(claimed(*module.layer(3.0), *draw(4)))) == line_of(module)


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


def test_method_that_keeps_caches(program):
    module = program(CLASS)
    layer = module.Layer()
    subject = claimed(layer.forward, layer.backward, *draw((5, 3), (3, 3)))
    subject.pull = lambda g, x, w: layer.backward(g)
    assert lines(locate(subject)) == line_of(module)


def test_parameters_in_dicts_and_lists(program):
    module = program(
        """
X = np.random.default_rng(2).normal(size=(5, 3))

def run(p, layers):
    A = [X]
    for W in layers:
        A.append(np.tanh(A[-1] @ W))
    return A, A[-1] @ p["out"]

def f(W1, W2, out):
    return np.sum(run({"out": out}, [W1, W2])[1] ** 2)

def backward(W1, W2, out):
    layers, p, grads = [W1, W2], {"out": out}, {}
    A, S = run(p, layers)
    grads["out"] = A[-1].T @ (2 * S)
    D = 2 * S @ out.T
    for k in reversed(range(2)):
        D = D * (1 - A[k] ** 2)  # wrong
        grads[k] = A[k].T @ D
        D = D @ layers[k].T
    return grads[0], grads[1], grads["out"]
"""
    )
    inputs = draw((3, 3), (3, 3), (3, 2))
    found = locate(claimed(module.f, module.backward, *inputs, upstream=False))
    assert lines(found) == line_of(module)


RECURRENT = """
xs = np.random.default_rng(3).normal(size=(4, 3))

def run(U, W):
    hs = [np.zeros(2)]
    for x in xs:
        hs.append(np.tanh(U @ x + W @ hs[-1]))
    return hs

def f(U, W):
    return np.sum(run(U, W)[-1] ** 2)

def backward(U, W):
    hs = run(U, W)
    dU, dW = np.zeros_like(U), np.zeros_like(W)
    dh = 2 * hs[-1]
    for t in reversed(range(len(xs))):
        da = dh * (1 - hs[t + 1] ** 2)
        dU += np.outer(da, xs[t])
        dW += np.outer(da, hs[t])
        dh = W.T @ da
    return dU, dW
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("1 - hs[t + 1] ** 2", "1 - hs[t] ** 2"),
        ("dU += np.outer", "dU = np.outer"),
        ("W.T @ da", "W @ da"),
        ("reversed(range(len(xs))):", "reversed(range(1, len(xs))):"),
    ],
)
def test_loop_over_time(program, old, new):
    text = "\n".join(
        line.replace(old, new) + "  # wrong" if old in line else line
        for line in RECURRENT.splitlines()
    )
    module = program(text)
    found = locate(claimed(module.f, module.backward, *draw((2, 3), (2, 2)), upstream=False))
    assert lines(found) == line_of(module)


def test_loop_over_windows_with_writes_in_place(program):
    module = program(
        """
def f(x, w):
    out = np.zeros((3, 3))
    for i in range(3):
        for j in range(3):
            out[i, j] = np.sum(x[i : i + 2, j : j + 2] * w)
    return out

def backward(g, x, w):
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    for i in range(3):
        for j in range(3):
            dw += g[i, j] * x[i : i + 2, j : j + 2]
            dx[i : i + 2, j : j + 2] = g[i, j] * w  # wrong
    return dx, dw
"""
    )
    assert lines(locate(claimed(module.f, module.backward, *draw((4, 4), (2, 2))))) == line_of(
        module
    )


# ---- what is left behind ----


def test_objects_arrays_and_globals_are_as_they_were(program):
    module = program(CLASS + "\ncount = 0\n\ndef tick():\n    global count\n    count += 1\n")
    layer = module.Layer()
    x, w = draw((5, 3), (3, 3))
    layer.forward(x, w)
    before, history = dict(vars(layer)), list(layer.calls)

    def f(x, w):
        module.tick()
        np.random.random()
        return layer.forward(x, w)

    subject = claimed(f, layer.backward, x, w)
    subject.pull = lambda g, x, w: layer.backward(g)
    codes = [each.__code__ for each in (f, module.Layer.forward, module.Layer.backward)]
    state = np.random.get_state()[1].copy()
    assert lines(locate(subject)) == line_of(module)
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
    located = locate(claimed(module.f, module.backward, *draw(3)))
    assert not located.locations
    assert "cannot be run again: ValueError: enough" in located.reason
    assert module.calls == []
    assert module.f.__code__ is code


def test_nothing_is_printed(program, capsys):
    module = program(
        "def f(x):\n    print(x)\n    return x\n\ndef backward(g, x):\n    return 2 * g\n"
    )
    assert lines(locate(claimed(module.f, module.backward, *draw(3)))) == [7]
    assert capsys.readouterr().out == ""


# ---- where it cannot be done ----


def test_functions_made_by_exec_have_a_reason():
    space = {}
    exec("def f(x):\n    return x\n\ndef backward(g, x):\n    return 2 * g\n", space)
    located = locate(claimed(space["f"], space["backward"], *draw(3)))
    assert located.reason == "the source of <string> cannot be read"


def test_source_that_has_changed_has_a_reason(program):
    module = program("def f(x):\n    return x\n\ndef backward(g, x):\n    return 2 * g\n")
    Path(module.__file__).write_text("import numpy as np\n\n\n\n", encoding="utf-8")
    assert "has changed" in locate(claimed(module.f, module.backward, *draw(3))).reason


def test_functions_of_a_library_have_a_reason():
    located = locate(claimed(np.sin, np.cos, *draw(3), upstream=False))
    assert "not written in Python" in located.reason


def test_budget_of_calls(program):
    _, subject = two_layers(program, "sign")
    assert "within 50 calls" in locate(subject, calls=50).reason


# ---- reports and the command ----


def test_report_says_where(program):
    module, subject = two_layers(program, "mask the other way")
    report = check.loss_gradient(module.f, module.backward, *subject.inputs)
    assert [place.line for place in report.where] == line_of(module)
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


def test_nothing_is_run_before_it_is_asked_for(program):
    module, subject = two_layers(program, "sign")
    report = check.loss_gradient(module.f, module.backward, *subject.inputs)
    assert "located" not in vars(report)


# ---- mistakes restated from public code ----


PUBLIC = {
    "two factors in a dict": (
        """
X = np.random.default_rng(0).normal(size=(4, 3))

def forward(p):
    a = np.tanh(p["W1"] @ X + p["b1"])
    return a, p["W2"] @ a

def f(W1, b1, W2):
    return np.sum(forward({"W1": W1, "b1": b1, "W2": W2})[1] ** 2) / 3

def gradients(p):
    a, y = forward(p)
    d2 = 2 * y / 3
    d1 = (p["W2"].T @ d2) * (1 - a**2)
    return {
        "W1": d1 @ X.T,
        "b1": 4 * d1.sum(axis=1, keepdims=True),  # wrong
        "W2": 2 * d2 @ a.T,  # wrong
    }

def backward(W1, b1, W2):
    p = {"W1": W1, "b1": b1, "W2": W2}
    return [gradients(p)[name] for name in p]
""",
        [(5, 4), (5, 1), (2, 5)],
    ),
    "softmax without the other elements": (
        """
x, target = np.array([0.3, -1.0, 0.8, 0.5]), np.array([0.0, 1.0, 0.0])

def forward(W1, W2):
    a = 1 / (1 + np.exp(-W1 @ x))
    e = np.exp(W2 @ a)
    return a, e / e.sum()

def f(W1, W2):
    return np.mean((forward(W1, W2)[1] - target) ** 2)

def backward(W1, W2):
    a, y = forward(W1, W2)
    d2 = 2 * (y - target) / 3 * y * (1 - y)  # wrong
    d1 = (W2.T @ d2) * a * (1 - a)
    return np.outer(d1, x), np.outer(d2, a)
""",
        [(5, 4), (3, 5)],
    ),
    "pooling that returns in its loop": (
        """
def f(x):
    return np.array([[x[i : i + 2, j : j + 2].max() for j in (0, 2)] for i in (0, 2)]).sum()

def backward(x):
    dx = np.zeros_like(x)
    for i in (0, 2):
        for j in (0, 2):
            window = x[i : i + 2, j : j + 2]
            dx[i : i + 2, j : j + 2] = window == window.max()
            return dx  # wrong
    return dx
""",
        [(4, 4)],
    ),
    "softmax layer": (
        """
def f(x):
    e = np.exp(x)
    return np.sum(np.arange(4) * e / np.sum(e))

def backward(x):
    return np.arange(4) * np.exp(x)  # wrong
""",
        [(4,)],
    ),
    "half of the penalty, loss and gradient in one function": (
        """
X, y = np.random.default_rng(8).normal(size=(5, 4)), [0, 2, 1, 2, 0]

def both(W):
    loss, dW = 0.0, np.zeros(W.shape)
    for i in range(5):
        scores = X[i] @ W
        for j in range(3):
            margin = scores[j] - scores[y[i]] + 1
            if j != y[i] and margin > 0:
                loss += margin
                dW[:, j] += X[i]
                dW[:, y[i]] -= X[i]
    dW = dW / 5 + 0.1 * W  # wrong
    return loss / 5 + 0.1 * np.sum(W * W), dW

f = lambda W: both(W)[0]
backward = lambda W: both(W)[1]
""",
        [(4, 3)],
    ),
    "dropout without its mask": (
        """
mask = np.random.default_rng(3).random((4, 5)) > 0.4

def f(x):
    return np.sum(np.sin(x * mask / 0.6))

def backward(x):
    g = np.cos(x * mask / 0.6)
    return g / 0.6  # wrong
""",
        [(4, 5)],
    ),
    "targets in a column": (
        """
X, y = np.random.default_rng(13).normal(size=(6, 3)), np.random.default_rng(14).normal(size=(6, 1))

def f(w, b):
    return np.mean((X @ w + b - y) ** 2)

def backward(w, b):
    error = X @ w + b - y  # wrong
    return 2 / 6 * X.T @ error, 2 / 6 * np.sum(error)
""",
        [(3,), ()],
    ),
    "a bias that is never added up": (
        """
inputs, targets = [0, 2, 1, 2], [2, 1, 2, 0]

def forward(U, W, V, c):
    hs, ps = {-1: np.zeros((4, 1))}, {}
    for t, k in enumerate(inputs):
        hs[t] = np.tanh(U[:, [k]] + W @ hs[t - 1])
        e = np.exp(V @ hs[t] + c)
        ps[t] = e / e.sum()
    return sum(-np.log(ps[t][k, 0]) for t, k in enumerate(targets)), hs, ps

def f(U, W, V, c):
    return forward(U, W, V, c)[0]

def backward(U, W, V, c):
    (_, hs, ps), (dU, dW, dV, dc) = forward(U, W, V, c), (0 * p for p in (U, W, V, c))
    later = 0
    for t in reversed(range(len(inputs))):
        dy = ps[t] - np.eye(3)[:, [targets[t]]]
        dV, dc = dV + dy @ hs[t].T, dc + dc  # wrong
        d = (V.T @ dy + later) * (1 - hs[t] ** 2)
        dU[:, [inputs[t]]] += d
        dW, later = dW + d @ hs[t - 1].T, W.T @ d
    return [np.clip(d, -50, 50) for d in (dU, dW, dV, dc)]
""",
        [(4, 3), (4, 4), (3, 4), (3, 1)],
    ),
    "small weights": (
        """
X, Y = np.random.default_rng(22).normal(size=(5, 4)), np.eye(3)[[0, 1, 2, 2, 1]]

def forward(W1, W2):
    h = np.maximum(0, X @ (0.01 * W1))
    e = np.exp(h @ (0.01 * W2))
    return h, e / e.sum(axis=1, keepdims=True)

def f(W1, W2):
    return -np.sum(Y * np.log(forward(W1, W2)[1])) / 5

def backward(W1, W2):
    h, p = forward(W1, W2)
    d = (p - Y) / 5 * 0.01
    hidden = (d @ W2.T) * (h > 0) * 0.01
    return -X.T @ hidden, h.T @ d  # wrong
""",
        [(4, 6), (6, 3)],
    ),
}


@pytest.mark.parametrize("case", PUBLIC)
def test_public_mistake_is_found_at_its_line(program, case):
    text, shapes = PUBLIC[case]
    module = program(text)
    found = locate(claimed(module.f, module.backward, *draw(*shapes, seed=5), upstream=False))
    assert sorted(lines(found)) == line_of(module)
