"""A call of an operation that shows it well, found among those that its own `cases` draw."""

from __future__ import annotations

from typing import Any

import numpy as np

from minigrad import view
from minigrad.domain import Case, RandomDraw
from minigrad.op import Op

DRAWS = 300


def example(op: Op) -> Case:
    """Small arrays of different sides and few parameters; always the same one."""
    cases = [op.cases(RandomDraw(np.random.default_rng([7, k]))) for k in range(DRAWS)]
    return min(cases, key=lambda case: ugliness(op, case))


def ugliness(op: Op, case: Case) -> tuple[Any, ...]:
    arrays = [x for x in case.inputs if x is not None]
    shapes = [np.shape(x) for x in arrays]
    empty = any(0 in shape for shape in shapes)
    largest = max(shapes, key=lambda s: int(np.prod(s)), default=())
    trivial = sum(side == 1 for shape in shapes for side in shape) + (largest == ())
    stretched = op.broadcasts and any(shape != largest for shape in shapes)
    unusual = sum(
        case.params.get(name, value) != value
        for name, value in op.defaults.items()
        if isinstance(value, int | float | str)
    )
    many = abs(len(arrays) - (2 if op.variadic else len(op.input_names)))
    return (
        empty,
        many,
        stretched,
        trivial,
        abs(len(largest) - 2) if len(op.input_names) < 3 else 0,
        unusual + sum(len(str(value)) for value in case.params.values()) // 12,
        sum(int(np.prod(shape)) for shape in shapes),
    )


def called(op: Op, case: Case) -> view.Trace:
    """The trace of that call, in which the inputs have the names that the op gives them."""
    some = [i for i, x in enumerate(case.inputs) if x is not None]
    words = ["None"] * len(case.inputs)
    for i in some:
        words[i] = op.input_name(i)
    given = ", ".join(words[i] for i in some)
    names: dict[str, Any] = {"op": op, "params": case.params}
    exec(f"def call({given}):\n    return op({', '.join(words)}, **params)", names)
    return view.trace(names["call"], *(case.inputs[i] for i in some))


def usage(op: Op, case: Case) -> str:
    """`conv2d(x, weight, bias, stride=2)  with x: (2, 3, 4, 5), ...`"""
    given = [op.input_name(i) for i, x in enumerate(case.inputs) if x is not None]
    shown = [f"{name}={compact(value)}" for name, value in case.params.items()]
    return f"{op.__name__}({', '.join(given + shown)})"


def compact(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return compact(value.tolist())
    if isinstance(value, tuple):
        return f"({', '.join(map(compact, value))}{',' if len(value) == 1 else ''})"
    return value.__name__ if isinstance(value, type) else repr(value)
