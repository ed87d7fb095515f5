"""Bugs of functions that look at windows are named: in convolution, pooling, and a plain sliding sum."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from minigrad import check, conv2d, max_pool2d
from minigrad.ops import overlap_add, sliding_windows

RNG = np.random.default_rng(4)
X, W = RNG.standard_normal((2, 2, 4, 3)), RNG.standard_normal((2, 2, 2, 2))


def gradients(g: Any, x: Any, w: Any, *, add: bool = True, turned: bool = False) -> tuple[Any, Any]:
    """Those of conv2d, in a loop over the places."""
    gx, gw = np.zeros_like(x), np.zeros_like(w)
    kernel = w[:, :, ::-1, ::-1] if turned else w
    kh, kw = w.shape[2:]
    for i in range(g.shape[2]):
        for j in range(g.shape[3]):
            part = np.s_[:, :, i : i + kh, j : j + kw]
            gx[part] = add * gx[part] + np.einsum("nf,fcij->ncij", g[:, :, i, j], kernel)
            gw = add * gw + np.einsum("nf,ncij->fcij", g[:, :, i, j], x[part])
    return gx, gw


def named(f: Callable[..., Any], backward: Callable[..., Any], *inputs: Any) -> str:
    report = check.gradient(f, backward, *inputs)
    return " ".join(str(report).split())


def test_the_loop_is_right():
    assert check.gradient(conv2d, gradients, X, W).verdict == "correct"


def test_what_overwrites_is_named_once_for_each_input():
    said = named(conv2d, lambda g, x, w: gradients(g, x, w, add=False), X, W)
    assert said.count("an = where += belongs") == 2
    assert "your gradient of x keeps only the contribution that came last" in said
    assert "your gradient of weight keeps only the contribution that came last" in said


def test_a_kernel_that_is_turned_is_named():
    said = named(conv2d, lambda g, x, w: gradients(g, x, w, turned=True), X, W)
    assert "your gradient of x is the correct one for a weight that is turned round" in said
    assert "your gradient of weight" not in said


def pool(x: Any) -> Any:
    return max_pool2d(x, kernel_size=2)


def windows_of(g: Any) -> Any:
    return g.repeat(2, axis=2).repeat(2, axis=3)


@pytest.mark.parametrize(
    ("backward", "words"),
    [
        (lambda g, x: windows_of(g), "is handed to all 4 elements of a window alike"),
        (lambda g, x: windows_of(g) / 4, "is shared equally by the 4 elements of a window"),
        (lambda g, x: windows_of(g) * x * (x == windows_of(pool(x))), "multiplied with the input once too"),
    ],
)  # fmt: skip
def test_bugs_of_pooling_are_named(backward, words):
    x = RNG.permutation(48).reshape(1, 2, 4, 6) / 7 - 3
    assert words in named(pool, backward, x)


def test_a_mean_over_pixels_without_its_division_is_named():
    said = named(lambda x: x.mean(axis=(2, 3)), lambda g, x: g[:, :, None, None] + 0 * x,
                 RNG.standard_normal((2, 3, 4, 2)))  # fmt: skip
    assert (
        "is the number of pixels of an image in x (8) times too large: the division by it" in said
    )


def test_neither_is_named_where_the_bug_is_another():
    """A gradient with one element off is not explained by windows."""

    def backward(g: Any, x: Any) -> Any:
        gx = overlap_add(g.reshape(1, 1, 3, 3, 1, 1) * np.ones((2, 2)), size=4)
        gx[0, 0, 1, 1] *= 1.5
        return gx

    said = named(lambda x: sliding_windows(x, kernel_size=2).sum(axis=(4, 5)), backward,
                 RNG.standard_normal((1, 1, 4, 4)))  # fmt: skip
    assert "is wrong at x[0, 0, 1, 1]" in said
    for words in ("+= belongs", "turned round", "of a window"):
        assert words not in said
