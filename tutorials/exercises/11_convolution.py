"""Exercises of lesson 11: the gradients of a sliding window, of a convolution and of max-pooling.

Replace each `raise` by your own code, then run

    minigrad check tutorials/exercises/11_convolution.py

Nothing but numpy is needed. `g` is the gradient that arrives, and has the shape of what the function returns.
`np.einsum("nckl,fckl->nf", a, b)` multiplies a[n, c, k, l] with b[f, c, k, l], and sums over the letters that
are missing behind the arrow, here c, k and l: out[n, f].
"""

import numpy as np

from minigrad.domain import DISTINCT, Case

STRIDE = 2


def slide(x, w):
    """A kernel slides over a signal in steps of STRIDE: x (L,), w (K,) -> (places,)."""
    places = (len(x) - len(w)) // STRIDE + 1
    out = np.zeros(places)
    for i in range(places):
        start = i * STRIDE
        out[i] = np.sum(x[start : start + len(w)] * w)
    return out


def slide_backward(g, x, w):
    """The gradients of x and w: g (places,) -> (L,), (K,)."""
    raise NotImplementedError(
        "go through the places once more; each sends its g, times the kernel, to the window that it saw, and "
        "its g, times that window, to the kernel; return (gx, gw)"
    )


def conv2d(x, w):
    """F kernels slide over N images of C channels: x (N, C, H, W), w (F, C, KH, KW) -> (N, F, OH, OW)."""
    (n, _, height, width), (filters, _, kh, kw) = x.shape, w.shape
    out = np.zeros((n, filters, height - kh + 1, width - kw + 1))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            window = x[:, :, i : i + kh, j : j + kw]  # (N, C, KH, KW)
            out[:, :, i, j] = np.einsum("nckl,fckl->nf", window, w)
    return out


def conv2d_backward(g, x, w):
    """The gradients of x and w: g (N, F, OH, OW) -> (N, C, H, W), (F, C, KH, KW)."""
    raise NotImplementedError(
        "as in slide: at each place (i, j), g[:, :, i, j] is (N, F); what goes to the window is summed over "
        "the kernels, and what goes to the kernels is summed over the images; return (gx, gw)"
    )


def max_pool(x):
    """The largest number of each 2 by 2 window, side by side: x (N, C, H, W) -> (N, C, H/2, W/2)."""
    n, c, height, width = x.shape
    return x.reshape(n, c, height // 2, 2, width // 2, 2).max(axis=(3, 5))


def max_pool_backward(g, x):
    """The gradient of x: g (N, C, H/2, W/2) -> (N, C, H, W)."""
    raise NotImplementedError(
        "the element that was passed on takes the g of its window, the three others get 0; where two are "
        "equal, only one of them takes it"
    )


# Where the functions are checked: shapes that fit.


def slide_cases(draw):
    size = draw.integer(2, 4)
    return Case((draw.array((size + draw.integer(2, 6),)), draw.array((size,))))


def conv2d_cases(draw):
    n, c, filters = draw.integer(2, 3), draw.integer(1, 2), draw.integer(2, 3)
    return Case((draw.array((n, c, 5, 6)), draw.array((filters, c, 3, 2))))


def max_pool_cases(draw):
    return Case((draw.array((draw.integer(1, 2), 2, 4, 6), DISTINCT),))
