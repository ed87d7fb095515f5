"""The two assignments on CIFAR-10 from end to end on the real data, and killed on the way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from experiments import dd2424_a2_tables as tables
from experiments.command import main
from experiments.publish import QUICK

ROOT = Path(__file__).parent.parent.parent
NAMES = ["dd2424-a2", "dd2424-a3"]


def test_the_tables_of_report_001_are_whole():
    for table in (tables.COARSE, tables.FINE):
        assert len(table) == 30
        assert all(len(row) == 4 and 0 < row[0] < 1e-3 for row in table)
    # The slip that the page speaks of: the training accuracy climbs whatever lambda is.
    training = np.array([row[1] for row in tables.COARSE])
    assert (np.diff(training) > -0.004).all()
    assert training[0] < 0.7 < 0.999 < training[-1]


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_quick_goes_to_the_end(name, real_data, tmp_path):
    argv = [name, "--quick", "--data-dir", str(real_data), "--out", str(tmp_path)]
    assert main(argv) == 0
    folder = tmp_path / "quick-results" / name
    content = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert content["quick"] == QUICK
    assert len(content["numbers"]) > 20
    assert QUICK in (folder / "report.html").read_text(encoding="utf-8")
    for svg in (folder / "figures").glob("*.svg"):
        assert svg.with_suffix(".png").exists()


def published(folder: Path) -> dict[str, bytes]:
    """What may not hang on when or how the run was made."""
    kept = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("tables/*")}
    for path in folder.rglob("report.json"):
        kept[path.parent.name] = json.dumps(
            json.loads(path.read_text(encoding="utf-8"))["numbers"]
        ).encode()
    return kept


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_killed_at_random_moments_it_ends_in_the_same_tables(name, real_data, tmp_path):
    """SIGKILL during trainings, searches and checks alike; the last run goes to the end."""

    def start(out: Path, *argv: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-u", "-m", "experiments", name, "--quick", "--data-dir",
                   str(real_data), "--out", str(out), *argv]  # fmt: skip
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
        return subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
        )

    with start(tmp_path / "whole") as process:
        lines = len(process.stdout.readlines())
    assert process.returncode == 0
    rng = np.random.default_rng(0)
    argv: tuple[str, ...] = ()
    killed = 0
    for _ in range(3):
        with start(tmp_path / "killed", *argv) as process:
            last = int(rng.uniform(0.1, 0.4) * lines)
            for _ in islice(process.stdout, last):
                pass
            process.send_signal(signal.SIGKILL)
        killed += process.returncode == -signal.SIGKILL
        argv = ("--resume",)
    assert killed > 0
    with start(tmp_path / "killed", *argv) as process:
        process.communicate()
    assert process.returncode == 0
    assert published(tmp_path / "killed" / "quick-results") == published(
        tmp_path / "whole" / "quick-results"
    )
