"""Snapshots on the page: what is shown is in the array, and what is left out is said."""

import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from minigrad.view.page.arrays import SIDE, Arrays, cell, entry
from minigrad.view.snapshot import Snapshot

FLOATS = st.floats(width=32, allow_nan=True, allow_infinity=True)


@given(
    hnp.arrays(
        np.float32,
        hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=20),
        elements=FLOATS,
    )
)
def test_every_cell_is_an_element_to_its_digits(array):
    shown = entry(Snapshot(array))
    json.dumps(shown, allow_nan=False)
    if array.size == 1:
        assert np.float32(shown["number"]) == array.ravel()[0] or np.isnan(array.ravel()[0])
        return
    matrix = Snapshot(array).patch[:SIDE, :SIDE]
    assert [len(row) for row in shown["patch"]] == [matrix.shape[1]] * matrix.shape[0]
    digits = 4 if shown["written"] else 2
    for row, cells in zip(matrix, shown["patch"]):
        for x, c in zip(row, cells):
            if np.isfinite(x):
                assert abs(c - float(x)) <= 0.51 * 10.0 ** (1 - digits) * abs(float(x))
            else:
                assert c == str(x)
    assert ("shown is" in shown["range"]) == (matrix.size < array.size)


def test_the_words_tell_what_the_colours_do():
    array = np.array([[1.5, -2.0, 0.0], [np.nan, 3.0, 0.25]])
    shown = entry(Snapshot(array))
    assert shown["words"] == (
        "float64 (2, 3), −2 to 3, mean 0.55, 1 nan. Row by row: 1.5, -2, 0; nan, 3, 0.25"
    )
    assert (shown["low"], shown["high"]) == (-2.0, 3.0)


def test_a_large_tensor_says_which_part_is_shown():
    shown = entry(Snapshot(np.arange(2 * 3 * 30 * 30.0).reshape(2, 3, 30, 30)))
    assert shown["range"].endswith("shown is [0, 0, :12, :12]")
    assert entry(Snapshot(np.arange(100.0)))["range"].endswith("shown is [:12]")
    assert entry(Snapshot(np.zeros((0, 3))))["range"] == "empty"
    assert entry(Snapshot(np.full((2, 2), np.inf)))["range"] == "all inf"


def test_equal_arrays_are_on_the_page_once():
    arrays = Arrays()
    x = np.arange(6.0)
    places = [
        arrays.place(Snapshot(a))
        for a in (x, x.copy(), x.astype(np.float32), x.reshape(2, 3), x + 1)
    ]
    assert places == [0, 0, 1, 2, 3]
    assert arrays.place(None) is None
    large = [arrays.place(Snapshot(np.full((50, 50), v), keep=10)) for v in (1.0, 1.0, 2.0)]
    assert large == [4, 4, 5]


def test_integers_and_booleans_are_written_as_such():
    assert cell(np.float64(3.0), 4) == 3
    assert isinstance(cell(np.float64(3.0), 4), int)
    assert entry(Snapshot(np.array([[True, False], [False, True]])))["patch"] == [[1, 0], [0, 1]]
    assert entry(Snapshot(np.array(7)))["number"] == "7"
