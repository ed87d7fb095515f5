"""DOT to a picture, by the `dot` on the PATH or else by the engine that pygraphviz carries."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

from minigrad.errors import RenderError

SECONDS = 60.0
"""Longer than this a layout is not waited for."""

REMEDY = "pip install pygraphviz, whose wheels carry Graphviz, or put Graphviz's `dot` on the PATH"


def command(form: str) -> list[str]:
    """The program that draws. Raises `RenderError` where there is none."""
    if program := shutil.which("dot"):
        return [program, f"-T{form}"]
    if importlib.util.find_spec("pygraphviz") is not None:
        return [sys.executable, str(Path(__file__).with_name("engine.py")), form]
    raise RenderError(
        f"no Graphviz was found to draw with: {REMEDY}; .dot, .mmd and .txt are written without one"
    )


def render(dot: str, form: str, seconds: float = SECONDS) -> bytes:
    """The picture as "svg", "png" or "pdf". Raises `RenderError`, in one line, if it cannot be drawn."""
    program = command(form)
    try:
        run = subprocess.run(program, input=dot.encode(), capture_output=True, timeout=seconds)
    except subprocess.TimeoutExpired:
        raise RenderError(
            f"the layout was not ready after {seconds:g} seconds: draw less of it, "
            "with budget=, depth= or focus="
        ) from None
    except OSError as error:
        raise RenderError(f"{program[0]} cannot be run: {error.strerror}; {REMEDY}") from None
    if run.returncode != 0 or not run.stdout:
        said = run.stderr.decode(errors="replace").strip().splitlines()
        raise RenderError(
            f"{Path(program[0]).name} could not draw this as {form}: "
            + (said[-1] if said else f"it ended with status {run.returncode}")
        )
    return run.stdout
