"""The backward pass: gradients go from the outputs to the leaves, one recorded op at a time.

An output is newer than its inputs, so going through what was reached by serial number, newest first, is
an order in which every gradient is complete before it is passed on. Gradients in flight live in a
dict and are popped as the wave passes. There is no recursion, so no graph is too deep.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from minigrad.errors import GradientError, GraphError, MinigradError, ShapeError
from minigrad.op import described, observers, recording
from minigrad.operators import OPS
from minigrad.tensor import Array, Node, Tensor, as_array

Gradient = Any
"""An array; a Tensor where the backward pass is itself recorded."""


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
    seed = as_seed(output, gradient, create_graph)
    grads = propagate([(output, seed)], None, retain_graph, create_graph)
    taken = {id(seed)}
    for x, g in grads.items():
        land(x, g, taken)


def grad(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Sequence[Tensor],
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool = False,
) -> tuple[Tensor | None, ...]:
    """The gradients d<grad_outputs, outputs>/dx, one for each x of `inputs`; no `.grad` is touched.

    Only the paths that lead to `inputs`, which need not be leaves, are walked. Raises `GraphError`
    when an input is not part of the graph, unless `allow_unused`, which gives None for it.
    """
    outputs = (outputs,) if isinstance(outputs, Tensor) else tuple(outputs)
    inputs = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)
    if not isinstance(grad_outputs, list | tuple):
        grad_outputs = (grad_outputs,) * len(outputs) if grad_outputs is None else (grad_outputs,)
    if len(grad_outputs) != len(outputs):
        raise GraphError(f"{len(outputs)} outputs, but {len(grad_outputs)} grad_outputs")
    for name, tensors in (("outputs", outputs), ("inputs", inputs)):
        for i, x in enumerate(tensors):
            if not isinstance(x, Tensor) or not x._requires_grad:
                raise GraphError(
                    f"grad(): {name}[{i}] does not require grad, so no graph leads to it"
                )
    seeds = [(y, as_seed(y, g, create_graph)) for y, g in zip(outputs, grad_outputs)]
    grads = propagate(seeds, inputs, retain_graph, create_graph)
    taken = {id(g) for _, g in seeds}
    found = tuple(own(grads[x], taken) if x in grads else None for x in inputs)
    unused = [i for i, g in enumerate(found) if g is None]
    if unused and not allow_unused:
        raise GraphError(
            f"grad(): the outputs do not depend on inputs[{unused[0]}]; "
            "allow_unused=True gives None for such an input"
        )
    return found


def propagate(
    seeds: Sequence[tuple[Tensor, Gradient]],
    wanted: Iterable[Tensor] | None,
    retain_graph: bool | None,
    record: bool,
    boundary: frozenset[Tensor] = frozenset(),
) -> dict[Tensor, Gradient]:
    """Send the seeds down the graph; return the gradients of `wanted`, or, if that is None, of all leaves.

    With `record` the gradients are Tensors, computed by recorded ops. Beyond a Tensor of the `boundary`
    the graph is not looked at.
    """
    retain = record if retain_graph is None else retain_graph
    with recording(record):
        order = newest_first([y for y, _ in seeds], wanted, boundary)
        if wanted is None:
            kept, leading = {x for x in order if x._retains_grad}, None
        else:
            kept = set(wanted)
            leading = leading_to(kept, order)
        grads: dict[Tensor, Gradient] = {}
        for y, g in seeds:
            grads[y] = accumulated(y, grads[y], g) if y in grads else g
        for tensor in order:
            if leading is not None and tensor not in leading:
                continue
            g = grads.get(tensor) if tensor in kept else grads.pop(tensor, None)
            node = tensor.node
            assert node is not None  # `order` holds recorded Tensors only
            if g is not None:
                for x, gx in zip(node.inputs, pull_back(tensor, g, record, kept, leading)):
                    if gx is not None:
                        grads[x] = accumulated(x, grads[x], gx) if x in grads else gx
            if not retain:
                for observer in observers:
                    observer.released(node)
                node.release()
    return {x: g for x, g in grads.items() if wanted is None or x in kept}


def accumulated(x: Tensor, before: Gradient, g: Gradient) -> Gradient:
    """What has arrived at x along several paths: the gradient of a use is added for each use."""
    after = before + g
    for observer in observers:
        observer.accumulated(x, before, g, after)
    return after


def newest_first(
    outputs: Iterable[Tensor],
    wanted: Iterable[Tensor] | None = None,
    boundary: frozenset[Tensor] = frozenset(),
) -> list[Tensor]:
    """The recorded Tensors that `outputs` depend on, the newest first.

    Whatever is older than all that is `wanted` need not be looked at.
    """
    down_to = -1 if wanted is None else min((age(x) for x in wanted), default=-1)
    found: dict[int, Tensor] = {}
    stack = list(outputs)
    while stack:
        tensor = stack.pop()
        node = tensor.node
        if node is None or node.serial <= down_to or node.serial in found or tensor in boundary:
            continue
        if node.arrays is None:
            raise GraphError(
                f"the graph behind this {node.op.__name__} has been released by an earlier backward pass; "
                "to go through it again, pass retain_graph=True to the earlier one"
            )
        found[node.serial] = tensor
        for x in node.inputs:
            if isinstance(x, Tensor) and x.node is not None:
                stack.append(x)
    return [found[serial] for serial in sorted(found, reverse=True)]


def age(tensor: Tensor) -> int:
    return -1 if tensor.node is None else tensor.node.serial


def leading_to(wanted: set[Tensor], order: Sequence[Tensor]) -> set[Tensor]:
    """Those Tensors of `order` from which an edge, or a path, leads to a wanted one."""
    leading: set[Tensor] = set()
    for tensor in reversed(order):
        for x in inputs_of(tensor):
            if isinstance(x, Tensor) and (x in wanted or x in leading):
                leading.add(tensor)
                break
    return leading


def inputs_of(tensor: Tensor) -> tuple[Any, ...]:
    return () if tensor.node is None else tensor.node.inputs


# ---- one op ----


def pull_back(
    tensor: Tensor,
    g: Gradient,
    record: bool = False,
    wanted: set[Tensor] | None = None,
    leading: set[Tensor] | None = None,
) -> list[Gradient | None]:
    """The vector-Jacobian products of the op that made `tensor`: for each slot a gradient, or None.

    With `leading` None every input that requires one gets its gradient; otherwise those that are
    `wanted` or `leading`.
    """
    node = tensor.node
    if node is None or node.arrays is None:
        raise GraphError(
            "pull_back() through a Tensor without a recorded op, or whose graph was released"
        )
    if observers:
        for observer in observers:
            observer.arrived(tensor, g)
    if record:
        unchanged(node)
    op = node.op
    asked = [
        isinstance(x, Tensor)
        and x._requires_grad
        and (leading is None or x in leading or x in wanted)  # type: ignore[operator]
        for x in node.inputs
    ]
    try:
        if record and op.definition is not None:
            return by_definition(node, g, asked)
        out, inputs = (tensor, node.inputs) if record else (node.saved, node.arrays)
        params = {**op.defaults, **node.params} if op.defaults else node.params
        joint = op.rules[0](g, out, *inputs, **params) if op.joint else None
        grads = []
        for slot, x in enumerate(node.inputs):
            gx = None
            if asked[slot]:
                if joint is not None:
                    gx = joint[slot]
                elif (rule := op.rules[slot]) is not None:
                    gx = rule(g, out, *inputs, **params)
                if gx is not None and (
                    gx.shape != x._data.shape or gx.dtype is not x._data.dtype or observers
                ):
                    gx = fitted(tensor, slot, gx, x)
            grads.append(gx)
        return grads
    except MinigradError:
        raise
    except Exception as error:
        raise GradientError(
            f"the gradient rule of {op.__name__} failed on a gradient of shape {g.shape}: {error}\n"
            f"  {described(op, node.inputs)}"
        ) from error


def fitted(tensor: Tensor, slot: int, g: Gradient, x: Tensor) -> Gradient:
    """A contribution in the shape and dtype of its input: broadcasting is undone here and nowhere else."""
    shape = x._data.shape
    if g.shape != shape:
        wide, g = g, undo_broadcasting(tensor, slot, g, shape)
        for observer in observers:
            observer.unbroadcast(tensor, slot, wide, g)
    if g.dtype is not x._data.dtype:
        g = g.astype(x._data.dtype)
    if observers:
        for observer in observers:
            observer.contributed(tensor, slot, g)
    return g


def undo_broadcasting(tensor: Tensor, slot: int, g: Gradient, shape: tuple[int, ...]) -> Gradient:
    node = tensor.node
    op = node.op  # type: ignore[union-attr]  # a rule was run, so there is a node
    new = g.ndim - len(shape)
    if not op.broadcasts or new < 0 or any(n not in (1, m) for n, m in zip(shape, g.shape[new:])):
        raise GradientError(
            f"the gradient rule of {op.__name__} for input {slot} returned shape {g.shape}, "
            f"and the input has shape {shape}"
            f"\n  {described(op, node.inputs)}"  # type: ignore[union-attr]
        )
    return sum_to(g, shape)


def sum_to(g: Gradient, shape: tuple[int, ...]) -> Gradient:
    """Sum `g` over every axis along which `shape` was stretched to become that of `g`."""
    new = g.ndim - len(shape)
    stretched = [i + new for i, n in enumerate(shape) if n == 1 and g.shape[i + new] != 1]
    axes = (*range(new), *stretched)
    return g.sum(axis=axes).reshape(shape) if stretched else g.sum(axis=axes)


def by_definition(node: Node, g: Tensor, asked: list[bool]) -> list[Tensor | None]:
    """The recorded gradients of a fused op: those of its definition, evaluated at the same inputs."""
    op = node.op
    inputs = dict.fromkeys(x for x, needed in zip(node.inputs, asked) if needed)
    out = op.definition(*node.inputs, **node.params)
    grads = propagate([(out, g)], inputs, True, True, frozenset(inputs))
    # An input that stands in several slots has its whole gradient sent through the first of them.
    return [grads.pop(x, None) if needed else None for x, needed in zip(node.inputs, asked)]


def unchanged(node: Node) -> None:
    """A recorded gradient depends on the inputs themselves, so these must hold what they held."""
    for x, array in zip(node.inputs, node.arrays):
        if isinstance(x, Tensor) and x._data is not array:
            raise GraphError(
                f"create_graph=True needs the values that {node.op.__name__} was computed from, and the "
                "data of one of its inputs has been replaced since: run the forward pass again"
            )


# ---- both ends ----


def as_seed(output: Tensor, gradient: Any, record: bool) -> Gradient:
    """The gradient that the pass starts with, checked against the output it belongs to."""
    if gradient is None:
        if output.size != 1:
            raise GraphError(
                f"an output of shape {output.shape} needs a gradient of that shape to start from: "
                "backward(gradient), grad(..., grad_outputs=...); only for a single element is it 1"
            )
        gradient = np.ones(output.shape, output.dtype)
    if isinstance(gradient, Tensor):
        seed = gradient if record else gradient._data
    else:
        seed = as_array(gradient)
        seed = Tensor(seed) if record else seed
    if seed.shape != output.shape:
        raise ShapeError(
            f"a gradient of shape {seed.shape} for an output of shape {output.shape}: they must be equal"
        )
    return seed if seed.dtype == output.dtype else seed.astype(output.dtype)


def land(x: Tensor, g: Gradient, taken: set[int]) -> None:
    """Add a gradient that has arrived to `x.grad`."""
    for observer in observers:
        observer.landed(x, x._grad, g)
    x._grad = own(g, taken) if x._grad is None else own(x._grad + g, taken)


def own(g: Gradient, taken: set[int]) -> Tensor:
    """`g` as a Tensor which shares memory with nothing: rules may return views, or the same array twice."""
    if isinstance(g, Tensor):
        return OPS["clone"](g) if shared(g, g._data, taken) else g
    array: Array = np.asarray(g)
    return Tensor(array.copy() if shared(g, array, taken) else array)


def shared(g: Gradient, array: Array, taken: set[int]) -> bool:
    if array.base is not None or id(g) in taken:
        return True
    taken.add(id(g))
    return False
