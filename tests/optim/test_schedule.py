"""Schedules against the formulas of their papers, written out once more."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minigrad import optim
from minigrad.errors import ParameterError

rates = st.floats(1e-6, 10.0)
counts = st.integers(1, 1000)
steps = st.integers(0, 10_000)


@settings(deadline=None)
@given(rates, steps)
def test_constant(eta, step):
    assert optim.Constant(eta)(step) == eta


@settings(deadline=None)
@given(rates, counts, st.floats(0.1, 1.0), st.integers(0, 30), st.data())
def test_step_falls_by_gamma_after_each_step_size(eta, step_size, gamma, falls, data):
    step = falls * step_size + data.draw(st.integers(0, step_size - 1))
    expected = eta
    for _ in range(falls):
        expected *= gamma
    assert optim.Step(eta, step_size, gamma)(step) == pytest.approx(expected, rel=1e-12)


@settings(deadline=None)
@given(rates, rates, counts, steps)
def test_cosine_is_half_a_wave_and_then_stays(a, b, total, step):
    low, high = sorted((a, b))
    schedule = optim.Cosine(high, total, low)
    angle = np.pi * min(step, total) / total
    expected = low + (high - low) * math.cos(angle / 2) ** 2  # (1 + cos 2a) / 2 = cos(a)^2
    assert schedule(step) == pytest.approx(expected, rel=1e-9, abs=1e-12)
    assert schedule(0) == pytest.approx(high)
    assert schedule(total) == schedule(total + 17) == pytest.approx(low)


@settings(deadline=None)
@given(rates, rates, counts, steps)
def test_cyclical_is_the_triangle_of_the_course(a, b, n_s, step):
    low, high = sorted((a, b))
    cycle = step // (2 * n_s)
    if step < (2 * cycle + 1) * n_s:
        expected = low + (step - 2 * cycle * n_s) / n_s * (high - low)
    else:
        expected = high - (step - (2 * cycle + 1) * n_s) / n_s * (high - low)
    assert optim.Cyclical(low, high, n_s)(step) == pytest.approx(expected, rel=1e-12)


def test_cyclical_as_in_the_reports():
    schedule = optim.Cyclical(1e-5, 1e-1, 500)
    assert schedule(0) == schedule(1000) == schedule(3000) == 1e-5
    assert schedule(500) == schedule(2500) == pytest.approx(1e-1)
    assert schedule(250) == pytest.approx(schedule(750)) == pytest.approx((1e-5 + 1e-1) / 2)
    assert schedule(1) - schedule(0) == pytest.approx((1e-1 - 1e-5) / 500)


@settings(deadline=None)
@given(st.integers(0, 200))
def test_a_schedule_is_a_pure_function_of_the_step(step):
    schedules = [
        optim.Constant(0.1),
        optim.Step(0.1, 10),
        optim.Cosine(0.1, 100),
        optim.Cyclical(0.01, 0.1, 7),
    ]
    for schedule in schedules:
        first = schedule(step)
        schedule(step + 3)
        assert schedule(step) == first
        assert type(first) is float


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: optim.Constant(0.0), "Constant: eta=0.0 must be greater than 0"),
        (lambda: optim.Constant(float("nan")), "eta=nan must be greater than 0"),
        (lambda: optim.Step(0.1, 0), "Step: step_size=0 must be a number of updates, at least 1"),
        (lambda: optim.Step(0.1, 1.5), "step_size=1.5 must be a number of updates"),
        (lambda: optim.Step(0.1, 3, gamma=-1), "Step: gamma=-1 must be greater than 0"),
        (lambda: optim.Cosine(0.1, 0), "Cosine: steps=0"),
        (lambda: optim.Cosine(0.1, 5, 0.2), "eta_min=0.2 and eta_max=0.1, needed: 0 <= eta_min"),
        (lambda: optim.Cyclical(0.1, 0.01, 5), "Cyclical: eta_min=0.1 and eta_max=0.01, needed"),
        (lambda: optim.Cyclical(-0.1, 0.01, 5), "eta_min=-0.1"),
        (lambda: optim.Cyclical(0.01, 0.1, 0), "Cyclical: n_s=0"),
        (lambda: optim.Cyclical(0.01, 0.1, 5)(-1), "Cyclical: step=-1 must be 0 or greater"),
    ],
)
def test_refusals(make, words):
    with pytest.raises(ParameterError, match=words.replace("(", r"\(")):
        make()
