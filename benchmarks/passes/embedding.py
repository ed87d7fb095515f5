"""Word vectors looked up, averaged over a context, and scored: the continuous bag of words."""

import numpy as np

FORWARD, BACKWARD, MUTATED, UPSTREAM = "cbow_loss", "cbow_gradient", ["cbow_gradient"], False

contexts = np.array([[0, 2], [1, 1], [3, 0], [2, 3]])
words = np.array([1, 3, 2, 0])


def inputs(rng):
    return [rng.normal(size=(4, 3)), rng.normal(size=(3, 4))]


def cbow_loss(E, U):
    h = E[contexts].mean(axis=1)
    scores = h @ U
    logZ = np.log(np.sum(np.exp(scores), axis=1))
    return np.mean(logZ - scores[np.arange(len(words)), words])


def cbow_gradient(E, U):
    B = len(words)
    h = E[contexts].mean(axis=1)
    scores = h @ U
    probs = np.exp(scores) / np.sum(np.exp(scores), axis=1, keepdims=True)
    dscores = probs
    dscores[np.arange(B), words] -= 1
    dscores /= B
    dU = h.T @ dscores
    dh = dscores @ U.T
    dE = np.zeros_like(E)
    for i in range(B):
        for word in contexts[i]:
            dE[word] += dh[i] / contexts.shape[1]
    return dE, dU
