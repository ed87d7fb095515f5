"""A training step, traced: what a model computes of a batch, its loss, and the way back."""

from __future__ import annotations

from typing import Any

from minigrad.nn import Module
from minigrad.ops import cross_entropy
from minigrad.tensor import Tensor
from minigrad.view.trace import KEEP, Trace, Tracing


def training_step(model: Module, inputs: Any, targets: Any, keep: int | None = KEEP) -> Trace:
    """The trace of a forward and a backward pass through the cross-entropy of `model(inputs)`.

    The model computes in the mode that it is in, and is left as it was: its gradients, buffers and random
    generators too. Whatever it raises is raised.
    """
    tracing = Tracing(keep, home=step)
    x = inputs if isinstance(inputs, Tensor) else Tensor(inputs)
    with model.preserved():
        for p in model.parameters():
            p.grad = None
        with tracing as t:
            tracing.recorder.known(x, "x")
            step(model, x, targets)
    return t


def step(model: Module, x: Tensor, labels: Any) -> None:
    logits = model(x)
    loss = cross_entropy(logits, labels)
    loss.backward()
