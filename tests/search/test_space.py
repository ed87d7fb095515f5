"""Draws lie in their range and have its distribution; anything else is refused with a remedy."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from optuna.distributions import CategoricalDistribution, FloatDistribution

from minigrad import search
from minigrad.errors import ParameterError
from minigrad.search.space import draw_value, narrow, require_space

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
    if isinstance(domain, CategoricalDistribution):
        return value in domain.choices
    return domain.low <= value <= domain.high and (
        isinstance(domain, FloatDistribution) or type(value) is int
    )


@given(domain=domains, seed=st.integers(0, 2**32))
def test_draws_lie_in_the_range_and_optuna_agrees(domain, seed):
    rng = np.random.default_rng(seed)
    for _ in range(20):
        value = draw_value(domain, rng)
        assert inside(value, domain)
        assert domain._contains(domain.to_internal_repr(value))


@given(domain=domains, seed=st.integers(0, 2**32), count=st.integers(1, 5))
def test_the_narrowed_range_holds_the_values_and_stays_inside(domain, seed, count):
    rng = np.random.default_rng(seed)
    values = [draw_value(domain, rng) for _ in range(count)]
    finer = narrow(domain, values)
    assert type(finer) is type(domain)
    for value in values:
        if isinstance(finer, CategoricalDistribution):
            assert value in finer.choices
            assert set(finer.choices) == set(values)
        else:
            low, high = finer.low, finer.high
            slack = 1e-9 * max(abs(low), abs(high)) if isinstance(low, float) else 0
            assert low - slack <= value <= high + slack
            assert inside(low, domain)
            assert inside(high, domain)
            assert low < high
            assert finer.log == domain.log


@pytest.mark.parametrize("top", [[1], [4], [1, 4]])
def test_the_margin_ends_where_the_range_does(top):
    for make in (search.uniform, search.log_uniform, search.integer):
        finer = narrow(make(1, 4), top)
        assert 1 <= finer.low <= min(top)
        assert max(top) <= finer.high <= 4


def distance(shares):
    """Kolmogorov and Smirnov's: the largest gap between the shares' distribution and the even one."""
    shares, n = np.sort(shares), len(shares)
    return max(
        np.abs(np.arange(1, n + 1) / n - shares).max(), np.abs(np.arange(n) / n - shares).max()
    )


def test_log_uniform_is_even_in_the_log_and_uniform_is_even():
    rng, n = np.random.default_rng(1), 4000
    limit = 1.95 / math.sqrt(n)  # exceeded by one fair sample in a thousand
    draws = np.array([draw_value(search.log_uniform(1e-5, 1e-1), rng) for _ in range(n)])
    assert distance((np.log10(draws) + 5) / 4) < limit
    assert distance((draws - 1e-5) / (1e-1 - 1e-5)) > 0.5
    assert (
        distance(np.array([draw_value(search.uniform(-2, 6), rng) + 2 for _ in range(n)]) / 8)
        < limit
    )


def test_whole_numbers_and_choices_are_all_equally_likely_with_both_ends():
    rng, n = np.random.default_rng(2), 4000
    for domain, values in (
        (search.integer(1, 4), (1, 2, 3, 4)),
        (search.choice(("relu", 7, None)), ("relu", 7, None)),
    ):
        draws = [draw_value(domain, rng) for _ in range(n)]
        p = 1 / len(values)
        for value in values:
            assert abs(draws.count(value) - n * p) < 4 * math.sqrt(n * p * (1 - p))


def test_the_margin_of_a_log_range_is_a_factor():
    finer = narrow(search.log_uniform(1e-8, 1.0), [1e-4, 1e-2])
    assert (finer.low, finer.high) == pytest.approx((10**-4.5, 10**-1.5))
    finer = narrow(search.log_uniform(1e-8, 1.0), [1e-4])
    assert (finer.low, finer.high) == pytest.approx((10**-4.4, 10**-3.6))


OPTIONS = (
    ": give a tuple of different options, such as choice((50, 100)). Each must be None, a boolean, a "
    "finite number or a string. To choose between other things, give them names, choose a name, and look "
    "it up in the objective"
)
SPACES = (
    ". A name must be a string other than 'number', 'value' and 'seconds'. It needs uniform(low, high), "
    "log_uniform(low, high), integer(low, high) or choice((...))"
)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: search.log_uniform(0, 1), "log_uniform(0, 1): the bounds must be 0 < low < high < inf"),
        (lambda: search.log_uniform(-1, 1), "log_uniform(-1, 1): the bounds must be 0 < low < high < inf"),
        (lambda: search.uniform(1, 0), "uniform(1, 0): the bounds must be -inf < low < high < inf"),
        (lambda: search.uniform(0, math.inf), "uniform(0, inf): the bounds must be -inf < low < high < inf"),
        (lambda: search.uniform(math.nan, 1), "uniform(nan, 1): the bounds must be -inf < low < high < inf"),
        (lambda: search.uniform("a", 1), "uniform('a', 1): give two numbers"),
        (lambda: search.integer(1, 2.5), "integer(1, 2.5): give two whole numbers, low < high"),
        (lambda: search.integer(False, 2), "integer(False, 2): give two whole numbers, low < high"),
        (lambda: search.integer(4, 1), "integer(4, 1): give two whole numbers, low < high"),
        (lambda: search.choice(()), f"choice(()){OPTIONS}"),
        (lambda: search.choice("relu"), f"choice('relu'){OPTIONS}"),
        (lambda: search.choice((1, 1.0)), f"choice((1, 1.0)){OPTIONS}"),
        (lambda: search.choice((1, math.nan)), f"choice((1, nan)){OPTIONS}"),
        (lambda: search.choice(((50, 50),)), f"choice(((50, 50),)){OPTIONS}"),
        (lambda: search.choice(([50],)), f"choice(([50],)){OPTIONS}"),
        (lambda: require_space({}), "the space is empty: give one such as {'lr': search.uniform(0, 1)}"),
        (lambda: require_space({"lr": 0.1}), f"the space has 'lr': 0.1{SPACES}"),
        (lambda: require_space({"value": search.uniform(0, 1)}),
         f"the space has 'value': {search.uniform(0, 1)}{SPACES}"),
    ],
)  # fmt: skip
def test_the_whole_message(make, message):
    with pytest.raises(ParameterError) as caught:
        make()
    assert str(caught.value) == message


def test_numbers_of_numpy_are_taken():
    assert search.choice(np.array([50, 100])) == search.choice((50, 100))
    assert search.integer(np.int64(1), np.int64(3)) == search.integer(1, 3)
