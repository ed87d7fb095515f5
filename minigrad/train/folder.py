"""The folder of a run: its files, and the rules that keep an earlier run from being lost in silence."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from minigrad.errors import CheckpointError, ParameterError
from minigrad.files import explaining
from minigrad.train import checkpoint
from minigrad.train.run import CHECKPOINT, HISTORY
from minigrad.train.settings import format_differences

CURVES, WEIGHTS = "curves.png", "model.safetensors"
CONFUSION, MISTAKES = "confusion.png", "mistakes.png"
GRAPH, STEPS = "graph.svg", "steps.html"
FILES = (CHECKPOINT, HISTORY, WEIGHTS, CURVES, CONFUSION, MISTAKES, GRAPH, STEPS)


def claim(
    folder: Path, options: Mapping[str, Any], *, resume: bool = False, overwrite: bool = False
) -> str:
    """Prepare the folder for a run with these options; returns a sentence to print, or "".

    A new or empty folder is used as it is. A finished run with the same options is replaced, since the
    result would be the same. Any other earlier run is continued if `resume` is given and the options
    agree, and removed if `overwrite` is given; otherwise it is a `ParameterError`.
    """
    require_writable(folder)
    found = [name for name in FILES if (folder / name).exists()]
    if not found:
        return f"{folder} holds no run yet: starting from the beginning" if resume else ""
    if overwrite:
        clear(folder)
        return f"the earlier run in {folder} is replaced"
    remedy = "replace it with --overwrite, or choose another --out"
    if CHECKPOINT not in found:
        raise ParameterError(f"{folder} holds {found[0]}, but no checkpoint: {remedy}")
    try:
        state = checkpoint.load(folder / CHECKPOINT)
        before, finished = state["keep"]["options"], state["updates"] >= state["total"]
    except (CheckpointError, KeyError, TypeError):
        raise ParameterError(
            f"{folder / CHECKPOINT} is not the checkpoint of such a run: {remedy}"
        ) from None
    if different := format_differences(before, options):
        raise ParameterError(
            f"{folder} holds a run with other options ({different}): "
            + ("repeat them to resume it" if resume else remedy)
        )
    if resume:
        return ""
    if not finished:
        raise ParameterError(f"{folder} holds an unfinished run: continue with --resume, {remedy}")
    clear(folder)
    return f"the finished run in {folder}, which had the same options, is replaced"


def require_writable(folder: Path) -> None:
    """Make the folder, and a file in it as a trial; raises `ParameterError`."""
    trial = folder / ".trial"
    with explaining(ParameterError, f"--out {folder}: cannot be written to"):
        folder.mkdir(parents=True, exist_ok=True)
        trial.touch()
        trial.unlink()


def clear(folder: Path) -> None:
    """Remove the files of a run. The checkpoint is last: it marks the folder as that of a run."""
    for name in reversed(FILES):
        (folder / name).unlink(missing_ok=True)
