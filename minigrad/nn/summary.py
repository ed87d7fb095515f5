"""A table of a model's layers, the shapes they put out, and how many parameters they have."""

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

    output_shape    None for a layer that was not called, or returned no Tensor
    parameters      those of the layer itself; those that an earlier row has counted are left out
    """

    name: str
    layer: str
    output_shape: tuple[Any, ...] | None
    parameters: int


@dataclass(frozen=True)
class Summary:
    """The rows in the order of the calls; in the output shapes, "N" stands for the batch."""

    model: str
    rows: tuple[Row, ...]
    parameters: int
    trainable: int

    def __str__(self) -> str:
        table = [("name", "layer", "output shape", "parameters")]
        table += [
            (row.name, row.layer, shown(row.output_shape), f"{row.parameters:,}")
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
    """The table of a model that is given zeros of `input_shape`, which leaves out the batch: (1, 28, 28).

    The model runs in evaluation mode and is left in the mode it was in; nothing it holds is changed.
    Rows are the layers that own parameters or contain no others.
    """
    if not all(isinstance(n, int | np.integer) and n > 0 for n in input_shape):
        raise ParameterError(
            f"summary: input_shape={input_shape} must be a tuple of sizes without the batch"
        )
    modes = {module: module.training for module in model.modules()}
    dtype = next((p.dtype for p in model.parameters()), np.float32)
    calls: list[tuple[Module, Any]] = []

    def note(event: Event) -> None:
        if isinstance(event, Left):
            calls.append((event.module, event.output))

    try:
        with no_grad(), observing(note):
            model.eval()(Tensor(np.zeros((1, *input_shape), dtype)))
    finally:
        for module, mode in modes.items():
            module.training = mode
    return Summary(
        type(model).__name__,
        tuple(rows(model, calls)),
        sum(p.size for p in model.parameters()),
        sum(p.size for p in model.parameters() if p.requires_grad),
    )


def rows(model: Module, calls: list[tuple[Module, Any]]) -> Iterator[Row]:
    """The rows of what was called, then those of what was not."""
    names = {module: name for name, module in model.named_modules()}
    called = {module for module, _ in calls}
    counted: set[Parameter] = set()
    for module, output in calls + [(module, None) for module in names if module not in called]:
        own = [p for _, p in owned(module, Parameter)]
        if own or not any(module.children()):
            count = sum(p.size for p in dict.fromkeys(own) if p not in counted)
            counted.update(own)
            yield Row(names.get(module, "?"), type(module).__name__, batched(output), count)


def batched(output: Any) -> tuple[Any, ...] | None:
    """The shape of the output for one example, with N in the place of the 1."""
    if not isinstance(output, Tensor):
        return None
    return ("N", *output.shape[1:]) if output.shape[:1] == (1,) else output.shape


def shown(shape: tuple[Any, ...] | None) -> str:
    return "-" if shape is None else f"({', '.join(map(str, shape))})"
