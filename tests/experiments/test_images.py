"""A training on images that is killed and resumed says the same; its JSON lines outlive its folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from experiments import images
from experiments.cache import Cache
from experiments.parts import Room, Task

NETWORKS = {
    "mlp": {"kind": "mlp", "hidden": [16], "activation": "tanh", "init": "glorot"},
    "lenet": {"kind": "lenet", "batch_norm": True, "dropout": 0.2, "init": "pytorch"},
}


def setting(kind: str, **given: Any) -> dict[str, Any]:
    return images.setting(
        NETWORKS[kind], data="glyphs", training=64, split_seed=3, seed=1, lr=0.1, momentum=0.5,
        batch_size=8, epochs=3, **given,
    )  # fmt: skip


def killed_after(updates: int) -> Callable[[float], None]:
    done = 0.0

    def tick(more: float) -> None:
        nonlocal done
        done += more
        if done >= updates:
            raise KeyboardInterrupt

    return tick


@pytest.mark.parametrize(("kind", "after"), [("mlp", 11), ("mlp", 16), ("lenet", 9 * 4)])
def test_killed_and_resumed_it_says_the_same(
    glyphs: None, tmp_path: Path, kind: str, after: int
) -> None:
    settings = setting(kind, l2=1e-3)
    whole = images.train(settings, Room(tmp_path / "whole", Path()), measure=images.on_test)
    room = Room(tmp_path / "killed", Path())
    with pytest.raises(KeyboardInterrupt):
        images.train(settings, replace(room, tick=killed_after(after)), measure=images.on_test)
    ticks: list[float] = []
    resumed = replace(room, tick=ticks.append)
    assert images.train(settings, resumed, measure=images.on_test) == whole
    assert ticks[0] == 8 * images.WORK[kind], "it goes on from the checkpoint of the first epoch"
    assert whole["curves"]["epoch"] == [1, 2, 3]
    assert whole["curves"]["test_accuracy"][-1] == pytest.approx(whole["test_accuracy"], abs=1e-6)
    lines = [(tmp_path / name / "history.jsonl").read_bytes() for name in ("whole", "killed")]
    assert lines[0] == lines[1]


def test_an_evaluation_that_is_repeated_is_kept_once(glyphs: None, tmp_path: Path) -> None:
    def killed(model: Any, data: Any) -> dict[str, float]:
        found = images.on_test(model, data)
        if len(seen) == 1 and not again:
            again.append(True)
            raise KeyboardInterrupt  # measured, and not yet saved
        seen.append(found)
        return found

    seen: list[Any] = []
    again: list[bool] = []
    room = Room(tmp_path, Path())
    with pytest.raises(KeyboardInterrupt):
        images.train(setting("mlp"), room, measure=killed)
    result = images.train(setting("mlp"), room, measure=killed)
    assert len(result["curves"]["test_loss"]) == 3
    steps = [
        json.loads(line)["step"]
        for line in (tmp_path / "measured.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert steps == [8, 16, 24]


def test_the_lot_decides_which_images_validate_and_none_is_lost(glyphs: None) -> None:
    by_seed = [images.data_parts(Path(), "glyphs", 64, split_seed, None) for split_seed in (1, 2)]
    first = images.data_parts(Path(), "glyphs", 64, None, None)
    assert [len(part) for part in first] == [64, 26, 90]
    assert (by_seed[0].validation.inputs != by_seed[1].validation.inputs).any()
    for parts in (*by_seed, first):
        total = parts.training.inputs.sum(dtype=float) + parts.validation.inputs.sum(dtype=float)
        assert total == pytest.approx(first.training.inputs.sum() + first.validation.inputs.sum())


def test_the_bar_moves_by_the_cost_of_the_task(glyphs: None, tmp_path: Path) -> None:
    ticks: list[float] = []
    task = images.task("t", images.train, setting("lenet"))
    images.train(task.settings, Room(tmp_path, Path(), tick=ticks.append))
    assert sum(ticks) == task.cost == 3 * 8 * images.WORK["lenet"]


def test_json_lines_outlive_the_folder_of_the_task(glyphs: None, tmp_path: Path) -> None:
    cache, task = Cache(tmp_path), Task("run", images.train, setting("mlp"))
    room = Room(cache.room("part", task), Path())
    for folder in (room.folder, room.folder / "trial-2"):
        images.train(task.settings, replace(room, folder=folder))
    cache.put("part", task, {}, 1.0)
    assert not room.folder.exists()
    logs = sorted((tmp_path / "part" / "logs").iterdir())
    assert [path.name for path in logs] == ["run-trial-2.jsonl", "run.jsonl"]
    kinds = [json.loads(line)["kind"] for line in logs[1].read_text(encoding="utf-8").splitlines()]
    assert kinds.count("update") == 24
    assert kinds.count("evaluation") == 3
