"""Logistic regression with binary cross-entropy, written out step by step."""

import numpy as np

FORWARD, BACKWARD, MUTATED, UPSTREAM = "bce", "bce_gradient", ["bce_gradient"], False

data = np.random.default_rng(5)
X, t = data.normal(size=(8, 3)), data.integers(0, 2, size=8)


def inputs(rng):
    return [rng.normal(size=3), rng.normal(size=())]


def bce(w, b):
    z = X @ w + b
    p = 1.0 / (1.0 + np.exp(-z))
    return -np.mean(t * np.log(p) + (1 - t) * np.log(1 - p))


def bce_gradient(w, b):
    z = X @ w + b
    p = 1.0 / (1.0 + np.exp(-z))
    dp = -(t / p - (1 - t) / (1 - p)) / len(t)
    dz = dp * p * (1 - p)
    dw = X.T @ dz
    db = np.sum(dz)
    return dw, db
