"""The backward pass: its loop, the gradient rules of one op, and the two ways to start it.

`backpropagate` visits the Tensors that ops made, in reverse topological order. When it visits a Tensor, all
ops that used this Tensor have contributed to its gradient, so the gradient is complete. Then `vjp` runs the
gradient rules of the op that made the Tensor, and adds a contribution for each input.

    seeds    the outputs, each with its upstream gradient
    wanted   the Tensors whose gradients are asked for; None means leaves and those that retain theirs
    needed   the ids of the wanted Tensors and of all Tensors on a path to one; None means no restriction
    grads    the gradients so far, by Tensor
    record   whether the pass is itself recorded: a gradient is then a Tensor, and otherwise an array
    retain   whether the graph is kept; otherwise a node is released as soon as its rules have run
    since    a serial number: the pass stops at Tensors that were recorded before it; -1 is before all

The loop is not recursive, so a graph can have any depth. Only the `definition` of a fused op starts a pass
inside a pass, and only if the pass is recorded.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import numpy as np

from minigrad.contributions import (
    Gradient,
    Gradients,
    accumulate,
    accumulate_grad,
    copy_if_shared,
    explain_failure,
    make_seed,
    match_input,
    observed,
)
from minigrad.errors import GraphError
from minigrad.graph import plan
from minigrad.recording import Contributed, UpstreamComplete, emit, observers, recording
from minigrad.tensor import Tensor, next_serial

Seeds = Sequence[tuple[Tensor, Gradient]]
Wanted = AbstractSet[Tensor] | None


@observed
def backpropagate(
    seeds: Seeds, wanted: Wanted, retain: bool, record: bool, since: int = -1
) -> Gradients:
    """The gradients of the wanted Tensors, computed from the gradients of the outputs, which are the seeds.

    `order` holds no leaves. So the gradients of leaves are never taken out of `grads`, and remain at the end.
    """
    order, needed = plan([y for y, _ in seeds], wanted, record, since)
    grads: Gradients = {}
    for y, g in seeds:
        accumulate(grads, y, g)
    while order:
        y = order.pop()  # the newest: the ops that used it are newer, and have contributed
        g = grads[y] if y._retains_grad or (wanted and y in wanted) else grads.pop(y)
        try:
            vjp(y, g, grads, needed, record)
        except Exception as error:
            explain_failure(y, g, record, error)  # always raises
        if not retain:
            y.node.release()
    return grads if wanted is None else {x: g for x, g in grads.items() if x in wanted}


def vjp(y: Tensor, g: Gradient, grads: Gradients, needed: set[int] | None, record: bool) -> None:
    """Accumulate the vector-Jacobian product, g times the Jacobian, for each input of the op that made y.

    The gradient rules compute it: one rule for each input, or one `joint` rule for all. `Op.vjp` documents
    their arguments. The fast rules of a fused op cannot be recorded: a recorded pass uses its definition.
    """
    node: Any = y.node
    op = node.op
    if observers:
        emit(UpstreamComplete(y, g))
    if record and op.definition is not None:
        return vjp_of_definition(y, g, grads, needed)
    out, inputs = (y, node.inputs) if record else (node.saved, node.arrays)
    args, kind = (g, out, *inputs), Tensor if record else np.ndarray
    params = {**op.defaults, **node.params} if op.defaults else node.params  # also those not given
    joint: Any = op.rules[0](*args, **params) if op.joint else None
    for slot, x in enumerate(node.inputs):
        if isinstance(x, Tensor) and x._requires_grad and (needed is None or id(x) in needed):
            gx = joint[slot] if op.joint else op.rules[slot](*args, **params)
            a = x._data
            if observers or type(gx) is not kind or gx.shape != a.shape or gx.dtype is not a.dtype:
                gx = match_input(y, slot, gx, record)  # emits the event too
            accumulate(grads, x, gx)


def vjp_of_definition(y: Tensor, g: Gradient, grads: Gradients, needed: set[int] | None) -> None:
    """`vjp` of a fused op in a recorded pass: backpropagate through its definition.

    The definition is computed again from the same inputs. Only its own ops are newer than `since`, so the
    pass stops at the inputs. The graph is retained, because the recorded gradients depend on it.
    """
    node: Any = y.node
    wanted = {x for x in node.inputs if isinstance(x, Tensor) and x._requires_grad}
    if needed is not None:
        wanted = {x for x in wanted if id(x) in needed}
    since = next_serial()
    out = node.op.definition(*node.inputs, **node.params)
    found = backpropagate([(out, g)], wanted, retain=True, record=True, since=since)
    for slot, x in enumerate(node.inputs):
        # An input in several slots has one gradient, which is already the sum for all of its slots.
        if isinstance(x, Tensor) and x in found:
            gx = found.pop(x)
            if observers:
                emit(Contributed(y, slot, gx))
            accumulate(grads, x, gx)


# ---- the two ways to start a backward pass ----


def backward(
    output: Tensor,
    gradient: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
) -> None:
    """`Tensor.backward`: add to `x.grad` for each x in the graph that is a leaf or retains its gradient."""
    if not output._requires_grad:
        raise GraphError(
            "backward() on a Tensor that does not require grad: nothing was recorded. Was it computed "
            "under no_grad() or from detached Tensors, or do its leaves lack requires_grad=True?"
        )
    seed = make_seed(output, gradient, create_graph)
    retain = create_graph if retain_graph is None else retain_graph
    in_use = {id(seed)}  # the caller may hold it, so no `.grad` may share its memory
    with recording(create_graph):
        grads = backpropagate([(output, seed)], None, retain, create_graph)
        for x, g in grads.items():
            accumulate_grad(x, g, in_use)


def grad(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Sequence[Tensor],
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool = False,
) -> tuple[Tensor | None, ...]:
    """The gradients of the outputs with respect to each of `inputs`, as a tuple; no `.grad` changes.

    If there are several outputs or elements, it is the gradient of the sum of all `grad_output * output`.
    The pass follows only the paths to `inputs`, which need not be leaves. `retain_graph` and `create_graph`
    mean the same as in `Tensor.backward`. Raises `GraphError` if an input is not part of the graph; with
    `allow_unused` its gradient is None instead.
    """
    outputs = (outputs,) if isinstance(outputs, Tensor) else tuple(outputs)
    inputs = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)
    if not isinstance(grad_outputs, list | tuple):
        grad_outputs = (grad_outputs,) * len(outputs) if grad_outputs is None else (grad_outputs,)
    if len(grad_outputs) != len(outputs):
        raise GraphError(
            f"grad(): {len(outputs)} outputs, but {len(grad_outputs)} grad_outputs: give one for each output"
        )
    for name, tensors in (("outputs", outputs), ("inputs", inputs)):
        for i, x in enumerate(tensors):
            if not isinstance(x, Tensor) or not x._requires_grad:
                reason = (
                    ": its computation was not recorded. If it is a gradient, compute it with "
                    "create_graph=True"
                    if name == "outputs"
                    else ", so it is not part of a graph: make it with requires_grad=True before it is used"
                )
                raise GraphError(f"grad(): {name}[{i}] does not require grad{reason}")
    seeds = [(y, make_seed(y, g, create_graph)) for y, g in zip(outputs, grad_outputs)]
    retain = create_graph if retain_graph is None else retain_graph
    in_use = {id(g) for _, g in seeds}
    with recording(create_graph):
        grads = backpropagate(seeds, set(inputs), retain, create_graph)
        found = tuple(copy_if_shared(grads[x], in_use) if x in grads else None for x in inputs)
    unused = [i for i, g in enumerate(found) if g is None]
    if unused and not allow_unused:
        raise GraphError(
            f"grad(): the outputs do not depend on inputs[{unused[0]}]; "
            "allow_unused=True gives None for such an input"
        )
    return found
