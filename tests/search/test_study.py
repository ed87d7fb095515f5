"""What a search has found: the best, the table, and the finer space around the best."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from searched import SPACE, bowl

from minigrad import search
from minigrad.errors import ParameterError, SearchError
from minigrad.search import Study, Trial


def study(values, direction="maximize", space=None):
    """Trials of a space whose x is the value's place."""
    space = space or {"x": search.uniform(0, 100)}
    trials = [Trial(k, {"x": float(k)}, v, {"m": v}, 0.1) for k, v in enumerate(values)]
    return Study("s", direction, space, tuple(trials))


@given(values=st.lists(st.floats(-9, 9), min_size=1), count=st.integers(1, 5))
def test_the_best_come_first_and_of_equals_the_first(values, count):
    for direction, sign in (("maximize", -1), ("minimize", 1)):
        mine = study(values, direction)
        best = [trial.number for trial in mine.top(count)]
        assert best == sorted(range(len(values)), key=lambda k: (sign * values[k], k))[:count]
        assert mine.best is mine.trials[best[0]]
        finer = mine.around(count)["x"]
        assert finer.low <= min(best) <= max(best) <= finer.high


def test_the_table_is_flat():
    assert study([3.0, 1.0]).table() == [
        {"number": 0, "x": 0.0, "value": 3.0, "m": 3.0},
        {"number": 1, "x": 1.0, "value": 1.0, "m": 1.0},
    ]


def test_coarse_to_fine_narrows_and_finds_better(storage):
    """The optimum, decay = 1e-3 and lr = 0.3, stays inside, and the second search ends nearer to it."""
    coarse = search.random(bowl, SPACE, trials=25, storage=storage, name="coarse")
    space = coarse.around(top=3)
    fine = search.random(bowl, space, trials=15, storage=storage, name="fine")
    assert space.keys() == SPACE.keys()
    for name in ("decay", "lr"):
        assert space[name].low <= coarse.best.params[name] <= space[name].high
    decay = space["decay"]
    assert math.log10(decay.high / decay.low) < 2
    assert decay.low < 1e-3 < decay.high
    median = sorted(trial.value for trial in coarse.trials)[12]
    assert min(trial.value for trial in fine.trials) > median
    assert fine.best.value > coarse.best.value


def test_a_study_without_a_value_has_no_best():
    with pytest.raises(SearchError) as caught:
        _ = study([]).best
    assert str(caught.value) == ("the study 's' has no trial with a value; see its .failed")
    with pytest.raises(ParameterError, match="top=0: needed: a whole number, at least 1"):
        study([1.0]).around(top=0)
