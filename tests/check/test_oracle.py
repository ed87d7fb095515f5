"""The oracle, held against derivatives that are known: what it accepts, what it refuses, what it says."""

from __future__ import annotations

import ast
import math
from pathlib import Path

import numpy as np
import pytest

from minigrad.check import oracle
from minigrad.check.oracle import judge, random_direction, sample, sweep

_erf = np.vectorize(math.erf)


def softmax(x):
    e = np.exp(x - x.max())
    return e / e.sum()


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def layer_norm(x):
    return (x - x.mean()) / np.sqrt(x.var() + 1e-5)


def layer_norm_vjp(v, x):
    z = layer_norm(x)
    return (v - v.mean() - z * (v * z).mean()) / np.sqrt(x.var() + 1e-5)


MATRIX = np.random.default_rng(0).standard_normal((4, 5))
WIDE, POSITIVE, SMALL = (-1e3, 1e3), (1e-4, 1e3), (-3.0, 3.0)

SMOOTH = {
    # name: f, its vector-Jacobian product, from where to where
    "exp": (np.exp, lambda v, x: v * np.exp(x), SMALL),
    "log": (np.log, lambda v, x: v / x, POSITIVE),
    "log1p": (np.log1p, lambda v, x: v / (1 + x), (-0.9, 100.0)),
    "expm1": (np.expm1, lambda v, x: v * np.exp(x), SMALL),
    "sqrt": (np.sqrt, lambda v, x: v / (2 * np.sqrt(x)), POSITIVE),
    "cbrt": (np.cbrt, lambda v, x: v / (3 * np.cbrt(x) ** 2), POSITIVE),
    "reciprocal": (lambda x: 1 / x, lambda v, x: -v / x**2, (0.1, 1e3)),
    "sin": (np.sin, lambda v, x: v * np.cos(x), (-10.0, 10.0)),
    "cos": (np.cos, lambda v, x: -v * np.sin(x), (-10.0, 10.0)),
    "tan": (np.tan, lambda v, x: v / np.cos(x) ** 2, (-1.2, 1.2)),
    "sinh": (np.sinh, lambda v, x: v * np.cosh(x), SMALL),
    "cosh": (np.cosh, lambda v, x: v * np.sinh(x), SMALL),
    "tanh": (np.tanh, lambda v, x: v / np.cosh(x) ** 2, SMALL),
    "arctan": (np.arctan, lambda v, x: v / (1 + x * x), (-10.0, 10.0)),
    "arcsinh": (np.arcsinh, lambda v, x: v / np.sqrt(1 + x * x), (-10.0, 10.0)),
    "sigmoid": (sigmoid, lambda v, x: v * sigmoid(x) * sigmoid(-x), (-5.0, 5.0)),
    "softplus": (lambda x: np.logaddexp(x, 0), lambda v, x: v * sigmoid(x), (-5.0, 5.0)),
    "erf": (_erf, lambda v, x: v * 2 / math.sqrt(math.pi) * np.exp(-x * x), (-2.0, 2.0)),
    "negative": (np.negative, lambda v, x: -v, WIDE),
    "linear": (lambda x: 3 * x - 1, lambda v, x: 3 * v, WIDE),
    "square": (np.square, lambda v, x: 2 * v * x, WIDE),
    "cube": (lambda x: x**3, lambda v, x: 3 * v * x * x, WIDE),
    "x^0.7": (lambda x: x**0.7, lambda v, x: 0.7 * v * x**-0.3, POSITIVE),
    "x^-1.5": (lambda x: x**-1.5, lambda v, x: -1.5 * v * x**-2.5, (0.1, 10.0)),
    "x sin x": (lambda x: x * np.sin(x), lambda v, x: v * (np.sin(x) + x * np.cos(x)), (-10.0, 10.0)),
    "sum": (lambda x: x.sum(), lambda v, x: v + 0 * x, WIDE),
    "mean": (lambda x: x.mean(), lambda v, x: v / x.size + 0 * x, WIDE),
    "prod": (lambda x: x.prod(), lambda v, x: v * x.prod() / x, SMALL),
    "var": (lambda x: x.var(), lambda v, x: v * 2 * (x - x.mean()) / x.size, WIDE),
    "std": (lambda x: x.std(), lambda v, x: v * (x - x.mean()) / x.size / x.std(), WIDE),
    "norm": (lambda x: np.sqrt((x * x).sum()), lambda v, x: v * x / np.sqrt((x * x).sum()), WIDE),
    "cumsum": (np.cumsum, lambda v, x: np.cumsum(v[::-1])[::-1], WIDE),
    "matmul": (lambda x: MATRIX @ x, lambda v, x: MATRIX.T @ v, WIDE),
    "softmax": (softmax, lambda v, x: softmax(x) * (v - (v * softmax(x)).sum()), SMALL),
    "layer norm": (layer_norm, layer_norm_vjp, SMALL),
}  # fmt: skip


