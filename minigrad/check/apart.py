"""A bug that is seen by what the gradient depends on: it mixes rows that f keeps apart.

Where each row of the output depends on its own row of the input alone, as in a softmax or a norm of each
row, a sum without its axis lets every row into the gradient of every other.
"""

from __future__ import annotations

import numpy as np

from minigrad.check.scene import DIFFERENT, Scene


def mixed(drawn: list[Scene]) -> list[str]:
    """The first axis along which f keeps all indices apart, and the gradient does not."""
    for axis in range(min(drawn[0].x.ndim, drawn[0].out.ndim)):
        if all(kept_apart(s, axis) and mixes(s, axis) for s in drawn):
            if drawn[0].out.ndim < drawn[0].x.ndim:
                return [
                    f"mixes the indices of axis {axis}, which f keeps apart: what arrives lacks an axis that "
                    "the input has, and is stretched along another one; give it that axis back first"
                ]
            if all(s.elementwise for s in drawn):
                return [
                    f"mixes the indices of axis {axis}, which f keeps apart: each output depends on its own "
                    "input alone, so there is nothing to sum or to average"
                ]
            others = [k for k in range(drawn[0].x.ndim) if k != axis]
            where = f"axis={others[0]}" if len(others) == 1 else f"axis={tuple(others)}"
            instead = f", where {where} belongs" if others else ""
            return [
                f"mixes the indices of axis {axis}, which f keeps apart: a sum, a mean or a maximum is taken "
                f"over everything{instead}"
            ]
    return []


def kept_apart(s: Scene, axis: int) -> bool:
    """Whether no index of the output along this axis depends on another index of the input."""
    n = s.x.shape[axis]
    if n < 2 or s.out.shape[axis] != n or s.jacobian.columns.size < s.x.size:
        return False
    rows, columns = (np.indices(shape)[axis].ravel() for shape in (s.out.shape, s.x.shape))
    matrix = np.abs(s.jacobian.matrix)
    elsewhere = matrix[rows[:, np.newaxis] != columns]
    return bool(elsewhere.max(initial=0.0) <= 0.1 * DIFFERENT * matrix.max(initial=0.0))


def mixes(s: Scene, axis: int) -> bool:
    """Whether the gradient at other indices changes with what is at the first, in the input or above."""
    x, v = s.x.copy(), s.v.copy()
    np.moveaxis(x, axis, 0)[0] *= 1.25
    np.moveaxis(v, axis, 0)[0] *= -1.5
    inputs = [x if k == s.place else each for k, each in enumerate(s.inputs)]
    try:
        g = s.subject.gradients(v, inputs)[s.place]
    except Exception:  # outside of its domain
        return False
    off = np.moveaxis(np.abs(g - s.g), axis, 0)[1:]
    return bool(off.max(initial=0.0) > DIFFERENT * np.abs(s.g).max())
