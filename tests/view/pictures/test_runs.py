"""A run is a repetition, and a repetition is found."""

from hypothesis import given
from hypothesis import strategies as st

from minigrad.view.pictures.runs import FEWEST, LONGEST, Run, runs


@given(
    st.lists(st.integers(0, 2), max_size=4),
    st.lists(st.integers(0, 2), min_size=1, max_size=LONGEST),
    st.integers(1, 9),
    st.lists(st.integers(3, 5), max_size=4),
)
def test_runs_cover_what_was_repeated(before, unit, times, after):
    signs = before + unit * times + after
    found = runs(signs, signs)
    end = 0
    for run in found:
        assert run.start >= end
        end = run.start + run.period * run.times
        assert run.times >= FEWEST
        part = signs[run.start : run.start + run.period]
        assert signs[run.start : end] == part * run.times
    if times >= FEWEST and not before:
        assert found
        assert sum(run.period * run.times for run in found) > (times - 2) * len(unit) - LONGEST


def test_the_first_turn_of_a_loop_belongs_to_it():
    """Its sign differs, as it takes what was there before; but for that it is alike."""
    assert runs([9, 2, 1, 2, 1, 2, 1, 2], [1, 2, 1, 2, 1, 2, 1, 2]) == [Run(0, 2, 4)]
    assert runs([9, 2, 1, 2, 1, 2, 1, 2], [9, 2, 1, 2, 1, 2, 1, 2]) == [Run(1, 2, 3)]


def test_two_runs_do_not_overlap():
    assert runs([1, 1, 1, 2, 2, 2], [1, 1, 1, 2, 2, 2]) == [Run(0, 1, 3), Run(3, 1, 3)]
