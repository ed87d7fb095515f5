"""Lesson 11: the gradients of a sliding window, of a convolution and of max-pooling.

Exercises 1 and 2: write the three gradient functions. Replace each `raise`, then run

    minigrad check 11

Exercise 3 is at the end of the file. `python 11_convolution.py` runs it.

`g` is the upstream gradient. It has the shape of the output of the function.
`np.einsum("nckl,fckl->nf", a, b)` multiplies a[n, c, k, l] by b[f, c, k, l]. It sums over the letters that
are missing after the arrow, here c, k and l. The result is out[n, f].
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
    raise NotImplementedError(
        "repeat the loop over the places; each place adds g times the kernel to the gradient of its window, "
        "and g times its window to the gradient of the kernel; return (gx, gw)"
    )


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
    raise NotImplementedError(
        "as in slide; at each place (i, j), g[:, :, i, j] has the shape (N, F); sum over the kernels for the "
        "gradient of the window, and over the images for that of the kernels; return (gx, gw)"
    )


def max_pool(x):
    """The largest number of each 2 by 2 window, without overlap: x (N, C, H, W) -> (N, C, H/2, W/2)."""
    n, c, height, width = x.shape
    return x.reshape(n, c, height // 2, 2, width // 2, 2).max(axis=(3, 5))


def max_pool_backward(g, x):
    """Exercise 2: the gradient of x: g (N, C, H/2, W/2) -> (N, C, H, W)."""
    raise NotImplementedError(
        "the largest number of a window gets the g of the window, and the three others get 0; if two numbers "
        "are equal, only one of them gets it"
    )


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
    print(
        "exercise 3 is not written yet: print same_padding(k) for k = 1 to 7, and check it with places"
    )


if __name__ == "__main__":
    exercise_3()