def point(low: float, high: float, rng: np.random.Generator) -> np.ndarray:
    if low > 0:
        return np.exp(rng.uniform(math.log(low), math.log(high), 5))
    if (low, high) == WIDE:
        return rng.choice([-1, 1], 5) * np.exp(rng.uniform(math.log(1e-4), math.log(1e3), 5))
    return rng.uniform(low, high, 5)


def upstream(f, x, rng):
    v = rng.standard_normal(np.shape(f(x)))
    return v + np.where(v < 0, -0.1, 0.1)


@pytest.mark.parametrize("points", [12, pytest.param(100, marks=pytest.mark.slow)])
def test_correct_gradients_are_accepted_and_slightly_wrong_ones_refused(points):
    """35 functions, 100 points each: this is what SAFETY is calibrated by.

    All are accepted, the worst with an error of an eighth of its bound. A factor of 1 + 1e-8 is seen.
    """
    assert len(SMOOTH) == 35
    rng = np.random.default_rng(0)
    refused, resolutions, ratios, left, rising = 0, [], [], [], []
    for name, (f, vjp, domain) in SMOOTH.items():
        for _ in range(points):
            x = point(*domain, rng)
            v = upstream(f, x, rng)
            samples = sample(f, [x], random_direction([x], rng), v)
            sweep = judge(samples, [vjp(v, x)])
            assert sweep.verdict == "correct", f"{name} at {x}: {sweep}"
            resolutions.append(sweep.resolution)
            ratios.append(abs(sweep.error) / sweep.bound if sweep.bound else 0.0)
            left.append(sweep.roundoff_slope)
            rising.append(sweep.truncation_slope)
            refused += judge(samples, [vjp(v, x) * (1 + 1e-8)]).verdict == "wrong"
    assert np.median(resolutions) < 1e-11
    assert max(ratios) < 0.25, "the bound is not as safe as it is said to be"
    assert refused / len(ratios) > 0.96
    rising = [slope for slope in rising if slope is not None]
    falling = [slope for slope in left if slope is not None]
    assert len(rising) > 20 * points
    assert np.allclose(rising, 2, atol=0.2)
    assert len(falling) > 15 * points
    assert abs(np.median(falling) + 1) < 0.03
    assert min(falling) > -1.75
    assert max(falling) < -0.25


@pytest.mark.parametrize("name", ["negative", "linear", "square"])
def test_there_is_no_truncation_where_there_is_no_third_derivative(name):
    f, vjp, _ = SMOOTH[name]
    rng = np.random.default_rng(0)
    x = rng.uniform(-2, 2, 5)
    v = upstream(f, x, rng)
    found = sweep(f, [x], [vjp(v, x)], random_direction([x], rng), v)
    assert found.verdict == "correct"
    assert found.truncation_slope is None
    assert np.abs(found.residuals).max() < 1e-2 or found.roundoff_slope is not None
    assert found.digits > 12


def relu(x):
    return np.maximum(x, 0)


HARD = {
    "relu at 1e-7": (relu, 1e-7, lambda x: 1.0, "correct"),
    "relu at -1e-7": (relu, -1e-7, lambda x: 0.0, "correct"),
    "relu at 1e-4": (relu, 1e-4, lambda x: 1.0, "correct"),
    "relu at 0, from the left": (relu, 0.0, lambda x: 0.0, "kink"),
    "relu at 0, from the right": (relu, 0.0, lambda x: 1.0, "kink"),
    "relu at 0, outside": (relu, 0.0, lambda x: 2.0, "wrong"),
    "abs at 0": (np.abs, 0.0, lambda x: 0.0, "kink"),
    "abs at 0, wrong by far": (np.abs, 0.0, lambda x: 7.0, "wrong"),
    "clip, just inside": (lambda x: np.clip(x, -1, 1), 1 - 1e-7, lambda x: 1.0, "correct"),
    "clip, just outside": (lambda x: np.clip(x, -1, 1), 1 + 1e-7, lambda x: 0.0, "correct"),
    "clip, just outside, wrong": (lambda x: np.clip(x, -1, 1), 1 + 1e-7, lambda x: 1.0, "wrong"),
    "x^2 at 1e6": (np.square, 1e6, lambda x: 2 * x, "correct"),
    "exp at 30": (np.exp, 30.0, np.exp, "correct"),
    "log at 1e-5": (np.log, 1e-5, lambda x: 1 / x, "correct"),
    "sqrt at 1e-8": (np.sqrt, 1e-8, lambda x: 0.5 / np.sqrt(x), "correct"),
    "sin 100x": (lambda x: np.sin(100 * x), 0.7, lambda x: 100 * np.cos(100 * x), "correct"),
    "1e8 + sin x": (lambda x: 1e8 + np.sin(x), 1.0, np.cos, "correct"),
    "1e8 + sin x, wrong": (lambda x: 1e8 + np.sin(x), 1.0, lambda x: 1.001 * np.cos(x), "wrong"),
    "rounded inside": (lambda x: (1e6 + x) - 1e6, 0.3, lambda x: 1.0, "correct"),
    "a constant": (lambda x: 0 * x + 5, 0.3, lambda x: 0.0, "correct"),
    "a constant, wrong": (lambda x: 0 * x + 5, 0.3, lambda x: 1e-6, "wrong"),
    "no value anywhere": (lambda x: x * np.nan, 0.3, lambda x: 1.0, "undecided"),
}


