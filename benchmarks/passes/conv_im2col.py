"""Convolution by im2col: windows become columns, the convolution a product, and col2im adds them back."""

import numpy as np

FORWARD, BACKWARD, MUTATED, UPSTREAM = "conv", "conv_backward", ["conv_backward", "col2im"], True
K = 3


def inputs(rng):
    return [rng.normal(size=(2, 2, 5, 5)), rng.normal(size=(3, 2, K, K)), rng.normal(size=3)]


def im2col(x):
    N, C, H, W = x.shape
    h, w = H - K + 1, W - K + 1
    cols = np.empty((N, C, K, K, h, w))
    for i in range(K):
        for j in range(K):
            cols[:, :, i, j] = x[:, :, i : i + h, j : j + w]
    return cols.transpose(1, 2, 3, 0, 4, 5).reshape(C * K * K, -1)


def col2im(cols, shape):
    N, C, H, W = shape
    h, w = H - K + 1, W - K + 1
    cols = cols.reshape(C, K, K, N, h, w).transpose(3, 0, 1, 2, 4, 5)
    x = np.zeros(shape)
    for i in range(K):
        for j in range(K):
            x[:, :, i : i + h, j : j + w] += cols[:, :, i, j]
    return x


def conv(x, w, b):
    N, _, H, W = x.shape
    F = w.shape[0]
    out = w.reshape(F, -1) @ im2col(x) + b[:, None]
    return out.reshape(F, N, H - K + 1, W - K + 1).transpose(1, 0, 2, 3)


def conv_backward(dout, x, w, b):
    F = w.shape[0]
    cols = im2col(x)
    dout = dout.transpose(1, 0, 2, 3).reshape(F, -1)
    dw = (dout @ cols.T).reshape(w.shape)
    db = dout.sum(axis=1)
    dcols = w.reshape(F, -1).T @ dout
    dx = col2im(dcols, x.shape)
    return dx, dw, db
