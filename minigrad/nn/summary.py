"""A table of a model's layers: the shapes of their outputs and the number of their parameters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from minigrad.errors import ParameterError
from minigrad.nn.module import Left, Module, owned
from minigrad.nn.parameter import Parameter
from minigrad.recording import Event, no_grad, observing
from minigrad.tensor import Tensor


@dataclass(frozen=True)
class Row:
    """One call of a layer, or a layer that was not called.

    output_shape    None if the layer was not called or did not return a Tensor
    parameters      number of its own parameters, without those that an earlier row has counted
    """

    name: str
    layer: str
    output_shape: tuple[Any, ...] | None
    parameters: int


@dataclass(frozen=True)
class Summary:
    """The rows in the order of the calls. "N" in an output shape is the size of the batch."""

    model: str
    rows: tuple[Row, ...]
    parameters: int
    trainable: int

    def __str__(self) -> str:
        table = [("name", "layer", "output shape", "parameters")]
        table += [
            (row.name, row.layer, format_shape(row.output_shape), f"{row.parameters:,}")
            for row in self.rows
        ]
        widths = [max(map(len, column)) for column in zip(*table)]
        name, layer, shape, parameters = widths
        lines = [
            f"{a:<{name}}  {b:<{layer}}  {c:<{shape}}  {d:>{parameters}}" for a, b, c, d in table
        ]
        rule = "-" * len(lines[0])
        total = (
            f"{self.model}: {self.parameters:,} parameters, {self.trainable:,} of them trainable"
        )
        return "\n".join([lines[0], rule, *lines[1:], rule, total])


def summary(model: Module, input_shape: tuple[int, ...]) -> Summary:
    """The table of a model for inputs of `input_shape`, without the batch: (1, 28, 28).

    The model is called with zeros in evaluation mode, and then restored. Each row is a layer that owns
    parameters or contains no other layers.
    """
    if not all(isinstance(n, int | np.integer) and n > 0 for n in input_shape):
        raise ParameterError(
            f"summary: input_shape={input_shape} must be a tuple of sizes without the batch"
        )
    dtype = next((p.dtype for p in model.parameters()), np.float32)
    calls: list[tuple[Module, Any]] = []

    def note(event: Event) -> None:
        if isinstance(event, Left):
            calls.append((event.module, event.output))

    with model.preserved(), no_grad(), observing(note):
        model.eval()(Tensor(np.zeros((1, *input_shape), dtype)))
    return Summary(
        type(model).__name__,
        tuple(summary_rows(model, calls)),
        sum(p.size for p in model.parameters()),
        sum(p.size for p in model.parameters() if p.requires_grad),
    )


def summary_rows(model: Module, calls: list[tuple[Module, Any]]) -> Iterator[Row]:
    """The rows of the layers that were called, then of those that were not."""
    names = {module: name for name, module in model.named_modules()}
    called = {module for module, _ in calls}
    counted: set[Parameter] = set()
    for module, output in calls + [(module, None) for module in names if module not in called]:
        own = [p for _, p in owned(module, Parameter)]
        if own or not any(module.children()):
            count = sum(p.size for p in dict.fromkeys(own) if p not in counted)
            counted.update(own)
            yield Row(names.get(module, "?"), type(module).__name__, batch_shape(output), count)


def batch_shape(output: Any) -> tuple[Any, ...] | None:
    """The shape of an output of one example, with N in place of the 1."""
    if not isinstance(output, Tensor):
        return None
    return ("N", *output.shape[1:]) if output.shape[:1] == (1,) else output.shape


def format_shape(shape: tuple[Any, ...] | None) -> str:
    return "-" if shape is None else f"({', '.join(map(str, shape))})"
