"""What is written for the exercises of lesson 11, and is wrong.

The names that are not defined here are those of the solved file.
"""

# ruff: noqa: F821

import numpy as np

from tests.tutorials.mistake import Mistake

ASSIGNED = "keeps only the contribution that came last"


def window_assigned(g, x, w):
    gx, gw = np.zeros_like(x), np.zeros_like(w)
    for i in range(len(g)):
        start = i * STRIDE
        gx[start : start + len(w)] = g[i] * w
        gw += g[i] * x[start : start + len(w)]
    return gx, gw


def kernel_assigned(g, x, w):
    gx, gw = np.zeros_like(x), np.zeros_like(w)
    for i in range(len(g)):
        start = i * STRIDE
        gx[start : start + len(w)] += g[i] * w
        gw = g[i] * x[start : start + len(w)]
    return gx, gw


def kernel_turned(g, x, w):
    gx, gw = np.zeros_like(x), np.zeros_like(w)
    for i in range(len(g)):
        start = i * STRIDE
        gx[start : start + len(w)] += g[i] * w[::-1]
        gw += g[i] * x[start : start + len(w)]
    return gx, gw


def windows_assigned(g, x, w):
    gx, gw = np.zeros_like(x), np.zeros_like(w)
    kh, kw = w.shape[2:]
    for i in range(g.shape[2]):
        for j in range(g.shape[3]):
            window = x[:, :, i : i + kh, j : j + kw]
            gx[:, :, i : i + kh, j : j + kw] = np.einsum("nf,fckl->nckl", g[:, :, i, j], w)
            gw += np.einsum("nf,nckl->fckl", g[:, :, i, j], window)
    return gx, gw


def mean_over_images(g, x, w):
    gx, gw = np.zeros_like(x), np.zeros_like(w)
    kh, kw = w.shape[2:]
    for i in range(g.shape[2]):
        for j in range(g.shape[3]):
            window = x[:, :, i : i + kh, j : j + kw]
            gx[:, :, i : i + kh, j : j + kw] += np.einsum("nf,fckl->nckl", g[:, :, i, j], w)
            gw += np.einsum("nf,nckl->fckl", g[:, :, i, j], window) / len(x)
    return gx, gw


def not_turned(g, x, w):
    """The gradient of the image as a convolution with a frame of zeros, and with the kernel as it is."""
    gw = np.zeros_like(w)
    kh, kw = w.shape[2:]
    for i in range(g.shape[2]):
        for j in range(g.shape[3]):
            window = x[:, :, i : i + kh, j : j + kw]
            gw += np.einsum("nf,nckl->fckl", g[:, :, i, j], window)
    frame = np.pad(g, ((0, 0), (0, 0), (kh - 1, kh - 1), (kw - 1, kw - 1)))
    return conv2d(frame, w.swapaxes(0, 1)), gw


def spread(array):
    return array.repeat(2, axis=2).repeat(2, axis=3)


def corner(g, x):
    gx = np.zeros_like(x)
    gx[:, :, ::2, ::2] = g
    return gx


MISTAKES = [
    Mistake("slide_backward", window_assigned, f"your gradient of x {ASSIGNED}"),
    Mistake("slide_backward", kernel_assigned, "uses only the last index along axis 0"),
    Mistake("slide_backward", kernel_turned, "is the correct one for a w that is turned round"),
    Mistake("conv2d_backward", windows_assigned, f"your gradient of x {ASSIGNED}"),
    Mistake("conv2d_backward", mean_over_images, "perhaps it is divided by it once too often"),
    Mistake("conv2d_backward", not_turned, "is the correct one for a w that is turned round"),
    Mistake(
        "max_pool_backward",
        lambda g, x: spread(g) * (x == spread(max_pool(x))),
        "gradient at a kink is a subgradient does not hold",
    ),
    Mistake("max_pool_backward", lambda g, x: spread(g), "as if f were their sum"),
    Mistake("max_pool_backward", lambda g, x: spread(g) / 4, "as if f were their mean"),
    Mistake(
        "max_pool_backward",
        lambda g, x: 1.0 * (x == spread(max_pool(x))),
        "ignores the gradient that arrives",
    ),
    Mistake("max_pool_backward", corner, "the correct numbers in the wrong places"),
]