@pytest.mark.parametrize("name", HARD)
def test_hard_cases(name):
    f, x, slope, wanted = HARD[name]
    x = np.array(x)
    for seed in range(5):
        direction = random_direction([x], np.random.default_rng(seed))
        found = sweep(f, [x], [np.array(slope(x))], direction)
        assert found.verdict == wanted, f"{name}: {found}"


@pytest.mark.parametrize("distance", [1e-2, 1e-4, 1e-6, 1e-7])
def test_a_kink_near_by_is_neither_an_alarm_nor_an_excuse(distance):
    """Many elements, one of them close to a kink: only steps that do not reach it count."""
    rng = np.random.default_rng(1)
    for _ in range(50):
        x = rng.uniform(-2, 2, 20)
        x[0] = 0.25 + distance * rng.choice([-1, 1])
        v = upstream(np.sin, x, rng)
        correct = v * (np.abs(x) <= 0.25)
        wrong = correct.copy()
        wrong[0] = v[0] - correct[0]
        samples = sample(lambda x: np.clip(x, -0.25, 0.25), [x], random_direction([x], rng), v)
        assert judge(samples, [correct]).verdict == "correct"
        assert judge(samples, [wrong]).verdict == "wrong"


@pytest.mark.parametrize("distance", 10.0 ** -np.arange(3, 16))
def test_two_kinks_on_opposite_sides_do_not_cancel(distance):
    """Summed over the outputs, their jumps are nothing; and the slope is off by both of them."""
    x = np.array([distance, -distance, 1.5])
    v = np.array([1.0, -1.0, 0.5])
    found = sweep(relu, [x], [v * (x > 0)], np.array([1e-3, 1e-3, 1.5]), v)
    assert found.verdict != "wrong", str(found)


