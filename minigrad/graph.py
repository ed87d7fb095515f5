"""The graph behind a Tensor: its topological order, and the paths that a backward pass follows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from minigrad.errors import GraphError
from minigrad.tensor import Tensor


def plan(
    outputs: Iterable[Tensor],
    wanted: Iterable[Tensor] | None,
    record: bool,
    since: int,
) -> tuple[list[Any], set[int] | None]:
    """The plan of a backward pass: which Tensors it visits, and which need a gradient. Returns a pair.

    order    the recorded Tensors from which a path leads to a `wanted` one, in topological order
    needed   the ids of these Tensors and of the `wanted` ones

    If `wanted` is None, `order` holds all recorded Tensors and `needed` is None: there is no restriction.
    """
    order = topological_order(outputs, wanted, since)
    needed = None
    if wanted is not None:
        order, needed = paths_to(wanted, order)
    if record:
        for y in reversed(order):
            require_unchanged(y)
    return order, needed


def topological_order(
    outputs: Iterable[Tensor],
    wanted: Iterable[Tensor] | None = None,
    since: int = -1,
) -> list[Tensor]:
    """The recorded Tensors that `outputs` depend on, each one after its inputs.

    The serial number of an output is higher than those of its inputs, so sorting by it is enough.
    Tensors that were recorded before the serial number `since` are left out. So are those that were recorded
    before all of `wanted`: no path leads from them to a wanted one.
    Raises `GraphError` if a part of the graph was released.
    """
    if wanted is not None:
        oldest = min((-1 if x.node is None else x.node.serial for x in wanted), default=-1)
        since = max(since, oldest)
    found: dict[int, Tensor] = {}
    stack = list(outputs)
    while stack:
        y = stack.pop()
        node = y.node
        if node is None or (serial := node.serial) <= since or serial in found:
            continue
        if node.arrays is None:
            raise GraphError(
                f"the graph behind this {node.op.__name__} was released by an earlier backward pass: "
                "pass retain_graph=True to that pass"
            )
        found[serial] = y
        for x in node.inputs:
            if isinstance(x, Tensor) and x.node is not None:
                stack.append(x)
    return [found[serial] for serial in sorted(found)]


def paths_to(wanted: Iterable[Tensor], order: list[Tensor]) -> tuple[list[Tensor], set[int]]:
    """The Tensors of `order` on a path to a `wanted` one, and a set of ids: theirs and those of `wanted`.

    The set holds ids and not Tensors, so that it keeps no Tensor alive.
    """
    needed = {id(x) for x in wanted}
    on_path = []
    for y in order:
        assert y.node is not None  # `order` holds recorded Tensors only
        for x in y.node.inputs:
            if id(x) in needed:
                needed.add(id(y))
                on_path.append(y)
                break
    return on_path, needed


def require_unchanged(y: Tensor) -> None:
    """Raise `GraphError` unless y and its inputs hold the arrays that the op computed with.

    A recorded gradient is computed from the Tensors themselves, not from the arrays in the node.
    """
    node = y.node
    assert node is not None  # `order` holds recorded Tensors only
    same = all(x._data is a for x, a in zip(node.inputs, node.arrays) if isinstance(x, Tensor))
    if not same or (node.op.definition is None and y._data is not node.saved):
        raise GraphError(
            f"create_graph=True needs the values that {node.op.__name__} was computed from, but the data of "
            "one of its inputs, or of its result, has been replaced since: run the forward pass again"
        )
