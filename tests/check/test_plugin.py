"""The pytest plugin, in a pytest of its own: what it shows, and that it costs the others nothing."""

from __future__ import annotations

import configparser
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

SWISH = """
import numpy as np
from minigrad import check

def swish(x):
    return x / (1 + np.exp(-x))

def wrong(g, x):
    return -g * (swish(x) + (1 - swish(x)) / (1 + np.exp(-x)))
"""


def run_pytest(folder: Path, text: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_it.py").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "minigrad_pytest", "-p", "no:cacheprovider",
               "-q", "--rootdir", str(folder), *arguments]  # fmt: skip
    # Without those that are installed, among which it may be itself.
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=600
    )


def test_a_failed_check_shows_its_report(tmp_path):
    run = run_pytest(
        tmp_path,
        SWISH
        + """
@check.property(backward=wrong, shapes="(n, 3)", max_examples=5)
def test_property(x):
    return swish(x)

def test_report():
    check.gradient(swish, wrong, np.array([0.5, 2.0])).raise_if_wrong()
""",
    )
    assert run.returncode == 1, run.stdout + run.stderr
    _, of_property, of_report = run.stdout.split("_ test_")
    assert "broken: gradient is the slope" in of_property
    assert "- the gradient check -" in of_property
    assert "wrong, the gradient of test_property: WRONG" in of_property
    assert "- the gradient check -" not in of_report, "it stands in the message already"
    for shown in (of_property, of_report):
        assert "- the V curve: every fourth step of x[" in shown
        assert "epsilon           D(epsilon)             gradient" in shown


def test_other_failures_and_passes_are_left_alone(tmp_path):
    run = run_pytest(
        tmp_path,
        SWISH + "def test_fails():\n    assert check is None\ndef test_passes():\n    pass\n",
    )
    assert "1 failed, 1 passed" in run.stdout
    assert "gradient check" not in run.stdout


def test_it_sees_into_groups_and_causes(tmp_path):
    run = run_pytest(
        tmp_path,
        SWISH
        + """
def failed():
    try:
        check.gradient(swish, wrong, np.array([0.5, 2.0])).raise_if_wrong()
    except AssertionError as error:
        return error

def test_group():
    raise ExceptionGroup("two", [ValueError("other"), failed()])

def test_cause():
    raise RuntimeError("above") from failed()
""",
    )
    assert run.stdout.count("- the V curve: every fourth step of x[") == 2, run.stdout


@pytest.mark.parametrize("hidden", ["numpy", "hypothesis"])
def test_it_needs_neither_numpy_nor_hypothesis(tmp_path, hidden):
    (tmp_path / "conftest.py").write_text(
        f"import sys\nsys.modules[{hidden!r}] = None\n", encoding="utf-8"
    )
    run = run_pytest(tmp_path, "def test_passes():\n    pass\ndef test_fails():\n    assert 0\n")
    assert "1 failed, 1 passed" in run.stdout, run.stdout + run.stderr


def test_it_imports_nothing_until_a_check_fails(tmp_path):
    """So coverage, which begins after the plugins, misses no line; and pytest starts as fast as before."""
    (tmp_path / "conftest.py").write_text(
        "import sys\n"
        "early = {n for n in sys.modules if n.split('.')[0] in ('numpy', 'minigrad', 'hypothesis')}\n"
        "assert 'minigrad_pytest' in sys.modules\n"
        "assert not early, early\n",
        encoding="utf-8",
    )
    run = run_pytest(tmp_path, "def test_passes():\n    pass\n")
    assert run.returncode == 0, run.stdout + run.stderr


def test_the_entry_point_names_the_module_beside_the_package():
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    assert config["options.entry_points"]["pytest11"].split() == [
        "minigrad",
        "=",
        "minigrad_pytest",
    ]
    assert config["options"]["py_modules"] == "minigrad_pytest"
    assert (ROOT / "minigrad_pytest.py").is_file()
