"""Mistakes of hand-written backward passes, restated from public code, are located at their lines."""

import pytest

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
    found = program.claimed(
        module.f, module.backward, *program.draw(*shapes, seed=5), upstream=False
    )
    assert program.lines(found) == program.wrong(module)
