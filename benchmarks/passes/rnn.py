"""A character-level recurrent network over three steps, with dicts of states."""

import numpy as np

FORWARD, BACKWARD, MUTATED, UPSTREAM = "cost", "backward", ["backward"], False

characters, targets = [0, 2, 1], [2, 1, 2]


def inputs(rng):
    return [rng.normal(size=s) for s in ((3, 3), (3, 3), (3, 3), (3, 1), (3, 1))]


def forward(U, W, V, b, c):
    hs, ps = {-1: np.zeros_like(b)}, {}
    loss = 0.0
    for t in range(len(characters)):
        a = U[:, [characters[t]]] + W @ hs[t - 1] + b
        hs[t] = np.tanh(a)
        o = V @ hs[t] + c
        e = np.exp(o)
        ps[t] = e / e.sum()
        loss += -np.log(ps[t][targets[t], 0])
    return loss, hs, ps


def cost(U, W, V, b, c):
    return forward(U, W, V, b, c)[0]


def backward(U, W, V, b, c):
    _, hs, ps = forward(U, W, V, b, c)
    dU, dW, dV = np.zeros_like(U), np.zeros_like(W), np.zeros_like(V)
    db, dc = np.zeros_like(b), np.zeros_like(c)
    dhnext = np.zeros_like(b)
    for t in reversed(range(len(characters))):
        dy = np.copy(ps[t])
        dy[targets[t]] -= 1
        dV += dy @ hs[t].T
        dc += dy
        dh = V.T @ dy + dhnext
        draw = (1 - hs[t] * hs[t]) * dh
        db += draw
        dU[:, [characters[t]]] += draw
        dW += draw @ hs[t - 1].T
        dhnext = W.T @ draw
    return dU, dW, dV, db, dc
