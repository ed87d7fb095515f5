"""The folder of a run: what may be written there, so that no earlier run is lost in silence."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from minigrad.errors import CheckpointError, ParameterError
from minigrad.train import checkpoint
from minigrad.train.run import CHECKPOINT, HISTORY

CURVES, WEIGHTS = "curves.png", "model.safetensors"
CONFUSION, MISTAKES = "confusion.png", "mistakes.png"
GRAPH, STEPS = "graph.svg", "steps.html"
FILES = (CHECKPOINT, HISTORY, WEIGHTS, CURVES, CONFUSION, MISTAKES, GRAPH, STEPS)


def claim(
    folder: Path, settings: Mapping[str, Any], *, resume: bool = False, overwrite: bool = False
) -> str:
    """Make the folder ready for a run with these settings; returns a sentence to print, or "".

    A new or an empty folder is taken. A finished run with the same settings is replaced: the result
    would be the same. Any other earlier run is continued if `resume` is given and the settings agree,
    is removed if `overwrite` is given, and is a `ParameterError` that says so otherwise.
    """
    writable(folder)
    found = [name for name in FILES if (folder / name).exists()]
    if not found:
        return f"{folder} holds no run yet: starting from the beginning" if resume else ""
    if overwrite:
        clear(folder)
        return f"the earlier run in {folder} is replaced"
    ways = "replace it with --overwrite, or choose another --out"
    if CHECKPOINT not in found:
        raise ParameterError(f"{folder} holds {found[0]}, but no checkpoint: {ways}")
    try:
        state = checkpoint.load(folder / CHECKPOINT)
        before, finished = state["keep"]["settings"], state["step"] >= state["steps"]
    except (CheckpointError, KeyError, TypeError):
        raise ParameterError(
            f"{folder / CHECKPOINT} is not the checkpoint of such a run: {ways}"
        ) from None
    differing = [
        f"{name}={before.get(name)} there, {settings.get(name)} here"
        for name in sorted(before.keys() | settings.keys())
        if before.get(name) != settings.get(name)
    ]
    if differing:
        raise ParameterError(
            f"{folder} holds a run with other settings ({'; '.join(differing)}): "
            + ("repeat them to resume it" if resume else ways)
        )
    if resume:
        return ""
    if not finished:
        raise ParameterError(f"{folder} holds an unfinished run: go on with --resume, {ways}")
    clear(folder)
    return f"the finished run in {folder}, which had the same settings, is replaced"


def writable(folder: Path) -> None:
    """Make the folder, and a file in it to see; raises `ParameterError`."""
    trial = folder / ".trial"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        trial.touch()
        trial.unlink()
    except OSError as error:
        raise ParameterError(f"--out {folder}: cannot be written to: {error.strerror}") from error


def clear(folder: Path) -> None:
    """Remove the files of a run, its checkpoint last: while that is there, the folder is known as one."""
    for name in reversed(FILES):
        (folder / name).unlink(missing_ok=True)
