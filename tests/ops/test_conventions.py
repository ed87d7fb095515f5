"""What is taken for the derivative where there is none: at kinks, at ties, and beside inf and nan.

A finite difference cannot judge these; the docstrings state them, and this is the whole table.
"""

from __future__ import annotations

import numpy as np
import pytest

import minigrad
from minigrad import Tensor, grad

INF, NAN = np.inf, np.nan


def gradient(f, *arrays, v=None, record=False):
    """The gradients of f at the arrays, pulled back from v, or from distinct numbers: never from ones."""
    leaves = [Tensor(np.array(x, dtype=float), requires_grad=True) for x in arrays]
    out = f(*leaves)
    v = np.arange(3.0, 3.0 + out.size).reshape(out.shape) if v is None else np.array(v)
    return [g.data for g in grad(out, leaves, v, create_graph=record)]


def op(name, **params):
    return lambda *xs: minigrad.OPS[name](*xs, **params)


TABLE = [
    # one input: name, parameters, x, upstream gradient, gradient
    ("relu", {}, [-1.0, 0.0, 2.0], [3.0, 4.0, 5.0], [0.0, 0.0, 5.0]),
    ("relu", {}, [-INF, -0.0, INF], [3.0, 4.0, 5.0], [0.0, 0.0, 5.0]),
    ("abs", {}, [-2.0, 0.0, -0.0, 3.0], [3.0, 4.0, 5.0, 6.0], [-3.0, 0.0, 0.0, 6.0]),
    ("clip", {"min": -1.0, "max": 1.0}, [-1.5, -1.0, 1.0, 2.0], [3.0, 4.0, 6.0, 7.0], [0.0, 4.0, 6.0, 0.0]),
    ("clip", {"max": 1.0}, [-INF, 1.0, INF], [3.0, 4.0, 5.0], [3.0, 4.0, 0.0]),
    ("max", {}, [2.0, 2.0, 1.0], 3.0, [3.0, 0.0, 0.0]),
    ("min", {}, [2.0, 1.0, 1.0], 3.0, [0.0, 3.0, 0.0]),
    ("max", {}, [[1.0, 2.0], [2.0, 2.0]], 3.0, [[0.0, 3.0], [0.0, 0.0]]),
    ("max", {"axis": 0}, [[1.0, 2.0], [1.0, 2.0]], [3.0, 4.0], [[3.0, 4.0], [0.0, 0.0]]),
    ("min", {"axis": -1}, [[1.0, 1.0], [2.0, 1.0]], [3.0, 4.0], [[3.0, 0.0], [0.0, 4.0]]),
    ("norm", {}, [0.0, 0.0, 0.0], 3.0, [0.0, 0.0, 0.0]),
    ("norm", {"axis": 1}, [[0.0, 0.0], [3.0, 4.0]], [3.0, 5.0], [[0.0, 0.0], [3.0, 4.0]]),
    ("std", {}, [2.0, 2.0, 2.0], 3.0, [0.0, 0.0, 0.0]),
    ("std", {"axis": 1}, [[2.0, 2.0], [1.0, 3.0]], [3.0, 4.0], [[0.0, 0.0], [-2.0, 2.0]]),
    ("var", {}, [2.0, 2.0, 2.0], 3.0, [0.0, 0.0, 0.0]),
    ("leaky_relu", {"negative_slope": 0.25}, [-4.0, 0.0, 2.0], [4.0, 8.0, 5.0], [1.0, 2.0, 5.0]),
    ("elu", {"alpha": 1.0}, [-INF, 0.0, 2.0], [4.0, 8.0, 5.0], [0.0, 8.0, 5.0]),
    ("prod", {}, [0.0, 3.0, 5.0], 2.0, [30.0, 0.0, 0.0]),
    ("prod", {}, [0.0, 3.0, 0.0], 2.0, [0.0, 0.0, 0.0]),
    ("sigmoid", {}, [-1e4, 0.0, 1e4], [4.0, 8.0, 5.0], [0.0, 2.0, 0.0]),
    ("softplus", {}, [-1e4, 0.0, 1e4], [4.0, 8.0, 5.0], [0.0, 4.0, 5.0]),
    ("tanh", {}, [-INF, 0.0, INF], [4.0, 8.0, 5.0], [0.0, 8.0, 0.0]),
    ("sqrt", {}, [0.0], [4.0], [INF]),
    ("logsumexp", {}, [1e4, 1e4], 4.0, [2.0, 2.0]),
    ("logsumexp", {}, [-INF, 0.0], 4.0, [0.0, 4.0]),
    ("softmax", {}, [1e4, -1e4], [4.0, 8.0], [0.0, 0.0]),
    ("max_pool2d", {"kernel_size": 2}, [[[[1.0, 1.0], [1.0, 1.0]]]], [[[[5.0]]]],
     [[[[5.0, 0.0], [0.0, 0.0]]]]),
]  # fmt: skip


