"""Numbers, shapes and parameters in as few words as are true."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigrad.view.pictures.words import brief, kind_of, of_bytes, parameters_in_words, value_lines
from minigrad.view.snapshot import Snapshot


@given(st.floats(allow_nan=False, width=32))
def test_a_number_is_given_in_full(x):
    (line,) = value_lines(Snapshot(np.array(x, np.float32)))
    assert np.float32(line) == np.float32(x)


@pytest.mark.parametrize(
    ("array", "lines"),
    [
        (np.array(True), ["True"]),
        (np.array([[2.5]]), ["[[2.5]]"]),
        (np.array([1.0, -0.0, 1e-9]), ["[1 0 1e-09]".replace("[1 0", "[    1     0")]),
        (np.array([[1.0, 2.5], [-3.0, 0.125]]), ["[    1   2.5]", "[   -3 0.125]"]),
        (np.arange(7), ["0 … 6, mean 3"]),
        (np.full((5, 5), 2.0), ["all 2"]),
        (np.array([np.nan] * 9), ["all nan"]),
        (np.array([1.0, 2.0, np.nan, np.inf] * 2), ["1 … 2, mean 1.5, 2 nan, 2 inf"]),
        (np.zeros((0, 3)), ["empty"]),
    ],
)
def test_small_arrays_are_written_out_and_large_ones_have_their_range(array, lines):
    assert value_lines(Snapshot(array)) == lines


def test_what_was_not_kept_has_its_range():
    assert value_lines(Snapshot(np.array([1.0, 3.0]), keep=1)) == ["1 … 3, mean 2"]


def test_a_shape_with_its_dtype():
    assert kind_of(Snapshot(np.zeros((2, 3), np.float32))) == "float32 (2, 3)"
    assert kind_of(Snapshot(np.array(1))) == "int64 scalar"


def test_parameters_that_are_the_default_go_without_saying():
    defaults = {"stride": 1, "padding": 0, "axis": None}
    given_ones = {"stride": (1, 1), "padding": (2, 2), "axis": None, "shape": (2, 2)}
    assert parameters_in_words(given_ones, defaults) == ["padding=2", "shape=(2, 2)"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ((slice(None), 0), "[:, 0]"),
        (slice(1, None, 2), "[1::2]"),
        ((..., slice(-2, None)), "[..., -2:]"),
        (np.array([1, 2]), "[1, 2]"),
        (np.zeros((9, 9)), "array (9, 9)"),
        ("x" * 99, "'" + "x" * 20 + "…"),
    ],
)
def test_a_parameter_as_one_would_write_it(value, text):
    assert brief(value) == text


@pytest.mark.parametrize(
    ("n", "text"), [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (2e6, "2.0 MB"), (3e9, "3.0 GB")]
)
def test_bytes(n, text):
    assert of_bytes(n) == text
