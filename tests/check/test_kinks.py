"""At a kink a subgradient passes and nothing else does; near one nothing is disturbed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigrad import check
from minigrad.check.pair import Pair
from minigrad.check.table import row
from minigrad.domain import Case, Domain, elementwise

INSIDE, OUTSIDE = "kink", "wrong"
UNIT = Domain(-2.0, 2.0)
TIED = np.array([2.0, 2.0, 2.0, 2.0, 1.0])

FOUR_WAY_TIE = {
    "one winner": ([1.0, 0, 0, 0, 0], INSIDE),
    "1/4 each": ([0.25, 0.25, 0.25, 0.25, 0], INSIDE),
    "0.3 and 0.7": ([0.3, 0.7, 0, 0, 0], INSIDE),
    "zero to all": ([0.0, 0, 0, 0, 0], OUTSIDE),
    "1 to all": ([1.0, 1, 1, 1, 0], OUTSIDE),
    "negative weights": ([1.5, -0.5, 0, 0, 0], OUTSIDE),
    "leak to a loser": ([0.25, 0.25, 0.25, 0.15, 0.1], OUTSIDE),
    "1/2 each": ([0.5, 0.5, 0.5, 0.5, 0], OUTSIDE),
}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", FOUR_WAY_TIE)
def test_a_four_way_tie(name: str, seed: int) -> None:
    """Centered differences agree with exactly one of the eight: 1/2 each, which is no subgradient."""
    weights, verdict = FOUR_WAY_TIE[name]
    largest = check.gradient(np.max, lambda g, x: g * np.array(weights), TIED, seed=seed)
    least = check.gradient(np.min, lambda g, x: g * np.array(weights), 3.0 - TIED, seed=seed)
    assert (largest.verdict, least.verdict) == (verdict, verdict)
    assert largest.passed == (verdict == INSIDE)
    if name != "leak to a loser":
        assert largest.kink is not None
        assert least.kink is not None
        assert (largest.kink.shape, least.kink.shape) == ("convex", "concave")
        assert set(largest.kink.elements) == {0, 1, 2, 3}


def test_what_half_to_each_violates() -> None:
    report = check.gradient(np.max, lambda g, x: g * 0.5 * (x == x.max()), TIED)
    assert "all 4 elements at the kink together f is smooth with slope 1" in str(report.kink)
    assert "the gradient claims 2" in str(report.kink)
    assert "WRONG at a kink" in str(report)


def relu(x: Any) -> Any:
    return np.maximum(x, 0.0)


@given(
    weight=st.floats(-0.5, 1.5).filter(lambda w: min(abs(w), abs(w - 1)) > 1e-3),
    seed=st.integers(0, 99),
)
def test_relu_at_0_takes_anything_from_0_to_1(weight: float, seed: int) -> None:
    def backward(g: Any, x: Any) -> Any:
        return g * np.where(x == 0, weight, x > 0)

    x = np.array([1.0, 0.0, -2.0, 0.0])
    assert check.gradient(relu, backward, x, seed=seed).passed == (0 < weight < 1)


def test_several_outputs_of_mixed_signs_do_not_cancel() -> None:
    """The upstream gradient has both signs, so that <v, f> is neither convex nor concave: f is."""
    x = np.zeros(8)
    assert check.gradient(np.abs, lambda g, x: g * 0.5, x).verdict == INSIDE
    assert check.gradient(np.abs, lambda g, x: g * np.sign(x) * 0 + 1.5 * g, x).verdict == OUTSIDE
    twice = check.gradient(
        lambda x: np.stack([np.abs(x), np.abs(x)]), lambda g, x: 3 * g[0] - 3 * g[1], x
    )
    assert twice.verdict == OUTSIDE


def test_neither_convex_nor_concave_says_that_it_is_necessary_only() -> None:
    def f(x: Any) -> Any:
        return relu(x[0]) - relu(x[1])

    at = np.zeros(2)
    inside = check.gradient(f, lambda g, x: g * np.array([0.5, -0.5]), at)
    outside = check.gradient(f, lambda g, x: g * np.array([0.5, 0.5]), at)
    assert (inside.verdict, outside.verdict) == (INSIDE, OUTSIDE)
    assert "necessary for a subgradient, but no proof" in str(inside.kink)


def test_what_is_smooth_beside_a_kink_must_be_right() -> None:
    x = np.array([0.0, 1.0, -1.0])
    assert check.gradient(np.abs, lambda g, x: g * np.sign(x), x).verdict == INSIDE
    wrong = check.gradient(np.abs, lambda g, x: g * np.sign(x) * (1 + 1e-6 * (x == 1)), x)
    assert wrong.verdict == "wrong"
    assert wrong.worst is not None
    assert wrong.worst.label == "x[1]"


@pytest.mark.parametrize("distance", [1e-3, 1e-5, 1e-7])
def test_a_kink_near_by_is_located_by_its_distance(distance: float) -> None:
    x = np.array([distance, 50.0])
    report = check.gradient(relu, lambda g, x: g * (x > 0), x)
    assert report.verdict == "correct"
    assert any("f has a kink, a jump or an edge within" in n and "x[0]" in n for n in report.notes)
    edge = min(t.sweep.edge * t.unit for t in report.by_element if t.sweep.edge)
    assert 0.5 * distance < edge < 64 * distance
    assert check.gradient(relu, lambda g, x: g * (x >= 1), x).verdict == "wrong"


def test_many_elements_at_once() -> None:
    """Where elements are not moved one by one, the inequalities are asked of random directions."""
    rng = np.random.default_rng(0)
    x = np.maximum(rng.standard_normal((30, 20)), 0.0)
    assert check.gradient(relu, lambda g, x: g * (x > 0), x).verdict == INSIDE
    assert check.gradient(relu, lambda g, x: g * np.where(x == 0, 2.0, 1.0), x).verdict == OUTSIDE


def test_the_slopes_on_both_sides_are_shown() -> None:
    report = check.gradient(np.abs, lambda g, x: g * np.sign(x), np.array([0.0, 1.0]))
    assert report.kink is not None
    (side,) = report.kink.sides
    assert (side.label, side.claimed) == ("x[0]", 0.0)
    assert (side.behind, side.ahead) == pytest.approx((-1, 1))
    assert "slope behind     slope ahead" in str(report)


def one_hidden_layer(x: Any, w: Any, v: Any) -> Any:
    return relu(x @ w) @ v


def one_hidden_layer_backward(g: Any, x: Any, w: Any, v: Any) -> Any:
    hidden = relu(x @ w)
    g_sums = g @ v.T * (hidden > 0)
    return g_sums @ w.T, x.T @ g_sums, hidden.T @ g


def test_kinks_that_meet_in_a_network_are_the_fault_of_no_rule() -> None:
    """At whole numbers many units are at 0 at once, and what they add up to lies outside of both slopes."""

    def cases(draw: Any) -> Case:
        return Case((draw.array((5, 4)), draw.array((4, 3)), draw.array((3, 2))))

    found = row(Pair(one_hidden_layer, one_hidden_layer_backward), cases, 12, 0)
    assert found.verdict == "correct"
    assert found.cases == 12


def hidden_layer_backward(g: Any, x: Any, w: Any) -> Any:
    g_sums = g * (x @ w > 0)
    return g_sums @ w.T, x.T @ g_sums


def test_a_layer_whose_sums_are_products_is_right_at_its_kinks() -> None:
    """With x and w moved together a sum is 0 at two places that are close, and slopes are hard to measure."""

    def cases(draw: Any) -> Case:
        return Case((draw.array((5, 4), UNIT), draw.array((4, 3), UNIT)))

    layer = Pair(lambda x, w: relu(x @ w), hidden_layer_backward)
    assert row(layer, cases, 12, 0).verdict == "correct"


@pytest.mark.parametrize(
    ("shares", "verdict"),
    [(lambda tied: tied, "wrong"), (lambda tied: tied / tied.sum(), "correct")],
)
def test_a_gradient_that_every_tied_winner_gets_in_full_is_wrong(shares: Any, verdict: str) -> None:
    def backward(g: Any, x: Any) -> Any:
        tied = np.asarray(x == x.max(axis=1, keepdims=True), float)
        return g[:, np.newaxis] * np.apply_along_axis(shares, 1, tied)

    def cases(draw: Any) -> Case:
        return Case((draw.array((draw.side(3, 5), 4)),))

    assert row(Pair(lambda x: x.max(axis=1), backward), cases, 6, 0).verdict == verdict


def test_a_wrong_convention_at_a_kink_of_one_function_is_still_wrong() -> None:
    wrong = Pair(relu, lambda g, x: g * ((x > 0) + 3.0 * (x == 0)))
    assert row(wrong, elementwise(), 6, 0).broken == "gradient at a kink is a subgradient"
