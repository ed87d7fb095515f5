"""A snapshot says of an array what numpy says of it, and does not change with it."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigrad.view.snapshot import PATCH, Snapshot, corner, statistics

FLOATS = st.one_of(
    st.floats(-1e3, 1e3, width=32), st.sampled_from([0.0, -0.0, math.nan, math.inf, -math.inf])
)


@given(st.lists(FLOATS, min_size=0, max_size=12), st.sampled_from([np.float32, np.float64]))
def test_the_statistics_are_numpys(values, dtype):
    x = np.array(values, dtype)
    s = statistics(x, units=False)
    finite = x[np.isfinite(x)].astype(np.float64)
    assert (s.nans, s.infs, s.zeros) == (np.isnan(x).sum(), np.isinf(x).sum(), (x == 0).sum())
    if finite.size:
        assert (s.min, s.max) == (finite.min(), finite.max())
        assert s.mean == pytest.approx(finite.mean(), rel=1e-5, abs=1e-3)
        assert s.rms == pytest.approx(np.sqrt((finite**2).mean()), rel=1e-5)
    else:
        assert (s.min, s.max, s.mean, s.rms) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("values", "state"),
    [([0.0, -0.0], "zero"), ([0.0, 1.0], "value"), ([math.nan, math.inf], "nan"), ([math.inf], "inf")],
)  # fmt: skip
def test_the_states(values, state):
    x = np.array(values)
    assert Snapshot(x).state == state
    assert Snapshot(x, keep=0).state == state


def test_units_that_are_zero_for_every_example_are_dead():
    x = np.array([[0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 2.0, 0.0]])
    assert Snapshot(x, units=True).statistics.dead == 0.5
    assert Snapshot(x, keep=0, units=True).statistics.dead == 0.5
    assert Snapshot(x).statistics.dead is None


def test_later_changes_are_not_seen():
    x = np.array([1.0, 2.0])
    kept, summary = Snapshot(x), Snapshot(x, keep=1)
    x[:] = 7.0
    assert kept.array.tolist() == [1.0, 2.0]
    assert summary.statistics.max == 2.0
    assert summary.patch.tolist() == [[1.0, 2.0]]


@given(st.lists(st.integers(0, 3), max_size=4).map(tuple))
def test_the_corner_is_a_matrix_of_the_first_elements(shape):
    x = np.arange(math.prod(shape), dtype=np.float64).reshape(shape)
    part = corner(x)
    assert part.ndim == 2
    if x.size:
        assert part[0, 0] == 0
        assert part.shape == (x.shape[-2] if x.ndim > 1 else 1, x.shape[-1] if x.ndim else 1)
    assert corner(np.ones((2, 100, 50))).shape == (PATCH, PATCH)
    assert Snapshot(x, keep=None).size == x.size
    assert Snapshot(x).nbytes == x.nbytes
