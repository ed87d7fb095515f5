"""Bugs are located in the styles in which people write: closures, classes, loops, lambdas."""

import pytest

from minigrad.check.locate import locate


def test_lambda(program):
    module = program(
        """
f = lambda x, w: np.tanh(x * w)
backward = lambda g, x, w: (g * (1 - np.tanh(x * w) ** 2) * w, g * (1 + np.tanh(x * w) ** 2) * x)
"""
    )
    (place,) = locate(program.claimed(module.f, module.backward, *program.draw(4, 4))).locations
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
    assert program.lines(program.claimed(*module.layer(3.0), *program.draw(4))) == program.wrong(
        module
    )


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
    subject = program.claimed(layer.forward, layer.backward, *program.draw((5, 3), (3, 3)))
    subject.pull = lambda g, x, w: layer.backward(g)
    assert program.lines(subject) == program.wrong(module)


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
    inputs = program.draw((3, 3), (3, 3), (3, 2))
    found = program.claimed(module.f, module.backward, *inputs, upstream=False)
    assert program.lines(found) == program.wrong(module)


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
    found = program.claimed(
        module.f, module.backward, *program.draw((2, 3), (2, 2)), upstream=False
    )
    assert program.lines(found) == program.wrong(module)


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
    assert program.located(module, (4, 4), (2, 2), upstream=True) == program.wrong(module)
