"""What a model's run folder shows of the model: its graph, and a training step to click through."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from minigrad.nn import Module
from minigrad.train.folder import GRAPH, STEPS
from minigrad.view.draw import draw
from minigrad.view.step import step
from minigrad.view.training import training_step

STEPPED = 2
"""So many examples are stepped through: their numbers fit on a page."""


def illustrate(model: Module, inputs: Any, targets: Any, folder: Path) -> None:
    """Write graph.svg, a training step of the model on these examples, and steps.html, one on the first two.

    The model is left as it was. Raises `RenderError` or `OSError` where a file cannot be made.
    """
    step(training_step(model, inputs[:STEPPED], targets[:STEPPED])).html(folder / STEPS)
    draw(training_step(model, inputs, targets), overlay="gradient").save(folder / GRAPH)
