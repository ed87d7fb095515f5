"""The counts of operations are those of the loops that the formulas stand for."""

import numpy as np

import minigrad as mg
from minigrad.view import trace
from minigrad.view.flops import COUNTS, MOVES, PER_ELEMENT


def counted(f, *inputs):
    t = trace(f, *inputs)
    return t.flops(len(t.nodes) - 1)


def test_products_and_convolutions():
    x = np.ones((2, 3, 8, 8))
    w = np.ones((5, 3, 3, 3))
    # 5 kernels, 6 x 6 places, 2 images; at each of them 3 x 3 x 3 products and as many sums.
    assert counted(lambda x, w: mg.conv2d(x, w, None), x, w) == 2 * 5 * 36 * 2 * 27
    assert counted(lambda a, b: a @ b, np.ones((7, 2, 3)), np.ones((3, 4))) == 2 * 7 * 2 * 4 * 3
    assert counted(lambda a, b: a @ b, np.ones(3), np.ones(3)) == 2 * 3
    assert counted(lambda x, w: mg.linear(x, w, None), np.ones((6, 3)), np.ones((4, 3))) == 144


def test_elements_reductions_and_moves():
    x = np.ones((3, 4))
    assert counted(mg.exp, x) == 12
    assert counted(lambda x: x.sum(), x) == 12
    assert counted(lambda x: x.T, x) == 0
    assert counted(lambda x: mg.softmax(x, axis=1), x) == 60


def test_every_name_is_an_ops():
    assert {*COUNTS, *MOVES, *PER_ELEMENT} <= set(mg.OPS)
