"""The programs whose transcripts are kept: x used twice, a bias that is stretched, a small LeNet."""

import numpy as np

import minigrad as mg
from minigrad import nn
from minigrad.view import trace


def twice():
    def f(x, y):
        h = x * y
        out = h * x + mg.tanh(h)
        return out  # it has a name

    return trace(f, 2.0, 3.0)


def stretched():
    x = mg.Tensor(np.array([[1.0, -2.0, 0.5], [0.0, 1.5, -1.0]]))
    w = mg.Tensor(np.array([[0.5, -1.0], [1.0, 0.25], [-0.5, 2.0]]), requires_grad=True)
    b = mg.Tensor(np.array([0.25, -0.5]), requires_grad=True)
    with trace() as t:
        y = x @ w + b
        loss = (y * y).mean()
        loss.backward()
    return t


def lenet():
    rng = np.random.default_rng(0)
    model = nn.Sequential(
        nn.Conv2d(1, 2, 3, rng=rng),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(8, 3, rng=rng),
    )
    x = mg.Tensor(np.arange(72, dtype=np.float32).reshape(2, 1, 6, 6) % 7 / 7)
    target = np.array([0, 2])
    with trace() as t:
        loss = mg.cross_entropy(model(x), target)
        loss.backward()
    return t


PROGRAMS = {"twice": twice, "stretched": stretched, "lenet": lenet}
