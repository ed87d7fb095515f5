"""How many floating-point operations a node's forward pass takes, counted from its shapes.

A multiplication and an addition are one operation each, as in Golub and Van Loan, "Matrix computations",
section 1.1.15; so is every value of a function such as exp. Moving values about takes none.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from minigrad.typing import Shape
from minigrad.view.records import Node

MOVES = {
    "reshape",
    "transpose",
    "swapaxes",
    "broadcast_to",
    "squeeze",
    "expand_dims",
    "flip",
    "pad",
} | {*("concatenate", "stack", "getitem", "scatter", "sliding_windows", "where", "clone", "astype")}
PER_ELEMENT = {
    "softmax": 5,
    "log_softmax": 5,
    "cross_entropy": 6,
    "batch_norm": 8,
    "layer_norm": 8,
}
"""Operations for each element of the input, where it is not one for each element of the result."""


def products(out: Shape, inputs: list[Shape], params: dict[str, Any]) -> int:
    """A product of matrices: as many multiplications and additions as the inner side, for each element."""
    return 2 * math.prod(out) * inputs[0][-1]


def convolution(out: Shape, inputs: list[Shape], params: dict[str, Any]) -> int:
    """Each element of the result is a product of a window with a kernel (C / groups, H, W)."""
    return 2 * math.prod(out) * math.prod(inputs[1][1:])


def reduction(out: Shape, inputs: list[Shape], params: dict[str, Any]) -> int:
    return math.prod(inputs[0])


COUNTS: dict[str, Callable[[Shape, list[Shape], dict[str, Any]], int]] = {
    "matmul": products,
    "linear": products,
    "conv2d": convolution,
    **dict.fromkeys(("sum", "mean", "var", "std", "max", "min", "prod", "logsumexp"), reduction),
    **dict.fromkeys(("norm", "mse_loss", "max_pool2d", "avg_pool2d", "overlap_add"), reduction),
}


def flops(node: Node, shapes: list[Shape]) -> int:
    """Of the op that made this node from inputs of these shapes; 0 for a leaf."""
    if node.op is None or node.value is None or node.op in MOVES:
        return 0
    out = node.value.shape
    if node.op in PER_ELEMENT:
        return PER_ELEMENT[node.op] * math.prod(shapes[0])
    count = COUNTS.get(node.op)
    return math.prod(out) if count is None else count(out, shapes, node.params)
