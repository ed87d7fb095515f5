"""A network of k layers whose weights and biases are lists, with leaky ReLU."""

import numpy as np

FORWARD, BACKWARD, MUTATED, UPSTREAM = "cost", "flat_gradients", ["gradients"], False

data = np.random.default_rng(8)
X, y = data.normal(size=(4, 3)), data.integers(0, 3, size=4)
sizes = [3, 4, 4, 3]
slope = 0.1


def inputs(rng):
    Ws = [rng.normal(size=(m, n)) for m, n in zip(sizes, sizes[1:])]
    return Ws + [rng.normal(size=n) for n in sizes[1:]]


def activations(Ws, bs):
    hs, zs = [X], []
    for W, b in zip(Ws, bs):
        z = hs[-1] @ W + b
        zs.append(z)
        hs.append(np.where(z > 0, z, slope * z))
    return hs, zs


def log_probabilities(scores):
    shifted = scores - scores.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def cost(*parameters):
    Ws, bs = parameters[:3], parameters[3:]
    _, zs = activations(Ws, bs)
    return -log_probabilities(zs[-1])[np.arange(len(y)), y].mean()


def gradients(Ws, bs):
    hs, zs = activations(Ws, bs)
    grads_W, grads_b = [], []
    g = np.exp(log_probabilities(zs[-1]))
    g[np.arange(len(y)), y] -= 1
    g = g / len(y)
    for layer in range(len(Ws) - 1, -1, -1):
        grads_W.insert(0, hs[layer].T @ g)
        grads_b.insert(0, g.sum(axis=0))
        if layer > 0:
            g = g @ Ws[layer].T
            g = np.where(zs[layer - 1] > 0, g, slope * g)
    return grads_W, grads_b


def flat_gradients(*parameters):
    grads_W, grads_b = gradients(parameters[:3], parameters[3:])
    return grads_W + grads_b
