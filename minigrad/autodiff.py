"""The backward pass: gradients go from the outputs to the leaves, one recorded op at a time.

An output is newer than its inputs, so going through what was reached by serial number, newest first, is
an order in which every gradient is complete before it is passed on. Gradients in flight live in a
dict and are popped as the wave passes. There is no recursion, so no graph is too deep.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from minigrad.errors import AnomalyError, GradientError, GraphError, InPlaceError, ShapeError
from minigrad.explain import call, described
from minigrad.op import observers, recording
from minigrad.operators import OPS
from minigrad.tensor import Node, Tensor, as_array, holding
from minigrad.typing import Array

RECORDED = (
    "this gradient is recorded, so rules are given Tensors: write the rule with operators, methods and ops, "
    "which arrays and Tensors share"
)

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
    with recording(create_graph):
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
                missing = (
                    ": nothing was recorded of how it was computed. A gradient is recorded only by "
                    "create_graph=True in the call that made it"
                    if name == "outputs"
                    else ", so no graph leads to it; make it with requires_grad=True before it is used"
                )
                raise GraphError(f"grad(): {name}[{i}] does not require grad{missing}")
    seeds = [(y, as_seed(y, g, create_graph)) for y, g in zip(outputs, grad_outputs)]
    grads = propagate(seeds, inputs, retain_graph, create_graph)
    taken = {id(g) for _, g in seeds}
    with recording(create_graph):
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
    for observer in observers:
        observer.began(seeds)
    with recording(record):
        order = oldest_first([y for y, _ in seeds], wanted, boundary)
        if wanted is None:
            kept, leading = {x for x in order if x._retains_grad}, None
        else:
            kept = set(wanted)
            leading = leading_to(kept, order)
        grads: dict[Tensor, Gradient] = {}
        for y, g in seeds:
            grads[y] = accumulated(y, grads[y], g) if y in grads else g
        while order:
            tensor = order.pop()  # the newest; nothing here holds it, or its array, any longer
            if leading is not None:
                if tensor not in leading:
                    continue
                leading.remove(tensor)
            g = grads.get(tensor) if kept and tensor in kept else grads.pop(tensor, None)
            node = tensor.node
            assert node is not None  # `order` holds recorded Tensors only
            if g is not None:
                pull_back(tensor, g, grads, record, kept, leading)
            if not retain:
                if observers:
                    for observer in observers:
                        observer.released(node)
                node.inputs = node.arrays = node.saved = None
        grads = {x: g for x, g in grads.items() if wanted is None or x in kept}
    for observer in observers:
        observer.ended(grads)
    return grads


def accumulated(x: Tensor, before: Gradient, g: Gradient) -> Gradient:
    """What has arrived at x along several paths: the gradient of a use is added for each use."""
    after = before + g
    if observers:
        for observer in observers:
            observer.accumulated(x, before, g, after)
    return after


def oldest_first(
    outputs: Iterable[Tensor],
    wanted: Iterable[Tensor] | None = None,
    boundary: frozenset[Tensor] = frozenset(),
) -> list[Tensor]:
    """The recorded Tensors that `outputs` depend on, by age: what comes later depends on what came before.

    Whatever is older than all that is `wanted` need not be looked at.
    """
    down_to = -1 if wanted is None else min((age(x) for x in wanted), default=-1)
    found: dict[int, Tensor] = {}
    stack = list(outputs)
    while stack:
        tensor = stack.pop()
        node = tensor.node
        if node is None or node.serial <= down_to or node.serial in found:
            continue
        if boundary and tensor in boundary:
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
    return [found[serial] for serial in sorted(found)]


def age(tensor: Tensor) -> int:
    return -1 if tensor.node is None else tensor.node.serial


def leading_to(wanted: set[Tensor], order: Sequence[Tensor]) -> set[Tensor]:
    """Those Tensors of `order`, oldest first, from which an edge, or a path, leads to a wanted one."""
    leading: set[Tensor] = set()
    for tensor in order:
        assert tensor.node is not None  # `order` holds recorded Tensors only
        for x in tensor.node.inputs:
            if isinstance(x, Tensor) and (x in wanted or x in leading):
                leading.add(tensor)
                break
    return leading


# ---- one op ----


def pull_back(
    tensor: Tensor,
    g: Gradient,
    grads: dict[Tensor, Gradient],
    record: bool,
    wanted: set[Tensor],
    leading: set[Tensor] | None,
) -> None:
    """Add to `grads` the vector-Jacobian products of the op that made `tensor`, one for each slot.

    With `leading` None every input that requires one gets its gradient; otherwise those that are
    `wanted` or `leading`.
    """
    node = tensor.node
    assert node is not None  # gradients are pulled back through recorded Tensors only
    if observers:
        for observer in observers:
            observer.arrived(tensor, g)
    if record:
        unchanged(tensor, node)
    op = node.op
    try:
        if record and op.definition is not None:
            by_definition(tensor, node, g, grads, wanted, leading)
            return
        out, inputs = (tensor, node.inputs) if record else (node.saved, node.arrays)
        expected: Any = Tensor if record else np.ndarray
        params = {**op.defaults, **node.params} if op.defaults else node.params
        args = (g, out, *inputs)
        joint = op.rules[0](*args, **params) if op.joint else None
        for slot, x in enumerate(node.inputs):
            if (
                isinstance(x, Tensor)
                and x._requires_grad
                and (leading is None or x in leading or x in wanted)
            ):
                if joint is not None:
                    gx = joint[slot]
                else:
                    rule = op.rules[slot]
                    gx = rule and (rule(*args, **params) if params else rule(*args))
                if (
                    type(gx) is not expected
                    or gx.shape != x._data.shape
                    or gx.dtype is not x._data.dtype
                    or observers
                ):
                    gx = fitted(tensor, node, slot, gx, record)
                before = grads.get(x)
                grads[x] = gx if before is None else accumulated(x, before, gx)
    except (GraphError, AnomalyError, InPlaceError):
        raise
    except Exception as error:
        numpys = record and isinstance(error, TypeError) and "ufunc" in str(error)
        raise GradientError(
            f"the gradient rule of {call(op, node.params)} failed on a gradient of shape {g.shape}: "
            f"{error}\n  {described(op, node.arrays)}"
            + (f"\n  {RECORDED}: mg.exp(x), and not np.exp(x)" if numpys else "")
        ) from error


def fitted(tensor: Tensor, node: Node, slot: int, g: Any, record: bool) -> Gradient:
    """A contribution in the shape and dtype of its input: broadcasting is undone here and nowhere else."""
    x = node.arrays[slot]
    g = checked(node, slot, g, record)
    if g.shape != x.shape:
        wide, g = g, undo_broadcasting(node, slot, g, x.shape)
        for observer in observers:
            observer.unbroadcast(tensor, slot, wide, g)
    if g.dtype is not x.dtype:
        g = g.astype(x.dtype)
    for observer in observers:
        observer.contributed(tensor, slot, g)
    return g


def checked(node: Node, slot: int, g: Any, record: bool) -> Gradient:
    """What a rule returned, if that can be a gradient: a Tensor when it is recorded, or else an array."""
    op = node.op
    if g is None and not op.joint and op.rules[slot] is None:
        raise GradientError(
            f"{op.__name__} has no gradient rule for its input {op.input_name(slot)}, which requires grad: "
            f"detach() that input, or state the rule with {op.__name__}.vjp(...)"
        )
    if record and isinstance(g, Tensor):
        return g
    if not record and isinstance(g, Tensor | np.ndarray | np.generic):
        return g._data if isinstance(g, Tensor) else np.asarray(g)
    remedy = f"a Tensor; {RECORDED}" if record else "an array"
    raise GradientError(
        f"the gradient rule of {op.__name__} for input {op.input_name(slot)} returned "
        f"{'None' if g is None else type(g).__name__}, and must return {remedy}"
    )


def undo_broadcasting(node: Node, slot: int, g: Gradient, shape: tuple[int, ...]) -> Gradient:
    op = node.op
    new = g.ndim - len(shape)
    if not op.broadcasts or new < 0 or any(n not in (1, m) for n, m in zip(shape, g.shape[new:])):
        raise GradientError(
            f"the gradient rule of {op.__name__} for input {op.input_name(slot)} returned shape {g.shape}, "
            f"and the input has shape {shape}\n  {described(op, node.arrays)}"
        )
    return sum_to(g, shape)


def sum_to(g: Gradient, shape: tuple[int, ...]) -> Gradient:
    """Sum `g` over every axis along which `shape` was stretched to become that of `g`."""
    new = g.ndim - len(shape)
    stretched = [i + new for i, n in enumerate(shape) if n == 1 and g.shape[i + new] != 1]
    axes = (*range(new), *stretched)
    return g.sum(axis=axes).reshape(shape) if stretched else g.sum(axis=axes)


def by_definition(
    tensor: Tensor,
    node: Node,
    g: Tensor,
    grads: dict[Tensor, Gradient],
    wanted: set[Tensor],
    leading: set[Tensor] | None,
) -> None:
    """The recorded gradients of a fused op: those of its definition, evaluated at the same inputs."""
    inputs = frozenset(x for x in node.inputs if isinstance(x, Tensor))
    asked = inputs if leading is None else inputs & (leading | wanted)
    out = node.op.definition(*node.inputs, **node.params)
    found = propagate([(out, g)], asked, True, True, inputs)
    for slot, x in enumerate(node.inputs):
        # An input that stands in several slots has its whole gradient sent through the first of them.
        if isinstance(x, Tensor) and (gx := found.pop(x, None)) is not None:
            for observer in observers:
                observer.contributed(tensor, slot, gx)
            grads[x] = accumulated(x, grads[x], gx) if x in grads else gx


def unchanged(tensor: Tensor, node: Node) -> None:
    """A recorded gradient is computed from the Tensors themselves, so these must hold what they held."""
    same = all(x._data is a for x, a in zip(node.inputs, node.arrays) if isinstance(x, Tensor))
    if not same or (node.op.definition is None and tensor._data is not node.saved):
        raise GraphError(
            f"create_graph=True needs the values that {node.op.__name__} was computed from, and the data of "
            "one of its inputs, or of its result, has been replaced since: run the forward pass again"
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
    before = x._grad
    if before is not None:
        g_before = (
            before if isinstance(g, Tensor) else before._data
        )  # only what is recorded is an op
    x._grad = own(g if before is None else g_before + g, taken)
    for observer in observers:
        observer.landed(x, before, g)


def own(g: Gradient, taken: set[int]) -> Tensor:
    """`g` as a Tensor which shares memory with nothing: rules may return views, or the same array twice."""
    if isinstance(g, Tensor):
        return OPS["clone"](g) if shared(g, g._data, taken) else g
    array: Array = np.asarray(g)
    return holding(array.copy() if shared(g, array, taken) else array)


def shared(g: Gradient, array: Array, taken: set[int]) -> bool:
    if array.base is not None or id(g) in taken:
        return True
    taken.add(id(g))
    return False
