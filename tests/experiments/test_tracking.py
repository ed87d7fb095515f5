"""Weights & Biases: what is logged, when it is closed, and what is said where the package is missing."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from experiments import images
from experiments.command import main
from experiments.parts import Room

pytestmark = pytest.mark.usefixtures("glyphs")

SETTINGS = images.setting(
    {"kind": "mlp", "hidden": [8], "activation": "relu", "init": "he"},
    data="glyphs", training=24, split_seed=None, seed=0, lr=0.1, batch_size=8, epochs=2,
)  # fmt: skip


class FakeRun:
    def __init__(self) -> None:
        self.logged: list[tuple[int, dict[str, Any]]] = []
        self.finished = 0

    def log(self, values: dict[str, Any], step: int) -> None:
        self.logged.append((step, values))

    def finish(self) -> None:
        self.finished += 1


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> tuple[FakeRun, list[dict[str, Any]]]:
    run, began = FakeRun(), []
    module = ModuleType("wandb")
    module.init = lambda **given: began.append(given) or run  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "wandb", module)
    return run, began


@pytest.mark.parametrize(
    ("folder", "group", "name"),
    [
        ("training/none-0-0123456789", "training", "none-0"),
        ("grid/weight-decay-0123456789/trial-3", "weight-decay", "trial-3"),
    ],
)
def test_every_epoch_is_logged_under_the_name_of_the_task(
    fake: Any, tmp_path: Path, folder: str, group: str, name: str
) -> None:
    run = fake[0]
    room = Room(tmp_path / folder, Path(), track=True)
    result = images.train(SETTINGS, room, measure=images.on_test)
    [began] = fake[1]
    assert (began["name"], began["group"], began["config"]) == (name, group, SETTINGS)
    assert [step for step, _ in run.logged] == [3, 6]
    assert run.logged[-1][1]["validation_accuracy"] == pytest.approx(
        result["curves"]["validation_accuracy"][-1], abs=1e-6
    )
    assert run.logged[-1][1]["test_loss"] == pytest.approx(result["test_loss"], rel=1e-6)
    assert run.finished == 1


def test_a_run_that_fails_is_closed_too(fake: Any, tmp_path: Path) -> None:
    def stop(more: float) -> None:
        if more:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        images.train(SETTINGS, Room(tmp_path, Path(), tick=stop, track=True))
    assert fake[0].finished == 1


def test_nothing_is_tracked_unless_asked(fake: Any, tmp_path: Path) -> None:
    images.train(SETTINGS, Room(tmp_path, Path()))
    assert fake[1] == []


def test_without_the_package_the_command_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "wandb", None)
    command = ["cs5787", "--wandb", "--data-dir", str(tmp_path), "--out", str(tmp_path / "out")]
    assert main(command) == 2
    assert capsys.readouterr().err == (
        "python -m experiments: --wandb logs to Weights & Biases, whose package is not installed: "
        "pip install 'minigrad-edu[track]', or leave --wandb away\n"
    )
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # the package's own, which are not ours to mend
def test_offline_the_run_is_written_to_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    wandb = pytest.importorskip("wandb")
    for name, value in {"MODE": "offline", "DIR": str(tmp_path), "SILENT": "true"}.items():
        monkeypatch.setenv(f"WANDB_{name}", value)
    for name in ("CACHE", "CONFIG", "DATA"):
        monkeypatch.setenv(f"WANDB_{name}_DIR", str(tmp_path / name))
    room = Room(tmp_path / "training" / "none-0-0123456789", Path(), track=True)
    images.train(SETTINGS, room, measure=images.on_test)
    wandb.teardown()  # the service that writes the file is another process
    [written] = tmp_path.glob("wandb/offline-run-*/run-*.wandb")
    content = written.read_bytes()
    for word in (b"validation_accuracy", b"test_loss", b"none-0", b"weight_decay"):
        assert word in content
