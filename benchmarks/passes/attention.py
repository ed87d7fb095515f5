"""One head of scaled dot-product attention over a short sequence, weights given."""

import numpy as np

FORWARD, BACKWARD, MUTATED, UPSTREAM = (
    "attention",
    "attention_backward",
    ["attention_backward"],
    True,
)


def inputs(rng):
    return [rng.normal(size=(4, 3)), *(rng.normal(size=(3, 2)) for _ in range(3))]


def attention(x, Wq, Wk, Wv):
    q, k, v = x @ Wq, x @ Wk, x @ Wv
    scores = q @ k.T / np.sqrt(q.shape[1])
    e = np.exp(scores)
    weights = e / e.sum(axis=1, keepdims=True)
    return weights @ v


def attention_backward(dout, x, Wq, Wk, Wv):
    q, k, v = x @ Wq, x @ Wk, x @ Wv
    scale = np.sqrt(q.shape[1])
    scores = q @ k.T / scale
    e = np.exp(scores)
    weights = e / e.sum(axis=1, keepdims=True)
    dweights = dout @ v.T
    dv = weights.T @ dout
    inner = np.sum(dweights * weights, axis=1, keepdims=True)
    dscores = weights * (dweights - inner)
    dq = dscores @ k / scale
    dk = dscores.T @ q / scale
    dWq = x.T @ dq
    dWk = x.T @ dk
    dWv = x.T @ dv
    dx = dq @ Wq.T + dk @ Wk.T + dv @ Wv.T
    return dx, dWq, dWk, dWv
