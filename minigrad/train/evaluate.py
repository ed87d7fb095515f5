"""Evaluation: the loss, the accuracy and the outputs of a model over a data set."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from minigrad.data import Dataset
from minigrad.errors import ParameterError
from minigrad.nn import Module
from minigrad.ops import cross_entropy
from minigrad.recording import no_grad
from minigrad.tensor import Tensor
from minigrad.typing import Array

Loss = Callable[[Any, Array], Any]
"""loss(outputs, targets): the mean over a batch, of shape ()."""


class Evaluation(NamedTuple):
    """The mean loss, the share of correct answers (None where targets are not labels), and all outputs."""

    loss: float
    accuracy: float | None
    outputs: Array


def evaluate(
    model: Module, data: Dataset, *, loss: Loss = cross_entropy, batch_size: int = 500
) -> Evaluation:
    """Run `model` over `data` in evaluation mode and without a graph. The model is restored.

    Batches are weighted by their sizes, so the result does not depend on `batch_size`, except for rounding.
    """
    if len(data) == 0:
        raise ParameterError("evaluate: the data set has no examples")
    pieces: list[tuple[Array, Array]] = []
    losses = 0.0
    with model.preserved(), no_grad():
        model.eval()
        for start in range(0, len(data), batch_size):
            inputs, targets = data[start : start + batch_size]
            out = model(Tensor(inputs))
            losses += float(loss(out, targets).data) * len(targets)
            pieces.append((out.data, targets))
    outputs, labels = (np.concatenate(parts) for parts in zip(*pieces))
    hits = count_correct(outputs, labels)
    return Evaluation(losses / len(data), None if hits is None else hits / len(data), outputs)


def count_correct(outputs: Array, targets: Array) -> int | None:
    """Number of rows of `outputs` (n, classes) that are largest at their label; None without labels."""
    if outputs.ndim != 2 or targets.ndim != 1 or targets.dtype.kind not in "iu":
        return None
    return int((outputs.argmax(axis=1) == targets).sum())
