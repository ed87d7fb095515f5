"""IFT6135: what the zero column implies, ten weights by differences, the layer table, and --quick."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from experiments import images
from experiments.command import main
from experiments.ift6135 import cnn, differences, grid, initialisation, reported
from experiments.parts import Room
from minigrad import Tensor, nn
from minigrad.data import ArrayDataset, load
from minigrad.ops import cross_entropy
from minigrad.optim import SGD
from models.mlp import MLP

# ---- initialisation ----


@pytest.mark.parametrize("per_epoch", [0.05, 0.54, 1.5])
def test_rate_times_updates_is_found_from_a_loss(per_epoch: float) -> None:
    shares = np.random.default_rng(0).dirichlet(np.full(10, 50.0))
    tenth = initialisation.descent(shares, per_epoch, updates=20)[-1]
    # Twenty updates an epoch or a hundred: the descent is nearly a flow.
    assert abs(initialisation.fitted(shares, tenth) - per_epoch) < 0.02 * per_epoch


def test_a_network_with_zero_weights_descends_as_ten_numbers_do() -> None:
    training, _ = load("glyphs")
    x, y = training[:100]
    shares = np.bincount(y, minlength=10) / len(y)
    sizes = (int(np.prod(x.shape[1:])), 12, 11, 10)
    model = MLP(sizes, rng=np.random.default_rng(0), init=nn.init.zeros)
    descent = SGD(model.parameters(), lr=0.05)
    for _ in range(20):
        descent.zero_grad()
        cross_entropy(model(Tensor(x)), y).backward()
        descent.step()
    loss = float(cross_entropy(model(Tensor(x)), y).data)
    [expected] = initialisation.descent(shares, 20 * 0.05, epochs=1, updates=20)
    assert loss == pytest.approx(expected, abs=1e-6)


def test_a_floored_loss_counts_no_mistake_beyond_its_floor() -> None:
    logits = np.array([[0.0, 100.0], [3.0, 3.0], [50.0, 0.0]], np.float32)
    data = ArrayDataset(logits, np.array([0, 1, 0]))
    found = initialisation.floored(nn.Flatten(), images.Parts(data, data, data))["floored_loss"]
    assert found == pytest.approx((-np.log(1e-6) + np.log(2) + 0) / 3)


# ---- ten weights ----


@pytest.fixture(scope="module")
def ten_weights() -> dict:
    rng = np.random.default_rng(3)
    images_, targets = rng.normal(size=(200, 784)).astype(np.float32), rng.integers(0, 10, 200)
    data = ArrayDataset(images_, targets)
    model = MLP((784, 30, 20, 10), rng=rng)
    return differences.looked_at(model, images.Parts(data, data, data))


def test_the_gradient_of_ten_weights_is_right_but_where_a_step_straddles_a_kink(
    ten_weights: dict,
) -> None:
    # At an epsilon of 1e-4 both errors are small, and a kink so near is unlikely.
    off = differences.off(ten_weights, 10_000)
    assert np.abs(off).max() < 1e-8
    assert set(ten_weights["verdicts"]) == {"correct"}
    assert abs(ten_weights["loss"] - np.log(2)) < 0.5


def test_ten_weights_lead_to_ten_units_some_of_which_sleep(ten_weights: dict) -> None:
    g = np.array(ten_weights["gradient"])
    asleep = g == 0
    assert 0 < asleep.sum() < 10
    np.testing.assert_array_equal(differences.off(ten_weights, 500_000)[asleep], 0)
    # The largest of the others is far from round-off: it is a gradient that was checked.
    assert np.abs(g).max() > 1e-3


def test_the_largest_difference_goes_through_a_minimum(ten_weights: dict) -> None:
    largest = [np.abs(differences.off(ten_weights, n)).max() for n in differences.NS]
    best = int(np.argmin(largest))
    assert 0 < best < len(largest) - 1
    assert largest[-1] > 5 * largest[best]
    assert largest[0] > 5 * largest[best]


# ---- the networks ----


def test_the_grid_is_that_of_the_report() -> None:
    tasks = grid.plan({}, quick=False)
    assert len(grid.combinations()) == 36
    assert len({task.name for task in tasks}) == 36 + 4 * 2
    for hidden, count in reported.PARAMETERS.items():
        table = images.summary(grid.settings(hidden, "tanh", 0.01, 0, quick=False))
        assert table.parameters == count


def test_the_layers_of_the_cnn_are_those_of_the_report() -> None:
    rows = cnn.layers({"network": {"kind": "cnn", "init": "he"}}, Room(Path(), Path()))
    assert [(r["layer"], tuple(r["shape"]), r["parameters"]) for r in rows] == list(reported.LAYERS)
    assert sum(r["parameters"] for r in rows) == reported.CNN_PARAMETERS


@pytest.mark.data
@pytest.mark.slow
def test_quick_goes_to_the_end(
    real_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["ift6135", "--quick", "--data-dir", str(real_data), "--out", str(tmp_path)]
    assert main(command) == 0
    folder = tmp_path / "quick-results" / "ift6135"
    numbers = {
        n["what"]: n
        for n in json.loads((folder / "report.json").read_text(encoding="utf-8"))["numbers"]
    }
    assert numbers["CNN: parameters"]["reproduced"]
    assert numbers["zero, epoch 1"]["report"] == pytest.approx(2.302421, abs=1e-6)
    assert len(json.loads((folder / "tables" / "grid.json").read_text(encoding="utf-8"))) == 36
    assert len(json.loads((folder / "tables" / "largest.json").read_text(encoding="utf-8"))) == 12
    for name in ("initialisation", "differences", "cnn"):
        assert (folder / "figures" / f"{name}.png").stat().st_size > 10_000
    capsys.readouterr()


@pytest.mark.data
@pytest.mark.slow
def test_the_zero_column_is_explained_to_a_millionth(real_data: Path, tmp_path: Path) -> None:
    settings = {"losses": list(reported.ZERO)}
    found = initialisation.implied(settings, Room(tmp_path, real_data))
    off = np.abs(np.array(found["losses"]) - reported.ZERO)
    assert np.delete(off, 2).max() < 3e-6, "one number explains nine losses"
    assert off[2] > 1e-4, "the report's third line is its second once more"
