"""Trial k is fixed by seed, name and k alone, and a grid is the product of its axes."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigrad import search
from minigrad.errors import ParameterError
from minigrad.search.plan import grid_plan, random_plan

SPACE = {"lr": search.log_uniform(1e-4, 1), "units": search.integer(1, 1000)}


def planned(space=SPACE, trials=30, seed=0, name="coarse"):
    return random_plan(space, trials=trials, seed=seed, name=name, direction="maximize")


@given(seed=st.integers(0, 2**64), name=st.text(min_size=1, max_size=20), k=st.integers(0, 10**6))
def test_a_trial_hangs_on_seed_name_and_number_only(seed, name, k):
    mine = planned(seed=seed, name=name).params(k)
    assert planned(dict(reversed(SPACE.items())), trials=7, seed=seed, name=name).params(k) == mine
    more = planned({**SPACE, "momentum": search.uniform(0, 1)}, seed=seed, name=name).params(k)
    assert {name: more[name] for name in SPACE} == mine
    for other in (planned(seed=seed + 1, name=name), planned(seed=seed, name=name + "x")):
        assert other.params(k)["lr"] != mine["lr"]
    assert planned(seed=seed, name=name).params(k + 1)["lr"] != mine["lr"]


def test_trials_and_parameters_are_independent():
    plan = planned({"a": search.uniform(0, 1), "b": search.uniform(0, 1)}, trials=2000)
    a, b = np.array([[plan.params(k)["a"], plan.params(k)["b"]] for k in plan.order]).T
    for x, y in ((a, b), (a[1:], a[:-1]), (b[1:], b[:-1])):
        assert abs(np.corrcoef(x, y)[0, 1]) < 4 / math.sqrt(len(x))


def test_the_draws_are_those_of_every_version():
    """Else a search that was begun before an update would go on with other trials after it."""
    assert planned().params(3) == {"lr": pytest.approx(0.00371258701298499), "units": 53}


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
    assert sorted(plan.order) == list(range(len(combinations)))
    assert [plan.params(k) for k in range(len(combinations))] == combinations


def test_the_seed_gives_the_order_in_which_a_grid_is_begun():
    orders = {
        tuple(grid_plan({"x": range(9)}, seed=s, name="g", direction="minimize").order)
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
        ({"lr": ()}, "grid axis 'lr': choice(()): there is nothing to choose from"),
        ({"lr": search.uniform(0, 1)}, "grid axis 'lr': a grid needs the values themselves, such as "
         "(0.1, 0.01), not uniform()"),
        ({}, 'the space is empty: name at least one parameter, such as '
         '{"lr": search.log_uniform(1e-3, 1)}'),
    ],
)  # fmt: skip
def test_axes_that_are_none(axes, message):
    with pytest.raises(ParameterError) as caught:
        grid_plan(axes, seed=0, name="g", direction="maximize")
    assert str(caught.value) == message
