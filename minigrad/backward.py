"""The backward pass: its loop, the gradient rules of one op, and the two ways to start it.

`backpropagate` visits the recorded Tensors in reverse topological order, so the gradient of a Tensor is
complete when its turn comes. `vjp` runs the gradient rules of the op that made the Tensor.

    seeds    the outputs, each with its upstream gradient
    wanted   the Tensors whose gradients are asked for; None means all leaves
    needed   the ids of the wanted Tensors and of all on a path to one; None means every Tensor
    record   whether the pass is itself recorded: its gradients are then Tensors, computed by ops
    since    a serial number: Tensors that were recorded earlier are not visited

There is no recursion over the graph, so no graph is too deep. A recorded pass starts another one for each
fused op: a pass through its definition.
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
    explain_failure,
    make_seed,
    match_input,
    observed,
    own,
)
from minigrad.errors import GraphError
from minigrad.graph import plan
from minigrad.recording import Contributed, UpstreamComplete, emit, observers, recording
from minigrad.tensor import Tensor, next_serial


@observed
def backpropagate(
    seeds: Seeds, wanted: Wanted, retain: bool, record: bool, since: int = -1
) -> Gradients:
    """The gradients of the wanted Tensors: start with the seeds, and follow the graph to the leaves."""
    order, needed = plan([y for y, _ in seeds], wanted, record, since)
    grads: Gradients = {}
    for y, g in seeds:
        accumulate(grads, y, g)
    while order:
        y = order.pop()  # the newest: all ops that use it have contributed
        g = grads[y] if y._retains_grad or (wanted and y in wanted) else grads.pop(y)
        try:
            vjp(y, g, grads, needed, record)
        except Exception as error:
            explain_failure(y, g, record, error)
        if not retain:
            y.node.release()
    return grads if wanted is None else {x: g for x, g in grads.items() if x in wanted}


def vjp(y: Tensor, g: Gradient, grads: Gradients, needed: set[int] | None, record: bool) -> None:
    """Accumulate the vector-Jacobian product, g times the Jacobian, for each input of the op that made y."""
    node: Any = y.node
    op = node.op
    if observers:
        emit(UpstreamComplete(y, g))
    if record and op.definition is not None:
        return vjp_of_definition(y, g, grads, needed)
    out, inputs = (y, node.inputs) if record else (node.saved, node.arrays)
    args, kind = (g, out, *inputs), Tensor if record else np.ndarray
    params = {**op.defaults, **node.params} if op.defaults else node.params
    joint: Any = op.rules[0](*args, **params) if op.joint else None
    for slot, x in enumerate(node.inputs):
        if isinstance(x, Tensor) and x._requires_grad and (needed is None or id(x) in needed):
            gx = joint[slot] if op.joint else op.rules[slot](*args, **params)
            a = x._data
            if observers or type(gx) is not kind or gx.shape != a.shape or gx.dtype is not a.dtype:
                gx = match_input(y, slot, gx, record)
            accumulate(grads, x, gx)


def vjp_of_definition(y: Tensor, g: Gradient, grads: Gradients, needed: set[int] | None) -> None:
    """`vjp` of a fused op in a recorded pass: backpropagate through its definition.

    The definition is computed again from the same inputs. Only its own ops are newer than `start`.
    """
    node: Any = y.node
    wanted = {x for x in node.inputs if isinstance(x, Tensor) and x._requires_grad}
    if needed is not None:
        wanted = {x for x in wanted if id(x) in needed}
    start = next_serial()
    out = node.op.definition(*node.inputs, **node.params)
    found = backpropagate([(out, g)], wanted, retain=True, record=True, since=start)
    for slot, x in enumerate(node.inputs):
        # An input in several slots has one gradient, which is already the sum for all of its slots.
        if isinstance(x, Tensor) and x in found:
            gx = found.pop(x)
            if observers:
                emit(Contributed(y, slot, gx))
            accumulate(grads, x, gx)


Seeds = Sequence[tuple[Tensor, Gradient]]
Wanted = AbstractSet[Tensor] | None


# ---- the two ways to start a backward pass ----


def backward(
    output: Tensor,
    gradient: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
) -> None:
    """`Tensor.backward`: add to the `grad` of every leaf that `output` depends on."""
    if not output._requires_grad:
        raise GraphError(
            "backward() on a Tensor that does not require grad: nothing was recorded. Was it computed "
            "under no_grad() or from detached Tensors, or do its leaves lack requires_grad=True?"
        )
    seed = make_seed(output, gradient, create_graph)
    retain = create_graph if retain_graph is None else retain_graph
    owned = {id(seed)}
    with recording(create_graph):
        grads = backpropagate([(output, seed)], None, retain, create_graph)
        for x, g in grads.items():
            accumulate_grad(x, g, owned)


def grad(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Sequence[Tensor],
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool = False,
) -> tuple[Tensor | None, ...]:
    """The gradients d<grad_outputs, outputs>/dx, one for each x of `inputs`; no `.grad` changes.

    The pass follows only the paths to `inputs`, which need not be leaves. `retain_graph` and
    `create_graph` mean the same as in `Tensor.backward`. Raises `GraphError` if an input is not part of
    the graph; with `allow_unused` its gradient is None instead.
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
                missing = (
                    ": its computation was not recorded. A gradient is recorded only if the call that made "
                    "it had create_graph=True"
                    if name == "outputs"
                    else ", so it is not part of a graph: make it with requires_grad=True before it is used"
                )
                raise GraphError(f"grad(): {name}[{i}] does not require grad{missing}")
    seeds = [(y, make_seed(y, g, create_graph)) for y, g in zip(outputs, grad_outputs)]
    retain = create_graph if retain_graph is None else retain_graph
    owned = {id(g) for _, g in seeds}
    with recording(create_graph):
        grads = backpropagate(seeds, set(inputs), retain, create_graph)
        found = tuple(own(grads[x], owned) if x in grads else None for x in inputs)
    unused = [i for i, g in enumerate(found) if g is None]
    if unused and not allow_unused:
        raise GraphError(
            f"grad(): the outputs do not depend on inputs[{unused[0]}]; "
            "allow_unused=True gives None for such an input"
        )
    return found
