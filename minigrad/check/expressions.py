"""Random expressions: graphs of ops, grown so that all values are of order one and off every kink.

An expression can be called on arrays and on Tensors alike, and printed as the program that it is:

    t0 = sin(x0)
    t1 = mul(t0, x1)
    t2 = sum(t1, axis=-1, keepdims=True)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from minigrad.domain import Domain, Draw
from minigrad.op import OPS
from minigrad.typing import Array

LARGEST = 20.0
"""Values beyond are not built upon: a graph of exponentials of exponentials says nothing."""

MARGIN = 0.02
"""How far from a kink or the edge of a domain the values must be."""

LEAVES = Domain(-1.5, 1.5, distinct=True)

Fits = Callable[..., bool]


def smooth(*xs: Array) -> bool:
    return True


def away_from_zero(*xs: Array) -> bool:
    """The last input: a divisor, or what has a kink at 0."""
    return bool(np.all(np.abs(xs[-1]) > MARGIN))


def positive(x: Array) -> bool:
    return bool(np.all(x > MARGIN))


def apart(x: Array, y: Array) -> bool:
    return bool(np.all(np.abs(x - y) > MARGIN))


def chain(x: Array, y: Array) -> bool:
    return x.ndim == y.ndim == 2 and x.shape[1] == y.shape[0]


def matrix(x: Array) -> bool:
    return x.ndim == 2


def has_axis(x: Array) -> bool:
    return x.ndim > 0


ONE: dict[str, tuple[Fits, dict[str, Any]]] = {
    "tanh": (smooth, {}),
    "sin": (smooth, {}),
    "cos": (smooth, {}),
    "exp": (smooth, {}),
    "sigmoid": (smooth, {}),
    "softplus": (smooth, {}),
    "neg": (smooth, {}),
    "relu": (away_from_zero, {}),
    "abs": (away_from_zero, {}),
    "log": (positive, {}),
    "sqrt": (positive, {}),
    "sum": (has_axis, {"axis": -1, "keepdims": True}),
    "mean": (has_axis, {"axis": 0}),
    "softmax": (has_axis, {"axis": -1}),
    "cumsum": (has_axis, {"axis": 0}),
    "transpose": (matrix, {}),
}
TWO: dict[str, Fits] = {
    "add": smooth,
    "sub": smooth,
    "mul": smooth,
    "div": away_from_zero,
    "maximum": apart,
    "minimum": apart,
    "matmul": chain,
}


@dataclass(frozen=True)
class Step:
    """One op applied to earlier values, by their number: leaves first, then the steps before."""

    op: str
    places: tuple[int, ...]
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Expression:
    """A function of arrays or Tensors, and a point at which it may be differentiated."""

    inputs: tuple[Array, ...]
    steps: tuple[Step, ...]

    def __call__(self, *inputs: Any) -> Any:
        values = list(inputs)
        for step in self.steps:
            values.append(OPS[step.op](*(values[i] for i in step.places), **step.params))
        return values[-1]

    def name(self, place: int) -> str:
        count = len(self.inputs)
        return f"x{place}" if place < count else f"t{place - count}"

    def __str__(self) -> str:
        lines = [f"{self.name(i)} = np.array({x.tolist()})" for i, x in enumerate(self.inputs)]
        for k, step in enumerate(self.steps):
            arguments = [self.name(i) for i in step.places]
            arguments += [f"{name}={value!r}" for name, value in step.params.items()]
            lines.append(f"t{k} = {step.op}({', '.join(arguments)})")
        return "\n".join(lines)

    def __repr__(self) -> str:  # what hypothesis prints when an example fails
        return f"<expression\n{self}\n>"


def grown(draw: Draw, max_steps: int = 8) -> Expression:
    """An expression of at least one step; a step that does not fit where it was drawn is left out."""
    inputs = tuple(draw.array(shape, LEAVES) for shape in draw.broadcastable(draw.integer(1, 3), 2))
    values: list[Array] = list(inputs)
    steps: list[Step] = []
    for _ in range(draw.integer(1, max_steps)):
        step = candidate(draw, len(values))
        value = applied(step, values)
        if value is not None:
            steps.append(step)
            values.append(value)
    if not steps:
        steps.append(Step("sin", (0,)))
    return Expression(inputs, tuple(steps))


def candidate(draw: Draw, count: int) -> Step:
    # Low numbers are simpler to hypothesis, and the newest value makes graphs grow deep.
    def place() -> int:
        return count - 1 - draw.integer(0, count - 1)

    if draw.boolean():
        return Step(draw.choice(list(TWO)), (place(), place()))
    name = draw.choice(list(ONE))
    return Step(name, (place(),), ONE[name][1])


def applied(step: Step, values: list[Array]) -> Array | None:
    """The value, if the step fits and what comes of it can be built upon."""
    xs = [values[i] for i in step.places]
    fits = ONE[step.op][0] if step.op in ONE else TWO[step.op]
    try:
        if not fits(*xs):
            return None
        with np.errstate(all="ignore"):
            value = np.asarray(OPS[step.op](*xs, **step.params))
    except ValueError:  # shapes that do not go together
        return None
    small = value.size and np.all(np.isfinite(value)) and np.abs(value).max() < LARGEST
    return value if small else None
