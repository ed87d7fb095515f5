"""Trial k is fixed by seed, name and k alone, and a grid is the product of its axes."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigrad import search
from minigrad.errors import ParameterError
from minigrad.search.plan import draw_params, grid_plan, random_plan

SPACE = {"lr": search.log_uniform(1e-4, 1), "units": search.integer(1, 1000)}


def planned(space=SPACE, trials=30, seed=0, name="coarse"):
    return random_plan(space, trials=trials, seed=seed, name=name, direction="maximize")


@given(seed=st.integers(0, 2**64), name=st.text(min_size=1, max_size=20), k=st.integers(0, 10**6))
def test_a_trial_depends_on_seed_name_and_number_only(seed, name, k):
    mine = draw_params(SPACE, seed, name, k)
    assert draw_params(dict(reversed(SPACE.items())), seed, name, k) == mine
    more = draw_params({**SPACE, "momentum": search.uniform(0, 1)}, seed, name, k)
    assert {name: more[name] for name in SPACE} == mine
    for other in ((seed + 1, name, k), (seed, name + "x", k), (seed, name, k + 1)):
        assert draw_params(SPACE, *other)["lr"] != mine["lr"]


@given(trials=st.integers(1, 40))
def test_more_trials_leave_the_first_as_they_are(trials):
    plan = planned(trials=trials)
    assert list(plan.trials) == list(range(trials))
    assert plan.trials == {k: draw_params(SPACE, 0, "coarse", k) for k in range(trials)}


def test_trials_and_parameters_are_independent():
    plan = planned({"a": search.uniform(0, 1), "b": search.uniform(0, 1)}, trials=2000)
    a, b = np.array([[params["a"], params["b"]] for params in plan.trials.values()]).T
    for x, y in ((a, b), (a[1:], a[:-1]), (b[1:], b[:-1])):
        assert abs(np.corrcoef(x, y)[0, 1]) < 4 / math.sqrt(len(x))


def test_the_draws_are_those_of_every_version():
    """Otherwise a search that began before an update would continue with other trials after it."""
    assert planned().trials[3] == {"lr": pytest.approx(0.00371258701298499), "units": 53}


axes = st.dictionaries(
    st.text(min_size=1, max_size=4),
    st.lists(st.integers(0, 99), min_size=1, max_size=4, unique=True),
    min_size=1,
    max_size=3,
)


@given(axes=axes, seed=st.integers(0, 2**32))
def test_a_grid_is_the_product_each_once_the_last_axis_turning_fastest(axes, seed):
    plan = grid_plan(axes, seed=seed, name="g", direction="minimize")
    combinations = [dict(zip(axes, c, strict=True)) for c in itertools.product(*axes.values())]
    assert sorted(plan.trials) == list(range(len(combinations)))
    assert [plan.trials[k] for k in range(len(combinations))] == combinations


def test_the_seed_gives_the_order_in_which_a_grid_is_begun():
    orders = {
        tuple(grid_plan({"x": range(9)}, seed=s, name="g", direction="minimize").trials)
        for s in (0, 0, 1, 2)
    }
    assert len(orders) == 3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"trials": 0}, "trials=0: needed: a whole number, at least 1"),
        ({"trials": 2.5}, "trials=2.5: needed: a whole number, at least 1"),
        ({"seed": -1}, "seed=-1: needed: a whole number, at least 0"),
        ({"name": ""}, "name='': needed: a string of 1 to 500 characters"),
        ({"direction": "up"}, 'direction=\'up\': needed: "maximize" or "minimize"'),
    ],
)
def test_numbers_that_make_no_sense(change, message):
    given = {"trials": 3, "seed": 0, "name": "n", "direction": "maximize", **change}
    with pytest.raises(ParameterError) as caught:
        random_plan(SPACE, **given)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("axes", "message"),
    [
        (
            {"lr": ()},
            "choice(()): give a tuple of different options, such as choice((50, 100)). ",
        ),
        (
            {"lr": 0.1},
            "choice(0.1): give a tuple of different options, such as choice((50, 100)). ",
        ),
        ({"lr": search.uniform(0, 1)}, "choice(FloatDistribution("),
        ({}, "the space is empty: give one such as {'lr': search.uniform(0, 1)}"),
        (
            {"value": (1, 2)},
            "the space has 'value': CategoricalDistribution(choices=(1, 2)). A name must ",
        ),
    ],
)
def test_axes_that_make_no_sense(axes, message):
    with pytest.raises(ParameterError) as caught:
        grid_plan(axes, seed=0, name="g", direction="maximize")
    assert str(caught.value).startswith(message)
