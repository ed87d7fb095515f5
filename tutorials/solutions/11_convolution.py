"""Lesson 11: the gradients of a sliding window, of a convolution and of max-pooling.

The solved file. Try the exercises first, and read the messages of `minigrad check 11`.
"""

import numpy as np

from minigrad.domain import DISTINCT, Case

STRIDE = 2


def slide(x, w):
    """Slide a kernel over a signal in steps of STRIDE: x (L,), w (K,) -> (places,)."""
    places = (len(x) - len(w)) // STRIDE + 1
    out = np.zeros(places)
    for i in range(places):
        start = i * STRIDE
        out[i] = np.sum(x[start : start + len(w)] * w)
    return out


def slide_backward(g, x, w):
    """Exercise 1: the gradients of x and w: g (places,) -> (L,), (K,)."""
    gx, gw = np.zeros_like(x), np.zeros_like(w)
    for i in range(len(g)):
        start = i * STRIDE
        gx[start : start + len(w)] += g[i] * w
        gw += g[i] * x[start : start + len(w)]
    return gx, gw


def conv2d(x, w):
    """Slide F kernels over N images of C channels: x (N, C, H, W), w (F, C, KH, KW) -> (N, F, OH, OW)."""
    (n, _, height, width), (filters, _, kh, kw) = x.shape, w.shape
    out = np.zeros((n, filters, height - kh + 1, width - kw + 1))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            window = x[:, :, i : i + kh, j : j + kw]  # (N, C, KH, KW)
            out[:, :, i, j] = np.einsum("nckl,fckl->nf", window, w)
    return out


def conv2d_backward(g, x, w):
    """Exercise 2: the gradients of x and w: g (N, F, OH, OW) -> (N, C, H, W), (F, C, KH, KW)."""
    gx, gw = np.zeros_like(x), np.zeros_like(w)
    kh, kw = w.shape[2:]
    for i in range(g.shape[2]):
        for j in range(g.shape[3]):
            window = x[:, :, i : i + kh, j : j + kw]
            gx[:, :, i : i + kh, j : j + kw] += np.einsum("nf,fckl->nckl", g[:, :, i, j], w)
            gw += np.einsum("nf,nckl->fckl", g[:, :, i, j], window)
    return gx, gw


def max_pool(x):
    """The largest number of each 2 by 2 window, without overlap: x (N, C, H, W) -> (N, C, H/2, W/2)."""
    n, c, height, width = x.shape
    return x.reshape(n, c, height // 2, 2, width // 2, 2).max(axis=(3, 5))


def max_pool_backward(g, x):
    """Exercise 2: the gradient of x: g (N, C, H/2, W/2) -> (N, C, H, W)."""
    n, c, height, width = x.shape
    gx = np.zeros_like(x)
    for i in range(0, height, 2):
        for j in range(0, width, 2):
            window = x[:, :, i : i + 2, j : j + 2].reshape(n, c, 4)
            winner = (
                np.arange(4) == window.argmax(axis=2)[:, :, None]
            )  # the first one, if several are equal
            gx[:, :, i : i + 2, j : j + 2] = (winner * g[:, :, i // 2, j // 2, None]).reshape(
                n, c, 2, 2
            )
    return gx


# The inputs for the check. Do not change these functions.


def slide_cases(draw):
    size = draw.integer(2, 4)
    return Case((draw.array((size + draw.integer(2, 6),)), draw.array((size,))))


def conv2d_cases(draw):
    n, c, filters = draw.integer(2, 3), draw.integer(1, 2), draw.integer(2, 3)
    return Case((draw.array((n, c, 5, 6)), draw.array((filters, c, 3, 2))))


def max_pool_cases(draw):
    return Case((draw.array((draw.integer(1, 2), 2, 4, 6), DISTINCT),))


# ---- exercise 3 ----


def places(size, k, stride=1, padding=0):
    """The number of places of a window of k pixels."""
    return (size + 2 * padding - k) // stride + 1


def exercise_3():
    """Which padding keeps the size of an image, for a kernel of 5 by 5, and of k by k?

    For which k is there none? Use `places`.
    """
    for k in range(1, 8):
        found = [p for p in range(10) if places(28, k, padding=p) == 28]
        print(f"kernel {k} by {k}: padding {found[0] if found else None}")
        assert found == ([(k - 1) // 2] if k % 2 else [])
    print(
        "places is size + 2 * padding - k + 1, so the padding must be (k - 1) / 2. For an even k this is"
    )
    print("not an integer: then no padding keeps the size, if it is the same on both sides.")


if __name__ == "__main__":
    exercise_3()
