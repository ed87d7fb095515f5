"""Max-pooling of windows of 2 x 2 in loops, and a mask of the winner."""

import numpy as np

FORWARD, BACKWARD, MUTATED, UPSTREAM = "pool", "pool_backward", ["pool_backward"], True


def inputs(rng):
    return [rng.permutation(32).reshape(2, 1, 4, 4) / 8 + 0.1 * rng.uniform(size=(2, 1, 4, 4))]


def pool(x):
    N, C, H, W = x.shape
    out = np.zeros((N, C, H // 2, W // 2))
    for n in range(N):
        for c in range(C):
            for i in range(H // 2):
                for j in range(W // 2):
                    window = x[n, c, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2]
                    out[n, c, i, j] = np.max(window)
    return out


def pool_backward(dout, x):
    N, C, H, W = x.shape
    dx = np.zeros(x.shape)
    for n in range(N):
        for c in range(C):
            for i in range(H // 2):
                for j in range(W // 2):
                    window = x[n, c, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2]
                    mask = window == np.max(window)
                    dx[n, c, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2] = mask * dout[n, c, i, j]
    return dx
