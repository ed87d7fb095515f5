"""CS5787: the theory is what the library says, the report's slips are slips, and --quick goes to the end."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.command import main
from experiments.cs5787 import batch_norm, grid, shapes, variants
from experiments.parts import Room

ROOM = Room(Path(), Path())


# ---- questions 1 and 2 ----


def test_the_shapes_are_those_of_the_report_and_its_equation_is_not() -> None:
    found = shapes.shapes({}, ROOM)
    assert found["shapes"] == shapes.REPORTED
    assert found["equation"] < 1e-5
    assert found["printed"] == "matmul(a, b): a has 50 columns but b has 4 rows"


def test_the_parameters_are_903_400() -> None:
    found = shapes.counts({"channels": [3, 100, 200, 400]}, ROOM)
    assert found == {"layers": [2_800, 180_200, 720_400], "total": 903_400}


# ---- question 3 ----

cases = st.builds(
    batch_norm.Case.drawn, m=st.integers(3, 10), seed=st.integers(0, 2**32 - 1)
).filter(lambda c: np.var(c.x) > 0.1)


@given(cases)
def test_the_three_ways_to_each_partial_agree(c: batch_norm.Case) -> None:
    closed, steps = batch_norm.closed(c), batch_norm.step_by_step(c)
    differences, fused = batch_norm.by_differences(c), batch_norm.fused(c)
    for name in batch_norm.NAMES:
        np.testing.assert_allclose(steps[name], closed[name], rtol=1e-9, atol=1e-11)
        np.testing.assert_allclose(differences[name], closed[name], rtol=1e-9, atol=1e-10)
        if name in fused:
            np.testing.assert_allclose(fused[name], closed[name], rtol=1e-9, atol=1e-11)


@given(cases)
def test_the_last_formula_is_right_once_all_three_slips_are_mended(c: batch_norm.Case) -> None:
    right = batch_norm.closed(c)["x"]
    np.testing.assert_allclose(
        batch_norm.printed(c, batch_norm.MENDS), right, rtol=1e-9, atol=1e-12
    )


@pytest.mark.parametrize("left", batch_norm.MENDS)
def test_each_slip_is_one(left: str) -> None:
    c = batch_norm.Case.drawn(8, seed=1)
    mended = tuple(name for name in batch_norm.MENDS if name != left)
    off = np.abs(batch_norm.printed(c, mended) - batch_norm.by_differences(c)["x"]).max()
    assert off > 1e-3


def test_the_task_finds_what_the_page_says() -> None:
    found = batch_norm.compared({"samples": 8, "seeds": [0, 1]}, ROOM)
    ways = [v for row in found["partials"].values() for k, v in row.items() if " - " in k]
    assert max(v for v in ways if v is not None) < 1e-9
    errors = list(found["slips"].values())
    assert min(errors[:-1]) > 1e-3
    assert errors[-1] < 1e-9


# ---- the trainings ----


def test_the_variants_are_trained_with_what_the_report_chose() -> None:
    tasks = {task.name: task.settings for task in variants.plan({}, quick=False)}
    chosen = {
        "none-0": (0.1, 0.0, False, 0.0, 0.0),
        "batch-norm-0": (0.01, 0.9, True, 0.0, 0.0),
        "dropout-0": (0.1, 0.0, False, 0.2, 0.0),
        "weight-decay-0": (0.01, 0.9, False, 0.0, 0.001),
    }
    for name, (lr, momentum, batch_norm_, dropout, weight_decay) in chosen.items():
        s = tasks[name]
        assert (s["lr"], s["momentum"], s["weight_decay"]) == (lr, momentum, weight_decay)
        assert (s["network"]["batch_norm"], s["network"]["dropout"]) == (batch_norm_, dropout)
        assert (s["epochs"], s["batch_size"], s["training"]) == (25, 128, 48_000)


def test_a_trial_changes_the_network_or_the_descent() -> None:
    training = variants.settings(variants.VARIANTS["dropout"], 0, None)
    found = grid.changed(training, {"lr": 0.3, "dropout": 0.7})
    assert found["lr"] == 0.3
    assert found["network"]["dropout"] == 0.7
    assert found["network"]["kind"] == "lenet"
    assert "dropout" not in found
    assert training["network"]["dropout"] == 0.2, "the settings of the others are as they were"


def test_an_epoch_has_settled_when_no_later_one_strays() -> None:
    run = {"curves": {"test_accuracy": [0.5, 0.895, 0.8, 0.892, 0.9]}}
    assert variants.settled([run]) == 4


@pytest.mark.data
@pytest.mark.slow
def test_quick_goes_to_the_end(
    real_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["cs5787", "--quick", "--data-dir", str(real_data), "--out", str(tmp_path)]
    assert main(command) == 0
    folder = tmp_path / "quick-results" / "cs5787"
    numbers = {
        n["what"]: n
        for n in json.loads((folder / "report.json").read_text(encoding="utf-8"))["numbers"]
    }
    assert numbers["in all"]["mean"] == 903_400
    assert numbers["in all"]["reproduced"]
    assert numbers["any two of the three ways, at most"]["agrees"]
    trials = json.loads((folder / "tables" / "grid.json").read_text(encoding="utf-8"))
    assert len(trials) == 6 + 6 + 12 + 18
    for name in ("convergence", "grid"):
        assert (folder / "figures" / f"{name}.svg").stat().st_size > 10_000
    logs = tmp_path / "cs5787-quick" / "training" / "logs"
    assert (logs / "dropout-0.jsonl").read_text(encoding="utf-8").count('"kind": "update"') == 8
    assert "QUICK LOOK" in (folder / "README.md").read_text(encoding="utf-8")
    capsys.readouterr()
