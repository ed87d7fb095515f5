"""The L2 term: its value, its gradient, and what it leaves out."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minigrad import Tensor, nn, optim
from minigrad.errors import ParameterError


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(1e-6, 10.0))
def test_the_term_is_the_sum_over_the_weights_alone(seed, coefficient):
    rng = np.random.default_rng(seed)
    model = nn.Sequential(
        nn.Conv2d(2, 3, 2, rng=rng, dtype=np.float64),
        nn.BatchNorm2d(3, dtype=np.float64),
        nn.Flatten(),
        nn.Linear(3, 4, rng=rng, dtype=np.float64),
    )
    for p in model.parameters():
        p.data = rng.normal(size=p.shape)
    upstream = rng.uniform(0.5, 2.0)
    penalty = optim.L2(model.parameters(), coefficient)()
    weights = {"0.weight", "3.weight"}
    expected = 0.0
    for name, p in model.named_parameters():
        if name in weights:
            expected += coefficient * sum(float(w) ** 2 for w in p.data.flat)
    assert penalty.shape == ()
    assert penalty.item() == pytest.approx(expected, rel=1e-12)

    (penalty * upstream).backward()
    for name, p in model.named_parameters():
        if name in weights:
            np.testing.assert_allclose(p.grad.data, 2 * coefficient * upstream * p.data, rtol=1e-12)
        else:
            assert p.grad is None


def test_as_a_term_of_the_cost_it_is_weight_decay_of_twice_the_coefficient():
    w = np.random.default_rng(0).normal(size=(3, 2))
    pull = np.random.default_rng(1).normal(size=(3, 2))
    a, b = nn.Parameter(w), nn.Parameter(w)
    first = optim.SGD([a], lr=0.1)
    ((a * pull).sum() + optim.L2([a], 0.05)()).backward()
    first.step()
    second = optim.SGD([b], lr=0.1, weight_decay=0.1)
    (b * pull).sum().backward()
    second.step()
    np.testing.assert_allclose(a.data, b.data, rtol=1e-14)


def test_float32_stays_float32():
    weight = nn.Parameter(np.ones((2, 2), np.float32))
    assert optim.L2([weight], 0.1)().dtype == np.float32


@pytest.mark.parametrize("coefficient", [-0.1, float("nan"), float("inf")])
def test_a_coefficient_that_makes_no_sense(coefficient):
    with pytest.raises(ParameterError, match=r"coefficient=.* must be 0 or greater"):
        optim.L2([nn.Parameter(np.ones((2, 2)))], coefficient)


def test_without_weights_there_is_nothing_to_penalise():
    with pytest.raises(ParameterError, match="no parameter has two axes or more"):
        optim.L2([Tensor(np.ones(3), requires_grad=True)], 0.1)
