"""The reports' gradient checks, on a small network: a wrong gradient is seen, and a right one measured."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from experiments import cifar, gradients
from experiments.gradients import checked, compared, decimals
from experiments.parts import Room
from minigrad import OPS
from minigrad.data import ArrayDataset

SETTINGS = {
    "hidden": [6, 5],
    "batch_norm": False,
    "samples": 8,
    "coefficient": 0.01,
    "dimensions": 7,
    "entries": 20,
    "forward": False,
    "seed": 0,
    "limit": None,
}


@pytest.fixture
def check(monkeypatch):
    rng = np.random.default_rng(0)
    images = ArrayDataset(rng.standard_normal((8, 3072)).astype(np.float32), rng.integers(0, 10, 8))
    monkeypatch.setattr(cifar, "parts", lambda *given: cifar.Parts(images, images, images))
    return lambda **other: checked({**SETTINGS, **other}, Room(Path(), Path()))


@pytest.mark.parametrize("batch_norm", [False, True])
def test_a_right_gradient(check, batch_norm):
    found = check(batch_norm=batch_norm)
    assert found["verdict"] == "correct"
    assert found["largest"] < 1e-8
    assert found["relative"] < 1e-5
    assert decimals(found) >= 7


def test_forward_differences_are_off_by_their_own_error(check):
    centered, forward = check(), check(forward=True)
    assert forward["largest"] > 100 * centered["largest"]
    assert decimals(forward) < decimals(centered)


def test_a_wrong_rule_is_seen(check, monkeypatch):
    op = OPS["relu"]
    rules = tuple(lambda g, out, x, rule=rule: 1.01 * rule(g, out, x) for rule in op.rules)
    monkeypatch.setattr(op, "rules", rules)
    found = check()
    assert found["verdict"] == "wrong"
    assert found["relative"] > 1e-3


def test_biases_before_a_batch_norm_are_counted_apart(check):
    found = check(batch_norm=True, entries=1000)
    assert found["zero"] < 1e-9  # where BLAS happens to add to exactly 0, it is 0
    weights = 7 * 6 + 6 * 5 + 5 * 10
    scales, biases, zeros = 6 + 5, 6 + 5 + 10, 6 + 5
    assert found["entries"] == weights + scales + biases
    assert len(found["mean by parameter"]) == 10
    assert check(entries=1000)["entries"] == weights + zeros + 10
    assert check()["zero"] == 0


def test_decimals_are_those_of_numpy():
    rng = np.random.default_rng(0)
    for _ in range(20):
        a = rng.standard_normal(5)
        n = a + rng.standard_normal(5) * 10.0 ** rng.uniform(-11, -5)
        found = decimals(compared(a, n))
        np.testing.assert_almost_equal(a, n, decimal=found)
        with pytest.raises(AssertionError):
            np.testing.assert_almost_equal(a, n, decimal=found + 1)


def test_the_relative_error_is_the_reports():
    found = compared(np.array([1.0, 2e-7]), np.array([1.0 + 1e-6, 1e-7]))
    assert found["relative"] == pytest.approx(1e-7 / gradients.EPS)
    assert found["largest"] == pytest.approx(1e-6)
