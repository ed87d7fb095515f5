"""An error that somebody's function raised while it was checked, in two lines that say where."""

from __future__ import annotations

import sysconfig
import traceback
from pathlib import Path

import numpy as np

import minigrad
from minigrad.errors import WrongGradientError

OTHERS = {
    Path(minigrad.__file__).parent,
    Path(np.__file__).parent.parent,  # where packages are installed
    Path(sysconfig.get_path("stdlib")),
}


class RaisedError(WrongGradientError):
    """A function that is checked raised an error; the message says which, and at which line."""


def raised(error: BaseException) -> str:
    """`raised ValueError: what it said`, and the last line of the user's own code that was running."""
    said = " ".join(str(error).split())
    says = f"raised {type(error).__name__}" + (f": {said}" if said else "")
    for line in lines(error)[-1:]:
        says += f"\n  line {line.lineno} of {Path(line.filename).name}: {line.line}"
    return says


def lines(error: BaseException) -> list[traceback.FrameSummary]:
    """Where it passed through code that is neither minigrad's nor an installed package's."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.line]
    return [f for f in frames if not OTHERS.intersection(Path(f.filename).parents)]