@pytest.mark.parametrize("record", [False, True], ids=["plain", "recorded"])
@pytest.mark.parametrize(("name", "params", "x", "v", "wanted"), TABLE)
def test_the_table(name, params, x, v, wanted, record):
    with np.errstate(divide="ignore" if name == "sqrt" else "warn"):
        (g,) = gradient(op(name, **params), x, v=v, record=record)
    np.testing.assert_allclose(g, wanted, rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize("name", ["maximum", "minimum"])
@pytest.mark.parametrize("record", [False, True])
def test_of_two_equal_values_each_takes_half(name, record):
    x, y = [1.0, 2.0, 5.0], [1.0, 3.0, 4.0]
    left, right = gradient(op(name), x, y, v=[4.0, 6.0, 8.0], record=record)
    larger_left = [2.0, 0.0, 8.0]
    assert left.tolist() == (larger_left if name == "maximum" else [2.0, 6.0, 0.0])
    assert (left + right).tolist() == [4.0, 6.0, 8.0]


@pytest.mark.parametrize("bad", [INF, -INF, NAN])
@pytest.mark.parametrize("record", [False, True])
def test_where_gives_exactly_nothing_to_the_side_not_taken(bad, record):
    condition = np.array([True, False])
    f = lambda x, y: minigrad.OPS["where"](condition, x, y)
    left, right = gradient(f, [1.0, bad], [bad, 2.0], v=[3.0, 4.0], record=record)
    assert left.tolist() == [3.0, 0.0]
    assert right.tolist() == [0.0, 4.0]


def test_where_shields_a_function_from_where_it_has_no_value():
    """sqrt(x) for positive x and 0 elsewhere, without a nan: both the way in and the way out are guarded."""

    def safe_root(x):
        positive = x > 0
        where = minigrad.OPS["where"]
        return where(positive, minigrad.OPS["sqrt"](where(positive, x, 1.0)), 0.0)

    (g,) = gradient(safe_root, [-1.0, 0.0, 4.0], v=[3.0, 5.0, 8.0])
    assert g.tolist() == [0.0, 0.0, 2.0]


@pytest.mark.parametrize(
    ("x", "y", "by_x", "by_y"),
    [
        (0.0, 2.0, 0.0, 0.0),
        (0.0, 1.0, 4.0, 0.0),
        (0.0, 0.0, 0.0, 0.0),
        (3.0, 0.0, 0.0, 4 * np.log(3.0)),
    ],
)
def test_powers_of_zero_and_to_the_zeroth(x, y, by_x, by_y):
    for record in (False, True):
        g_x, g_y = gradient(lambda x, y: x**y, x, y, v=4.0, record=record)
        np.testing.assert_allclose([g_x, g_y], [by_x, by_y], rtol=1e-14)


def test_overlapping_windows_of_equal_values_each_pick_their_first():
    pool = op("max_pool2d", kernel_size=2, stride=1)
    (g,) = gradient(pool, np.ones((1, 1, 3, 3)), v=[[[[1.0, 2.0], [4.0, 8.0]]]])
    assert g[0, 0].tolist() == [[1.0, 2.0, 0.0], [4.0, 8.0, 0.0], [0.0, 0.0, 0.0]]


def test_cross_entropy_of_certain_logits_is_stable():
    logits = [[1e4, 0.0], [0.0, 1e4]]
    (g,) = gradient(lambda x: minigrad.OPS["cross_entropy"](x, np.array([0, 0])), logits, v=2.0)
    assert g.tolist() == [[0.0, 0.0], [-1.0, 1.0]]