EXCHANGED = [1, 0, 2, 3, 4, 5]
N, S = 6, np.random.default_rng(5).standard_normal((6, 6))
WRONG = {
    "sign flipped on a tiny gradient": (lambda x: 1.0 + 1e-6 * np.sin(x), lambda v, x: -1e-6 * v * np.cos(x)),
    "upstream dropped": (np.tanh, lambda v, x: 1 / np.cosh(x) ** 2),
    "upstream averaged": (np.tanh, lambda v, x: v.mean() / np.cosh(x) ** 2),
    "upstream squared": (np.tanh, lambda v, x: v * v / np.cosh(x) ** 2),
    "matrix not transposed": (lambda x: x @ S, lambda v, x: v @ S),
    "variance with N - 1": (lambda x: x.var(), lambda v, x: v * 2 * (x - x.mean()) / (N - 1)),
    "softmax without the sum": (softmax, lambda v, x: softmax(x) * v),
    "layer norm without the variance": (layer_norm, lambda v, x: (v - v.mean()) / np.sqrt(x.var() + 1e-5)),
    "mean for a broadcast sum": (lambda x: np.tile(x[:1], N), lambda v, x: v.mean() * (np.arange(N) == 0)),
    "row 0 only": (lambda x: np.tile(x, (3, 1)), lambda v, x: v[0]),
    "two gradients of a sort exchanged": (np.sort, lambda v, x: v[np.argsort(np.argsort(x))][EXCHANGED]),
    "one of six entries 1 % off": (np.sin, lambda v, x: v * np.cos(x) * [1, 1, 1, 1.01, 1, 1]),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_the_shapes_that_bugs_have_are_refused(name):
    f, vjp = WRONG[name]
    rng = np.random.default_rng(0)
    for _ in range(20):
        x = rng.uniform(-2, 2, N)
        v = upstream(f, x, rng)
        found = sweep(f, [x], [vjp(v, x)], random_direction([x], rng), v)
        assert found.verdict == "wrong", f"{name}: {found}"
        assert abs(found.error) > found.bound


def test_a_wrong_entry_among_four_hundred_is_seen_along_one_direction():
    rng = np.random.default_rng(0)
    x = rng.uniform(-2, 2, 400)
    v = upstream(np.sin, x, rng)
    g = v * np.cos(x)
    samples = sample(np.sin, [x], random_direction([x], rng), v)
    assert judge(samples, [g]).verdict == "correct"
    g[123] *= 1.01
    assert judge(samples, [g]).verdict == "wrong"


def test_element_by_element():
    x = np.array([0.0, 0.5, -3.0])
    g = np.cos(x)
    g[2] *= 1 + 1e-9
    verdicts = [sweep(np.sin, [x], [g], u).verdict for u in oracle.coordinate_directions([x])]
    assert verdicts == ["correct", "correct", "wrong"]


def test_several_inputs_of_any_shape_and_none():
    rng = np.random.default_rng(0)
    a, b, c = rng.uniform(1, 2, (2, 3)), np.array(1.5), rng.uniform(1, 2, (0, 4))
    f = lambda a, b, c: a * b**2 + c.sum()
    v = upstream(lambda _: f(a, b, c), None, rng)
    direction = random_direction([a, b, c], rng)
    grads = [v * b**2, (v * a).sum() * 2 * b, np.zeros((0, 4))]
    assert sweep(f, [a, b, c], grads, direction, v).verdict == "correct"
    grads[1] = grads[1] * 1.001
    assert sweep(f, [a, b, c], grads, direction, v).verdict == "wrong"
    with pytest.raises(ValueError, match="gradients of 6 elements in all for inputs of 7"):
        sweep(f, [a, b, c], [v], direction, v)


def test_a_buffer_that_is_used_again_does_no_harm():
    buffer = np.empty(3)
    x = np.array([0.3, 0.5, 0.7])
    f = lambda x: np.sin(x, out=buffer)
    assert sweep(f, [x], [np.cos(x)], np.ones(3)).verdict == "correct"


def test_what_a_sweep_says_of_itself():
    found = sweep(np.exp, [np.array(1.0)], [np.array(np.e)], np.array([1.0]))
    assert found.derivative == pytest.approx(np.e, rel=1e-13)
    assert found.digits == pytest.approx(-np.log10(found.resolution))
    assert str(found).startswith("correct: the slope is 2.718281828")
    assert "truncation slope +2.00" in str(found)
    plateau = sweep(np.exp, [np.array(1.0)], [np.array(np.e * 1.01)], np.array([1.0]))
    assert np.sum(np.abs(plateau.residuals / plateau.error - 1) < 0.01) > 20, (
        "flat between its arms"
    )


def test_the_oracle_imports_numpy_alone():
    allowed = {"numpy", "__future__", "dataclasses", "typing", "collections"}
    tree = ast.parse(Path(oracle.__file__).read_text(encoding="utf-8"))
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "no relative import either"
            found.add(str(node.module).split(".")[0])
    assert "numpy" in found
    assert found <= allowed


def test_of_very_many_outputs_a_kink_in_the_last_is_found(monkeypatch):
    """Their Romberg tables would fill the memory, were they all made at once."""
    x = np.linspace(1, 2, 50)
    x[-1] = 0.0
    v = np.where(np.arange(50) % 2, 1.0, -1.0)
    direction = np.ones(50)
    whole = sweep(np.abs, [x], [v * np.sign(x)], direction, v)
    monkeypatch.setattr(oracle, "AT_ONCE", 7)
    parts = sweep(np.abs, [x], [v * np.sign(x)], direction, v)
    assert whole.verdict == parts.verdict == "kink"
    assert parts.jump == pytest.approx(whole.jump, rel=1e-9)
    assert parts.bound == pytest.approx(whole.bound, rel=1e-9)


def stepped(x):
    """A confident loss: it is computed next to a logit of 20, whose last bit is 3.6e-15."""
    return (20.0 + 1e-11 * np.exp(x)) - 20.0


@pytest.mark.parametrize("factor", [1.0, 1.01, 0.5])
def test_stairs_are_no_measurement(factor):
    found = sweep(stepped, [np.array([0.3])], [factor * 1e-11 * np.exp([0.3])], np.array([0.3]))
    assert found.stair == 2.0**-48
    assert found.verdict == ("wrong" if factor == 0.5 else "undecided")


@pytest.mark.parametrize(
    ("claim", "verdict"), [(0.0, "correct"), (1e-14, "undecided"), (1e-3, "wrong")]
)
def test_what_does_not_move_has_a_slope_of_0_as_far_as_can_be_seen(claim, verdict):
    found = sweep(lambda x: 0 * x, [np.array([0.3])], [np.array([claim])], np.array([0.3]))
    assert found.verdict == verdict


def test_flat_and_then_steep_is_no_stair():
    """A ReLU that is off here, and on within a step: a slope of 0, to the last digit."""
    found = sweep(lambda x: relu(x - 0.4), [np.array([0.3])], [np.zeros(1)], np.array([0.3]))
    assert (found.stair, found.verdict) == (0.0, "correct")
