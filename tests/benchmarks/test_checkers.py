"""The table of checkers: minigrad's row, what counts as being first, and a peer that is not installed."""

import numpy as np
import pytest

from benchmarks import checkers
from benchmarks.checker_cases import BUGS, HARD, scaled
from benchmarks.checkers import Result, first_everywhere, main, measured


def test_minigrad_misses_nothing_and_refuses_nothing_that_is_right():
    result = measured(checkers.minigrad())
    assert result.missed == ()
    assert result.refused == ()
    assert result.smallest <= 1e-10


def test_the_right_cases_are_right_and_the_wrong_ones_wrong():
    """By the definition of a derivative where there is one, with a step and a tolerance for each."""
    for case in (*BUGS[:11], scaled(0.1), *HARD[4:9]):
        rng = np.random.default_rng(0)
        out = case.f(*case.inputs)
        g = rng.standard_normal(np.shape(out)) * (1e6 if "1e-6" in case.name else 1.0)
        grads = checkers.as_tuple(case.backward(g, *case.inputs))
        worst = 0.0
        for k, x in enumerate(case.inputs):
            for i in np.ndindex(x.shape):
                moved = [each.copy() for each in case.inputs]
                h = 1e-6 * max(abs(float(x[i])), 1e-9)
                moved[k][i] = x[i] + h
                above = case.f(*moved)
                moved[k][i] = x[i] - h
                slope = float(np.sum(g * (above - case.f(*moved)))) / (2 * h)
                worst = max(worst, abs(slope - grads[k][i]) / (1e-3 + abs(slope)))
        assert (worst > 5e-3) == (case not in HARD), (case.name, worst)


def test_first_means_nothing_is_better_anywhere():
    ours, better = Result((), (), 1e-10, 1.0), Result((), (), 1e-12, 1.0)
    worse = Result(("one",), ("two",), 1e-2, 0.1)
    assert first_everywhere({"minigrad": ours, "other": worse, "same": ours})
    assert not first_everywhere({"minigrad": ours, "other": better})
    assert not first_everywhere({"minigrad": worse, "other": ours})


def test_a_peer_that_is_missing_is_skipped_with_the_reason(monkeypatch, capsys):
    def missing():
        raise ImportError("No module named 'peer'")

    monkeypatch.setitem(checkers.CHECKERS, "MyGrad", missing)
    monkeypatch.setattr(checkers, "measured", lambda accepts: Result((), (), 1e-10, 0.0))
    assert main(["--only", "MyGrad"]) == 0
    assert "MyGrad                     skipped: No module named 'peer'" in capsys.readouterr().out


@pytest.mark.torch
def test_torch_is_asked_through_its_own_interface():
    pytest.importorskip("torch", reason="PyTorch is not installed")
    accepts = checkers.torch(fast=False)
    assert accepts(scaled(0.0))
    assert not accepts(scaled(0.1))
