"""What a model's run folder shows of the model: its graph, and a training step to click through."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from minigrad.nn import Module
from minigrad.train.folder import GRAPH, STEPS
from minigrad.view.draw import draw
from minigrad.view.step import step
from minigrad.view.training import training_step


def illustrate(model: Module, inputs: Any, targets: Any, folder: Path) -> None:
    """Write graph.svg and steps.html: a training step of the model on these examples.

    The model is left as it was. Raises `RenderError` or `OSError` where a file cannot be made.
    """
    trace = training_step(model, inputs, targets)
    step(trace).html(folder / STEPS)
    draw(trace, overlay="gradient").save(folder / GRAPH)
