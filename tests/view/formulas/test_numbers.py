"""Numbers are written in the fewest digits that are read back as the same number."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigrad.view.formulas import numbers


@given(st.floats(width=32))
def test_a_float32_survives_being_written(x):
    read = np.float32(numbers.exact(np.float32(x)))
    assert read == np.float32(x) or np.isnan(x)


@given(st.floats())
def test_a_constant_survives_being_written(x):
    scope = {"inf": math.inf, "nan": math.nan, "sqrt": math.sqrt, "pi": math.pi, "e": math.e}
    read = eval(numbers.constant(x), scope)
    assert read == x or math.isnan(x)


@given(st.integers(-999, 999), st.integers(1, 999))
def test_a_fraction_survives_being_written(p, q):
    assert eval(numbers.constant(p / q)) == p / q


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (np.float32(0.1), "0.1"),
        (np.array(0.1, np.float32), "0.1"),
        (np.array(3), "3"),
        (np.array(True), "True"),
        (2.0, "2.0"),
        (1e-5, "1e-05"),
    ],
)
def test_exact(x, text):
    assert numbers.exact(x) == text


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (2 / 3, "2 / 3"),
        (1 / 63, "1 / 63"),
        (0.25, "0.25"),
        (2 / math.sqrt(math.pi), "2 / sqrt(pi)"),
        (math.sqrt(0.5), "sqrt(0.5)"),
        (3, "3"),
        (-math.inf, "-inf"),
        (0.123456789012345, "0.123456789012345"),
    ],
)
def test_constants_as_their_author_meant_them(x, text):
    assert numbers.constant(x) == text


@pytest.mark.parametrize(
    ("x", "text"),
    [(1 / 3, "0.3333"), (12.5, "12.5"), (1.23456e-7, "1.235e-07"), (7, "7"), (np.int64(7), "7")],
)
def test_brief(x, text):
    assert numbers.brief(x) == text
