"""Trainings, searches and a network carried along, on glyphs in the place of CIFAR-10."""

from __future__ import annotations

import numpy as np
import pytest

from experiments import cifar, curves, shown
from experiments.carried import carried
from experiments.improved import train_on_variants
from experiments.parts import Room
from experiments.searching import lambdas, search_task, sorted_rows
from experiments.training import last, setting, train, training_task
from minigrad.data import ArrayDataset

SETTINGS = setting(
    split="45,000 and 5,000",
    seed=0,
    hidden=[6],
    coefficient=0.001,
    n_s=10,
    steps=40,
    evaluate_every=10,
    batch_size=20,
)


@pytest.fixture(autouse=True)
def images(monkeypatch):
    """Three kinds of made-up images, easy to tell apart."""
    rng = np.random.default_rng(0)
    centres = rng.standard_normal((3, 3072)).astype(np.float32)

    def drawn(count):
        labels = rng.integers(0, 3, count)
        noise = rng.standard_normal((count, 3072)).astype(np.float32)
        return ArrayDataset(centres[labels] / 4 + noise, labels)

    parts = cifar.Parts(drawn(100), drawn(50), drawn(50))
    monkeypatch.setattr(cifar, "parts", lambda *given: parts)


@pytest.fixture
def room(tmp_path):
    done = []
    made = Room(tmp_path / "report" / "part" / "task-0123456789", tmp_path, done.append)
    made.folder.mkdir(parents=True)
    return made, done


def test_a_training_learns_and_says_how(room):
    room, done = room
    result = train(SETTINGS, room)
    assert sum(done) == SETTINGS["steps"]
    assert result["curves"]["step"] == [0, 10, 20, 30, 40]
    assert all(len(values) == 5 for values in result["curves"].values())
    assert last(result, "train_accuracy") > 0.9
    assert last(result, "test_accuracy") == result["test_accuracy"] > 0.5
    cost, loss = (np.array(result["curves"][f"train_{name}"]) for name in ("cost", "loss"))
    assert (cost > loss).all()


def test_the_seed_decides_and_the_sigma_starts_small(room):
    room, _ = room
    assert train(SETTINGS, room) == train(SETTINGS, room)
    other = train({**SETTINGS, "seed": 1}, Room(room.folder / "other", room.data_dir))
    assert other != train(SETTINGS, room)
    small = train({**SETTINGS, "sigma": 1e-6}, Room(room.folder / "small", room.data_dir))
    assert small["curves"]["train_loss"][0] == pytest.approx(np.log(10), abs=1e-4)


@pytest.mark.parametrize("how", [{"trials": 3, "seed": 0}, {"values": [1e-4, 1e-2, 1e-1]}])
def test_a_search(room, how):
    room, done = room
    task = search_task("coarse", SETTINGS, low=1e-5, high=1e-1, log=True, **how)
    assert task.alone
    assert task.cost == 3 * SETTINGS["steps"]
    result = lambdas(task.settings, room)
    assert sum(done) == task.cost
    rows = sorted_rows(result)
    assert result["best"] == rows[0]["lambda"]
    low, high = result["around"]
    assert 1e-5 <= low < min(r["lambda"] for r in rows) < max(r["lambda"] for r in rows) <= high
    if "values" in how:
        assert [row["lambda"] for row in result["trials"]] == how["values"]
    assert lambdas(task.settings, room) == result
    assert shown.trials("t", "T", result).highlight == (0,)


def test_a_trial_is_a_training_of_its_own(room):
    room, _ = room
    how = {"training": SETTINGS, "low": 1e-5, "high": 1e-1, "log": True, "values": [1e-3, 1e-2]}
    alone = train({**SETTINGS, "coefficient": 1e-2}, Room(room.folder / "alone", room.data_dir))
    trial = lambdas(how, room)["trials"][1]
    assert trial["test_accuracy"] == alone["test_accuracy"]
    assert trial["train_accuracy"] == last(alone, "train_accuracy")


def test_a_carried_network_goes_on_where_it_was(room):
    room, _ = room
    rows = carried({"training": SETTINGS, "coefficients": [1e-3, 1e-3, 1e-3]}, room)
    fresh = train(SETTINGS, Room(room.folder / "fresh", room.data_dir))
    first = rows[0]["train_accuracy"]
    assert fresh["curves"]["train_loss"][0] > 1
    assert first <= rows[1]["train_accuracy"] <= 1
    # Killed after the first trial: that one is taken from its checkpoint.
    again = Room(room.folder / "again", room.data_dir)
    carried({"training": SETTINGS, "coefficients": [1e-3]}, again)
    assert carried({"training": SETTINGS, "coefficients": [1e-3, 1e-3, 1e-3]}, again) == rows


def test_a_recipe_sees_the_test_set_only_when_told(room):
    room, done = room
    settings = {**SETTINGS, "batch_norm": True, "reach": 1, "test": False}
    result = train_on_variants(settings, room)
    assert "test_accuracy" not in result
    assert sum(done) == 40
    other = Room(room.folder / "other", room.data_dir)
    told = train_on_variants({**settings, "test": True}, other)
    assert told["curves"] == result["curves"]
    assert 0 <= told["test_accuracy"] <= 1


def test_curves_are_the_mean_over_the_seeds():
    runs = [{"curves": {"step": [0, 1], "train_loss": [2.0, v]}} for v in (1.0, 2.0)]
    line = curves.line(runs, "train_loss", "training", "#0072B2")
    assert list(line.y) == [2.0, 1.5]
    assert line.band == pytest.approx([0.0, 0.5**0.5])


@pytest.mark.parametrize(
    ("steps", "heights"), [(40, [0, 0.1, 0, 0.1, 0]), (35, [0, 0.1, 0, 0.1, 0.05])]
)
def test_the_rate_is_drawn_as_it_was(steps, heights):
    line = curves.rate({**SETTINGS, "eta_min": 0.0, "steps": steps})
    assert list(line.x)[-1] == steps
    assert line.y == pytest.approx(heights)


def test_runs_by_name():
    part = {"a-seed-0": 1, "a-seed-1": 2, "a-b-seed-0": 3}
    assert shown.runs(part, "a") == [1, 2]
    assert shown.runs(part, "a-b") == [3]


def test_a_training_costs_its_updates():
    assert training_task("t", SETTINGS).cost == 40
