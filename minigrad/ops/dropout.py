"""Dropout: a product with a mask. The layer draws the mask, because an op is not random."""

from __future__ import annotations

import numpy as np

from minigrad.domain import Case, Draw, Reject
from minigrad.errors import ShapeError
from minigrad.op import op


def dropout_cases(draw: Draw) -> Case:
    shape = draw.shape()
    keep = draw.choice((0.5, 0.8, 1.0))
    mask_shape = tuple(1 if draw.integer(0, 3) == 3 else n for n in shape)
    return Case((draw.array(shape), (draw.generator().random(mask_shape) < keep) / keep))


@op(
    cases=dropout_cases,
    rejects=[
        Reject(
            ShapeError,
            r"mask must broadcast to the shape of x\n  x: \(2, 3\)   mask: \(4, 2, 3\)",
            (np.ones((2, 3)), np.ones((4, 2, 3))),
        ),
        Reject(ShapeError, "mask must broadcast", (np.ones((2, 1)), np.ones((2, 3)))),
    ],
)
def dropout(x, mask):
    """x * mask. The mask has no gradient: if it requires one, the backward pass raises `GradientError`.

    A layer that drops with probability p draws a mask of 0 (with probability p) and 1 / (1 - p), in the
    dtype of x, so that the expected value is x. A side of 1 in the mask drops whole slices.

    Srivastava et al., "Dropout", 2014.
    """
    shape, masked = np.shape(x), np.shape(mask)
    if len(masked) > len(shape) or any(m not in (1, n) for m, n in zip(masked[::-1], shape[::-1])):
        raise ShapeError(
            "dropout(x, mask): mask must broadcast to the shape of x"
            f"\n  x: {shape}   mask: {masked}"
        )
    return np.multiply(x, mask)


dropout.vjp(lambda g, out, x, mask: g * mask, None)
