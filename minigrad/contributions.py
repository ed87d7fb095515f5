"""Contributions of gradient rules: they are checked, matched to the input of the op, and accumulated.

This file holds the details of the backward pass, so that `backward.py` can be short: checks and their
messages, broadcasting, copies of shared memory, and some of the events.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, NoReturn

import numpy as np

from minigrad.errors import AnomalyError, GradientError, GraphError, InPlaceError, ShapeError
from minigrad.recording import (
    Accumulated,
    BackwardEnded,
    BackwardStarted,
    Contributed,
    GradAccumulated,
    Unbroadcast,
    emit,
    observers,
)
from minigrad.tensor import Tensor, as_array, from_array
from minigrad.typing import Shape

Gradient = Any
"""An array; a Tensor if the backward pass is itself recorded."""

Gradients = dict[Tensor, Gradient]

RECORDED = (
    "this gradient is recorded, so rules are called with Tensors: write the rule with operators, methods "
    "and ops, which arrays and Tensors share"
)


def observed(backpropagate: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate `backpropagate`: emit an event before and after each pass."""

    @wraps(backpropagate)
    def with_events(seeds: Any, *args: Any, **options: Any) -> Any:
        if observers:
            emit(BackwardStarted(seeds))
        grads = backpropagate(seeds, *args, **options)
        if observers:
            emit(BackwardEnded(grads))
        return grads

    return with_events


def make_seed(output: Tensor, gradient: Any, record: bool) -> Gradient:
    """The upstream gradient that a pass starts with, in the shape and dtype of `output`."""
    if gradient is None:
        if output.size != 1:
            raise GraphError(
                f"an output of shape {output.shape} needs a gradient of that shape: "
                "backward(gradient), grad(..., grad_outputs=...); it defaults to 1 only for a single element"
            )
        gradient = np.ones(output.shape, output.dtype)
    if isinstance(gradient, Tensor):
        seed = gradient if record else gradient._data
    else:
        seed = as_array(gradient)
        seed = Tensor(seed) if record else seed
    if seed.shape != output.shape:
        raise ShapeError(
            f"the gradient has shape {seed.shape}, but the output has shape {output.shape}: "
            "they must be equal"
        )
    return seed if seed.dtype == output.dtype else seed.astype(output.dtype)


# ---- one contribution ----


def match_input(y: Tensor, slot: int, g: Any, record: bool) -> Gradient:
    """A contribution in the shape and dtype of its input. Broadcasting is undone here and nowhere else.

    Raises `GradientError` if `g` cannot be the gradient of the input in `slot` of the op that made y.
    """
    node: Any = y.node
    x = node.arrays[slot]
    g = require_gradient(node, slot, g, record)
    if g.shape != x.shape:
        require_broadcast(node, slot, g, x.shape)
        before, g = g, sum_to(g, x.shape)
        if observers:
            emit(Unbroadcast(y, slot, before, g))
    if g.dtype is not x.dtype:
        g = g.astype(x.dtype)
    if observers:
        emit(Contributed(y, slot, g))
    return g


def require_gradient(node: Any, slot: int, g: Any, record: bool) -> Gradient:
    """The result of a rule: a Tensor if the pass is recorded, else an array. Nothing else is a gradient."""
    op = node.op
    if record and isinstance(g, Tensor):
        return g
    if not record and isinstance(g, Tensor | np.ndarray | np.generic):
        return g._data if isinstance(g, Tensor) else np.asarray(g)
    remedy = f"a Tensor; {RECORDED}" if record else "an array"
    raise GradientError(
        f"the gradient rule of {op.__name__} for input {op.input_name(slot)} returned "
        f"{'None' if g is None else type(g).__name__} and must return {remedy}"
    )


def require_broadcast(node: Any, slot: int, g: Gradient, shape: Shape) -> None:
    """A contribution may be larger than its input only where the op has broadcast that input."""
    op = node.op
    new = g.ndim - len(shape)
    if not op.broadcasts or new < 0 or any(n not in (1, m) for n, m in zip(shape, g.shape[new:])):
        raise GradientError(
            f"the gradient rule of {op.__name__} for input {op.input_name(slot)} returned shape {g.shape}, "
            f"but the input has shape {shape}\n  {op.format_inputs(node.arrays)}"
        )


def sum_to(g: Gradient, shape: Shape) -> Gradient:
    """Sum `g` over every axis along which an array of `shape` was broadcast to the shape of `g`."""
    new = g.ndim - len(shape)
    stretched = [i + new for i, n in enumerate(shape) if n == 1 and g.shape[i + new] != 1]
    axes = (*range(new), *stretched)
    return g.sum(axis=axes).reshape(shape) if stretched else g.sum(axis=axes)


def explain_failure(y: Tensor, g: Gradient, record: bool, error: Exception) -> NoReturn:
    """Raise a `GradientError` that names the op and its inputs, in place of the error of a rule.

    An error of the engine itself is raised unchanged.
    """
    if isinstance(error, GraphError | AnomalyError | InPlaceError):
        raise error
    node: Any = y.node
    op = node.op
    for i, x in enumerate(node.inputs):
        if not op.joint and op.rules[i] is None and isinstance(x, Tensor) and x._requires_grad:
            raise GradientError(
                f"{op.__name__} has no gradient rule for its input {op.input_name(i)}, which requires grad: "
                f"detach() that input, or state the rule with {op.__name__}.vjp(...)"
            ) from error
    called_numpy = record and isinstance(error, TypeError) and "ufunc" in str(error)
    raise GradientError(
        f"the gradient rule of {op.format_call(node.params)} failed on a gradient of shape {g.shape}: "
        f"{error}\n  {op.format_inputs(node.arrays)}"
        + (f"\n  {RECORDED}: mg.exp(x), not np.exp(x)" if called_numpy else "")
    ) from error


# ---- accumulation ----


def accumulate(grads: Gradients, x: Tensor, g: Gradient) -> None:
    """Add a contribution to the gradient of x: the gradients along all paths to x are summed."""
    before = grads.get(x)
    if before is None:
        grads[x] = g
    else:
        grads[x] = after = before + g
        if observers:
            emit(Accumulated(x, before, g, after))


def accumulate_grad(x: Tensor, g: Gradient, in_use: set[int]) -> None:
    """Add the gradient of a whole pass to `x.grad`."""
    before = x._grad
    if before is None:
        x._grad = copy_if_shared(g, in_use)
    else:
        # Arrays are added unless the pass is recorded: the sum is then an op.
        after = (before if isinstance(g, Tensor) else before._data) + g
        x._grad = copy_if_shared(after, in_use)
    if observers:
        emit(GradAccumulated(x, before, g))


def copy_if_shared(g: Gradient, in_use: set[int]) -> Tensor:
    """`g` as a Tensor that shares no memory: a rule may return a view, or the same array for two inputs.

    `in_use` holds the ids of the gradients that the caller or another Tensor has; that of g is added.
    """
    array = g._data if isinstance(g, Tensor) else np.asarray(g)
    shared = array.base is not None or id(g) in in_use
    in_use.add(id(g))
    if isinstance(g, Tensor):
        return g.clone() if shared else g
    return from_array(array.copy() if shared else array)
