"""Parameters and gradients in dicts, as in an assignment on shallow networks: tanh, then sigmoid."""

import numpy as np

FORWARD, BACKWARD, MUTATED, UPSTREAM = (
    "compute_cost",
    "compute_gradients",
    ["backward_propagation"],
    False,
)

data = np.random.default_rng(2)
X = data.normal(size=(2, 7))
Y = data.integers(0, 2, size=(1, 7)).astype(float)


def inputs(rng):
    return [rng.normal(size=s) for s in ((4, 2), (4, 1), (1, 4), (1, 1))]


def forward_propagation(parameters):
    Z1 = np.dot(parameters["W1"], X) + parameters["b1"]
    A1 = np.tanh(Z1)
    Z2 = np.dot(parameters["W2"], A1) + parameters["b2"]
    A2 = 1 / (1 + np.exp(-Z2))
    return {"Z1": Z1, "A1": A1, "Z2": Z2, "A2": A2}


def backward_propagation(parameters, cache):
    m = X.shape[1]
    A1, A2 = cache["A1"], cache["A2"]
    dZ2 = A2 - Y
    dW2 = 1 / m * np.dot(dZ2, A1.T)
    db2 = 1 / m * np.sum(dZ2, axis=1, keepdims=True)
    dZ1 = np.dot(parameters["W2"].T, dZ2) * (1 - np.power(A1, 2))
    dW1 = 1 / m * np.dot(dZ1, X.T)
    db1 = 1 / m * np.sum(dZ1, axis=1, keepdims=True)
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}


def pack(W1, b1, W2, b2):
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2}


def compute_cost(W1, b1, W2, b2):
    A2 = forward_propagation(pack(W1, b1, W2, b2))["A2"]
    return -np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / Y.shape[1]


def compute_gradients(W1, b1, W2, b2):
    parameters = pack(W1, b1, W2, b2)
    grads = backward_propagation(parameters, forward_propagation(parameters))
    return grads["dW1"], grads["db1"], grads["dW2"], grads["db2"]
