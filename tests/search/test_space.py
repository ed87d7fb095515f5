"""Draws lie in their domain and are spread as it says; what is no domain is refused in words."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigrad import search
from minigrad.errors import ParameterError
from minigrad.search.space import checked, from_json

bounds = st.tuples(
    st.floats(-1e6, 1e6, allow_subnormal=False), st.floats(1e-6, 1e6, allow_subnormal=False)
).map(lambda pair: (pair[0], pair[0] + pair[1]))
log_bounds = st.tuples(st.floats(1e-300, 1e100), st.floats(1.001, 1e200)).map(
    lambda pair: (pair[0], pair[0] * pair[1])
)
integers = st.tuples(st.integers(-1000, 1000), st.integers(1, 1000)).map(
    lambda pair: (pair[0], pair[0] + pair[1])
)
options = st.lists(
    st.none() | st.booleans() | st.integers(-99, 99) | st.floats(-9, 9) | st.text(max_size=5),
    min_size=1,
    max_size=6,
    unique_by=lambda o: o,
)
domains = (
    bounds.map(lambda b: search.uniform(*b))
    | log_bounds.map(lambda b: search.log_uniform(*b))
    | integers.map(lambda b: search.integer(*b))
    | options.map(search.choice)
)


def inside(value, domain):
    kind, *given = domain.described()
    if kind == "choice":
        return value in given[0]
    return given[0] <= value <= given[1] and (kind != "integer" or type(value) is int)


@given(domain=domains, seed=st.integers(0, 2**32))
def test_draws_lie_in_the_domain_and_optuna_agrees(domain, seed):
    rng = np.random.default_rng(seed)
    distribution = domain.distribution()
    for _ in range(20):
        value = domain.draw(rng)
        assert inside(value, domain)
        assert distribution._contains(distribution.to_internal_repr(value))


@given(domain=domains, seed=st.integers(0, 2**32), count=st.integers(1, 5))
def test_around_holds_the_values_and_stays_inside(domain, seed, count):
    rng = np.random.default_rng(seed)
    values = [domain.draw(rng) for _ in range(count)]
    finer = domain.around(values)
    kind, *new = finer.described()
    assert kind == domain.described()[0]
    for value in values:
        if kind == "choice":
            assert value in new[0]
            assert set(new[0]) == set(values)
        else:
            low, high = new
            slack = 1e-9 * max(abs(low), abs(high)) if kind != "integer" else 0
            assert low - slack <= value <= high + slack
            assert inside(low, domain)
            assert inside(high, domain)
            assert low < high


@pytest.mark.parametrize("top", [[1], [4], [1, 4]])
def test_the_margin_ends_where_the_domain_does(top):
    for make in (search.uniform, search.log_uniform, search.integer):
        low, high = make(1, 4).around(top).described()[1:]
        assert 1 <= low <= min(top)
        assert max(top) <= high <= 4


@given(domain=domains)
def test_a_space_says_itself_in_json(domain):
    said = json.loads(json.dumps({"x": domain.described()}))
    assert from_json(said) == {"x": domain}


def distance(shares):
    """Kolmogorov and Smirnov's: the largest gap between the shares' distribution and the even one."""
    shares, n = np.sort(shares), len(shares)
    return max(
        np.abs(np.arange(1, n + 1) / n - shares).max(), np.abs(np.arange(n) / n - shares).max()
    )


def test_log_uniform_is_even_in_the_log_and_uniform_is_even():
    rng, n = np.random.default_rng(1), 4000
    limit = 1.95 / math.sqrt(n)  # exceeded by one fair sample in a thousand
    draws = np.array([search.log_uniform(1e-5, 1e-1).draw(rng) for _ in range(n)])
    assert distance((np.log10(draws) + 5) / 4) < limit
    assert distance((draws - 1e-5) / (1e-1 - 1e-5)) > 0.5
    assert distance(np.array([search.uniform(-2, 6).draw(rng) + 2 for _ in range(n)]) / 8) < limit


def test_whole_numbers_and_choices_are_all_equally_likely_with_both_ends():
    rng, n = np.random.default_rng(2), 4000
    for domain, values in (
        (search.integer(1, 4), (1, 2, 3, 4)),
        (search.choice(("relu", 7, None)), ("relu", 7, None)),
    ):
        draws = [domain.draw(rng) for _ in range(n)]
        p = 1 / len(values)
        for value in values:
            assert abs(draws.count(value) - n * p) < 4 * math.sqrt(n * p * (1 - p))


def test_the_margin_of_a_log_range_is_a_factor():
    low, high = search.log_uniform(1e-8, 1.0).around([1e-4, 1e-2]).described()[1:]
    assert low == pytest.approx(10**-4.5)
    assert high == pytest.approx(10**-1.5)
    low, high = search.log_uniform(1e-8, 1.0).around([1e-4]).described()[1:]
    assert (low, high) == pytest.approx((10**-4.4, 10**-3.6))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: search.log_uniform(0, 1),
         "log_uniform(0, 1): a log scale has no 0; needed: 0 < low < high"),
        (lambda: search.log_uniform(-1, 1),
         "log_uniform(-1, 1): a log scale has no -1; needed: 0 < low < high"),
        (lambda: search.uniform(1, 0), "uniform(1, 0): needed: low < high, both finite"),
        (lambda: search.uniform(0, math.inf), "uniform(0, inf): needed: low < high, both finite"),
        (lambda: search.uniform("a", 1), "uniform('a', 1): needed: two numbers"),
        (lambda: search.integer(1, 2.5), "integer(1, 2.5): 2.5 is not a whole number"),
        (lambda: search.integer(4, 1), "integer(4, 1): needed: low < high"),
        (lambda: search.choice(()), "choice(()): there is nothing to choose from"),
        (lambda: search.choice("relu"),
         "choice('relu'): give the options in a tuple, such as choice((50, 100))"),
        (lambda: search.choice((1, 1.0)), "choice((1, 1.0)): some options are equal; give each of them once"),
        (lambda: search.choice(((50, 50),)),
         "choice(): (50, 50) is not None, a boolean, a finite number or a "
         "string, which is what a storage can keep; give it a name here and look it up in the objective"),
        (lambda: checked({}), 'the space is empty: name at least one parameter, such as '
         '{"lr": search.log_uniform(1e-3, 1)}'),
        (lambda: checked({"lr": 0.1}), "the space has 'lr': 0.1; needed: uniform(low, high), "
         "log_uniform(low, high), integer(low, high) or choice((...))"),
        (lambda: checked({"value": search.uniform(0, 1)}),
         "the space has a parameter 'value': needed: a string "
         "other than number, value, seconds, which every table of trials has"),
    ],
)  # fmt: skip
def test_the_whole_message(make, message):
    with pytest.raises(ParameterError) as caught:
        make()
    assert str(caught.value) == message


def test_numbers_of_numpy_are_taken():
    assert search.choice(np.array([50, 100])) == search.choice((50, 100))
    assert search.integer(np.int64(1), np.int64(3)) == search.integer(1, 3)
