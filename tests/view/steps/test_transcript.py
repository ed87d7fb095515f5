"""The transcripts of three programs are kept as files: to be read by people, and compared word for word.

To write them anew after a change, delete them and run this file; then read the difference.
"""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from minigrad.view import step
from tests.view.steps.programs import PROGRAMS

GOLDENS = Path(__file__).parent / "goldens"
NUMBER = re.compile(r"-?\d+\.\d+(?:e[-+]\d+)?|-?\d+e[-+]\d+")


def same_but_for_rounding(a, b):
    """Two machines may differ in the last digits of a sum, but in no word, and in nothing else."""
    if NUMBER.sub("#", a).split() != NUMBER.sub("#", b).split():
        return False
    pairs = zip(NUMBER.findall(a), NUMBER.findall(b))
    return all(np.isclose(float(x), float(y), rtol=2e-3, atol=1e-5) for x, y in pairs)


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_transcript_is_the_one_that_was_kept(name):
    path = GOLDENS / f"{name}.txt"
    text = step(PROGRAMS[name]()).transcript()
    if not path.exists():
        path.write_text(text, encoding="utf-8")
    assert same_but_for_rounding(text, path.read_text(encoding="utf-8"))


def test_the_comparison_sees_a_word_and_a_number():
    assert same_but_for_rounding("x = 1.00001 + 2", "x = 1.00002 + 2")
    assert not same_but_for_rounding("x = 1.00001 + 2", "x = 1.1 + 2")
    assert not same_but_for_rounding("x = 1.5 + 2", "x = 1.5 - 2")


def test_two_runs_give_the_same_text():
    """Also in another process, with another order of hashes: nothing depends on identity or time."""
    program = (
        "from programs import PROGRAMS; from minigrad.view import step; "
        "print(step(PROGRAMS['lenet']()).transcript(), end='')"
    )
    environment = {"OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(Path(__file__).parent)}
    texts = {
        subprocess.run(
            [sys.executable, "-c", program],
            env=environment | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(texts) == 1
    assert texts.pop().startswith("──── forward")


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_wider_than_asked_for(width):
    for name in PROGRAMS:
        text = step(PROGRAMS[name]()).transcript(width)
        long = [line for line in text.splitlines() if len(line) > width]
        assert long == []
