"""Whether the gradient of every parameter of a model is the slope of its loss."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from minigrad import ops
from minigrad.check import oracle
from minigrad.nn import Module
from minigrad.op import no_grad
from minigrad.tensor import Array

STEPS = oracle.STEPS[5:37]
"""Networks bend, and break, at larger steps; at smaller ones there is only noise."""


@dataclass(frozen=True)
class Row:
    """One parameter along its worst direction."""

    name: str
    shape: tuple[int, ...]
    sweep: oracle.Sweep

    def __str__(self) -> str:
        sweep = self.sweep
        error = abs(sweep.error) / sweep.scale if sweep.scale else abs(sweep.error)
        kink = f"  kinks from step {sweep.edge:.0e} on" if sweep.edge else ""
        return (
            f"  {self.name:<24}{self.shape!s:<18}{error:>9.1e}  +- {sweep.resolution:.1e}  "
            f"{sweep.verdict}{kink}"
        )


@dataclass(frozen=True)
class ModelReport:
    """The rows of all parameters; `str` is the table that the models' command lines print."""

    rows: tuple[Row, ...]
    examples: int

    @property
    def passed(self) -> bool:
        """Whether no gradient is wrong, and at least one was seen to be right."""
        verdicts = {row.sweep.verdict for row in self.rows}
        return "wrong" not in verdicts and "right" in verdicts

    def __str__(self) -> str:
        wrong = [row.name for row in self.rows if row.sweep.verdict == "wrong"]
        right = sum(row.sweep.verdict == "right" for row in self.rows)
        verdict = f"WRONG: {', '.join(wrong)}" if wrong else f"{right} of {len(self.rows)} right"
        return "\n".join(
            [
                f"gradients against differences in float64, {self.examples} examples: {verdict}",
                f"  {'parameter':<24}{'shape':<18}relative error",
                *map(str, self.rows),
            ]
        )


def model(
    network: Module,
    x: Any,
    y: Any,
    *,
    loss: Callable[..., Any] = ops.cross_entropy,
    rng: np.random.Generator | None = None,
    directions: int = 1,
) -> ModelReport:
    """Check the gradient of each parameter along random directions, on the examples x with targets y.

    The numbers are computed in float64, and in the mode (train or eval) that the network is in; its
    parameters, their gradients and its buffers are afterwards what they were. Where ReLU or max-pooling
    switches within a step, only the finer steps count, and the row says so. `loss(outputs, y,
    reduction="none")` gives a loss for each example; gradients are those of their mean.
    """
    rng = np.random.default_rng(0) if rng is None else rng
    with in_double_precision(network):
        x = np.asarray(x, np.float64)
        loss(network(x), y).backward()
        rows = []
        for name, parameter in network.named_parameters():
            if parameter.requires_grad and parameter.size:
                grad = np.zeros(parameter.shape) if parameter.grad is None else parameter.grad.data

                def losses(value: Array, parameter: Any = parameter) -> Array:
                    parameter.data = value
                    with no_grad():
                        each: Array = loss(network(x), y, reduction="none").data
                    return each / len(x)

                start = parameter.data
                sweeps = [
                    oracle.sweep(
                        losses,
                        [start],
                        [grad],
                        oracle.random_direction([start], rng),
                        steps=STEPS,
                    )
                    for _ in range(directions)
                ]
                parameter.data = start
                worst = max(sweeps, key=lambda sweep: abs(sweep.error) / (sweep.bound or 1.0))
                rows.append(Row(name, parameter.shape, worst))
    return ModelReport(tuple(rows), len(x))


@contextmanager
def in_double_precision(network: Module) -> Iterator[None]:
    """Parameters and buffers in float64, without gradients; then all as it was, the arrays themselves."""
    parameters, buffers = list(network.parameters()), list(network.buffers())
    before = [(tensor, tensor.data, tensor.grad) for tensor in (*parameters, *buffers)]
    generators = [each for _, each in network.named_rngs()]
    states = [each.bit_generator.state for each in generators]
    try:
        for tensor, data, _ in before:
            tensor.data = data.astype(np.float64)
            tensor.grad = None
        yield
    finally:
        for tensor, data, grad in before:
            tensor.grad = None
            tensor.data = data
            tensor.grad = grad
        for generator, state in zip(generators, states):
            generator.bit_generator.state = state
