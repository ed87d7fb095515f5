"""What if: the recorded run as a program that the page computes again from other inputs.

Only for runs in which every tensor is a single float. A rule goes to the page as the tree that was read
from it, so the page has no rules of its own; what it has is a table of functions of numbers, in replay.js.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, final

import numpy as np

from minigrad.view.formulas.expression import Constant, Expression, Name
from minigrad.view.formulas.formula import Formula
from minigrad.view.formulas.reading import read
from minigrad.view.snapshot import Snapshot
from minigrad.view.steps.equation import Equation
from minigrad.view.steps.step import Step
from minigrad.view.trace import Trace

FUNCTIONS = {
    "add", "sub", "mul", "div", "neg", "pow", "exp", "log", "log1p", "expm1", "sqrt", "sin", "cos", "tanh",
    "sigmoid", "softplus", "erf", "abs", "sign", "maximum", "minimum", "clip", "relu", "leaky_relu", "elu",
    "gelu", "where", "greater", "greater_equal", "less", "less_equal", "equal", "not_equal", "and", "or",
    "not",
}  # fmt: skip
"""What replay.js can compute."""

SAME = {
    "clone", "astype", "reshape", "sum", "mean", "max", "min", "prod", "cumsum", "flip", "squeeze",
    "expand_dims", "broadcast_to", "swapaxes", "transpose",
}  # fmt: skip
"""Of a single number they make that number."""


class UnableError(Exception):
    """Why the page cannot compute this run."""


@final
class Program:
    """Put together as the steps go by; `reason` says why it cannot be done, if so."""

    def __init__(self, trace: Trace):
        self.trees: list[Any] = []
        self.known: dict[str, int] = {}
        self.steps: list[dict[str, Any]] = []
        self.inputs: list[dict[str, Any]] = []
        self.reason, self.dtype = suitable(trace)
        self.pass_: int | None = None

    def add(self, step: Step) -> str | None:
        """The arithmetic of the step with ⟦names⟧ in the place of its numbers."""
        if self.reason:
            return None
        try:
            entry, text = self.entry(step)
        except UnableError as error:
            self.reason = str(error)
            return None
        self.steps.append({"kind": step.kind, "key": step.key, **entry})
        return text

    def data(self) -> dict[str, Any] | None:
        if self.reason:
            return None
        program = {"dtype": self.dtype, "trees": self.trees, "steps": self.steps}
        return {"inputs": self.inputs, "program": program}

    def entry(self, step: Step) -> tuple[dict[str, Any], str | None]:
        if step.inside:
            raise UnableError("What if is for runs in which no op was opened.")
        if step.kind == "error":
            raise UnableError("What if is for runs that come to their end.")
        if step.kind == "input":
            value = written(step.result.value) if step.result is not None else "nan"
            node = step.trace.nodes[step.node]
            if node.made_in is None:
                label = node.label
                self.inputs.append({"key": step.key, "label": label, "value": value})
            return {"value": value}, None
        if step.kind == "seed":
            first = step.pass_ != self.pass_
            self.pass_ = step.pass_
            return {
                "value": written(step.result.value if step.result else None),
                "first": first,
            }, None
        if step.kind in ("forward", "contribution"):
            to = {} if step.edge is None else {"to": step.edge.target}
            tree, text = self.computation(step)
            return {"tree": tree, "inputs": named(step), **to}, text
        return ({} if step.edge is None else {"to": step.edge.target}), None

    def computation(self, step: Step) -> tuple[int, str]:
        """The number of the tree of this step's formula, and the formula as text."""
        node = step.trace.nodes[step.node]
        formula = None if step.formula is None else step.formula.formula
        expression = None if formula is None else formula.expression
        if expression is None:
            raise UnableError(
                f"The page cannot compute {node.op}, whose rule is not known as a formula."
            )
        try:
            tree = as_tree(expression)
        except UnableError:
            if step.kind != "forward":
                raise
            expression = defined(step)
            tree = as_tree(expression)
        key = json.dumps(tree)
        if key not in self.known:
            self.known[key] = len(self.trees)
            self.trees.append(tree)
        assert formula is not None
        marks = {name: f"⟦{name}⟧" for name in names_in(tree)}
        return self.known[key], Formula(formula.into, (), expression).text(marks)


def suitable(trace: Trace) -> tuple[str, str]:
    """Why the run cannot be computed by the page, if so, and the dtype in which it can be."""
    floats = set()
    for node in trace.nodes:
        if node.value is None:
            continue
        if node.value.size != 1:
            shape = node.value.shape
            return f"What if is for single numbers, and {node.label} has the shape {shape}.", ""
        if node.value.dtype.kind == "b":
            return (
                f"What if cannot compare anew: {node.label} is a boolean that was given to an op.",
                "",
            )
        floats.add(str(node.value.dtype))
    if floats not in ({"float32"}, {"float64"}):
        kinds = ", ".join(sorted(floats)) or "no floats"
        return f"What if is for numbers of one dtype, float32 or float64, and here are {kinds}.", ""
    return "", floats.pop()


def as_tree(e: Expression) -> Any:
    """A number, a name, or [function, ...trees, parameters]. Raises `UnableError` for other functions."""
    if isinstance(e, Name):
        return e.name
    if isinstance(e, Constant):
        return constant(e.value)
    if e.name in SAME or e.name == "getitem":
        return ["same", as_tree(e.args[0])]
    if e.name not in FUNCTIONS:
        raise UnableError(f"The page cannot compute {e.name}.")
    params: Mapping[str, Any] = e.params if e.name in ("clip", "leaky_relu", "elu") else {}
    given = (
        [{name: None if x is None else float(x) for name, x in params.items()}] if params else []
    )
    return [e.name, *map(as_tree, e.args), *given]


def constant(x: Any) -> Any:
    if np.size(x) != 1:
        raise UnableError("The page cannot compute a rule that holds an array.")
    x = np.asarray(x).item()
    if isinstance(x, float) and not math.isfinite(x):
        return "NaN" if math.isnan(x) else "Infinity" if x > 0 else "-Infinity"
    return x


def defined(step: Step) -> Expression:
    """What an op that the page does not know computes, if its forward function can be read."""
    op = step.trace.fn(step.node)
    equation = step.formula
    assert isinstance(equation, Equation)
    known = equation.arrays or {}
    arrays = {
        name: x if x is None or isinstance(x, bool | int | float) else np.asarray(x)
        for name, x in known.items()
    }
    reading = read(op.definition or op.forward, arrays, step.trace.nodes[step.node].params)
    if reading.expression is None:
        raise UnableError(f"The page cannot compute {op.__name__}.")
    return reading.expression


def names_in(tree: Any) -> list[str]:
    if isinstance(tree, str):
        return [tree]
    return [name for part in tree[1:] for name in names_in(part)] if isinstance(tree, list) else []


def named(step: Step) -> list[tuple[str, str | None, float | None]]:
    """The inputs of the op: by name, the key of the node, or the number that was given."""
    trace = step.trace
    slots = trace.nodes[step.node].slots
    return [
        (
            s.name,
            None if s.node is None else str(s.node),
            None if s.constant is None else float(s.constant),
        )
        for s in slots
    ]


def written(value: Snapshot | None) -> str:
    """In full, as JavaScript reads it."""
    if value is None or value.array is None:
        raise UnableError("What if is for runs whose values were kept.")
    x = value.array.reshape(())[()]
    if value.dtype.kind == "f" and not np.isfinite(x):
        return "NaN" if np.isnan(x) else "Infinity" if x > 0 else "-Infinity"
    return str(x) if value.dtype.kind == "f" else str(int(x))
