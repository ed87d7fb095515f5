"""Losses: distances of predictions from a target, averaged, summed, or one for each example."""

from __future__ import annotations

import numpy as np

from minigrad.domain import MODEST, REAL, Case, Draw, Reject
from minigrad.errors import DTypeError, ParameterError, ShapeError, TargetError
from minigrad.op import flat, fused, op
from minigrad.ops.activations import log_softmax, softmax, subtract_largest
from minigrad.ops.elementary import sigmoid

REDUCTIONS = ("mean", "sum", "none")


def reduced(losses, reduction):
    if reduction == "none":
        return losses
    return losses.mean() if reduction == "mean" else losses.sum()


def undo_reduction(g, reduction, n):
    """The gradient of each of n losses, from the gradient of their reduction."""
    return g / n if reduction == "mean" else g


def undo_by_row(g, reduction, n):
    """The same, in a shape that broadcasts against (n, classes)."""
    g = undo_reduction(g, reduction, n)
    return g.reshape(n, 1) if reduction == "none" else g


def check_reduction(reduction, name):
    if reduction not in REDUCTIONS:
        raise ParameterError(f"{name}: reduction={reduction!r}; needed: 'mean', 'sum' or 'none'")


def check_mean(n, reduction, name):
    if reduction == "mean" and not n:
        raise ShapeError(f"{name}: the mean of no examples is not defined; reduction='sum' gives 0")


# ---- classes ----


def classes(draw: Draw) -> Case:
    n, c = draw.side(), draw.side(1, 5)
    target = draw.generator().integers(0, c, n)
    return Case((draw.array((n, c), MODEST), target), {"reduction": draw.choice(REDUCTIONS)})


LOGITS = np.zeros((2, 3))
BAD_TARGETS = [
    Reject(
        TargetError,
        r"target\[1\] is 3, and there are 3 classes: 0 to 2",
        (LOGITS, np.array([0, 3])),
    ),
    Reject(TargetError, r"target\[0\] is -1", (LOGITS, np.array([-1, 0]))),
    Reject(TargetError, "3 labels for 2 rows", (LOGITS, np.array([0, 1, 2]))),
    Reject(TargetError, "integers, and they are float64", (LOGITS, np.array([0.0, 1.0]))),
    Reject(TargetError, r"one label for each row[\s\S]*argmax", (LOGITS, np.eye(3, dtype=int)[:2])),
    Reject(ShapeError, r"\(N, classes\)", (np.zeros(3), np.array([0]))),
    Reject(
        ParameterError,
        "'average'; needed: 'mean', 'sum' or 'none'",
        (LOGITS, np.array([0, 1])),
        {"reduction": "average"},
    ),
]


def cross_entropy_definition(logits, target, *, reduction="mean"):
    return nll_loss(log_softmax(logits, axis=1), target, reduction=reduction)


@fused(cross_entropy_definition, cases=classes, rejects=BAD_TARGETS)
def cross_entropy(logits, target, *, reduction="mean"):
    """-log softmax(logits)[target]: softmax and cross-entropy in one, stable for large logits.

    logits (N, C), target (N,) integers from 0 to C - 1. The result is the mean over the N examples, their
    sum, or with reduction "none" the loss (N,) of each. Raises `TargetError` if the target does not hold
    labels of these logits. The derivative with respect to the logits is softmax(logits) - one_hot(target).
    """
    check_classes(logits, target, reduction, "cross_entropy(logits, target)")
    z = subtract_largest(logits, 1, "cross_entropy(logits, target)")
    p = np.exp(z)
    total = p.sum(axis=1, keepdims=True)
    p /= total
    rows = np.arange(len(z))
    return reduced(np.log(total[:, 0]) - z[rows, target], reduction), p


def cross_entropy_vjp(g, p, logits, target, reduction):
    n = len(p)
    grad = p * undo_by_row(g, reduction, n)
    grad[np.arange(n), target] -= undo_reduction(g, reduction, n)
    return grad


def cross_entropy_formula(g, out, logits, target, reduction):
    n, c = logits.shape
    g = undo_by_row(g, reduction, n)
    return g * (softmax(logits, axis=1) - one_hot(target, classes=c, dtype=g.dtype))


cross_entropy.vjp(cross_entropy_vjp, None, formulas=[cross_entropy_formula, None])


@op(cases=classes, rejects=BAD_TARGETS)
def nll_loss(log_probabilities, target, *, reduction="mean"):
    """-log_probabilities[target], the negative log-likelihood of the labels.

    log_probabilities (N, C), target (N,) integers from 0 to C - 1; reduced as in `cross_entropy`.
    """
    check_classes(log_probabilities, target, reduction, "nll_loss(log_probabilities, target)")
    return reduced(-log_probabilities[np.arange(len(target)), target], reduction)


def nll_loss_vjp(g, out, log_probabilities, target, reduction):
    n, c = log_probabilities.shape
    g = undo_by_row(g, reduction, n)
    return -g * one_hot(target, classes=c, dtype=g.dtype)


nll_loss.vjp(nll_loss_vjp, None)


@flat
def one_hot(target, *, classes, dtype):
    """(N, classes), 1 in the column of each label and 0 elsewhere."""
    return np.eye(classes, dtype=dtype)[target]


def check_classes(logits, target, reduction, name):
    """Raise unless the target holds labels of these logits: a wrong label would read another element."""
    check_reduction(reduction, name)
    target = np.asarray(target)

    def refuse(error, what):
        first = name[name.index("(") + 1 : name.index(",")]
        raise error(f"{name}: {what}\n  {first}: {np.shape(logits)}   target: {target.shape}")

    check_mean(target.size, reduction, name)
    if np.ndim(logits) != 2:
        refuse(ShapeError, "needs logits of shape (N, classes)")
    if logits.dtype.kind != "f":
        refuse(DTypeError, f"logits must hold floats, and they hold {logits.dtype}")
    n, c = logits.shape
    if target.ndim != 1:
        column = target.shape[1:] == (1,)
        remedy = (
            "for a column give target[:, 0]"
            if column
            else "for one-hot rows give target.argmax(axis=1)"
        )
        refuse(TargetError, f"needs one label for each row, (N,); {remedy}")
    if target.dtype.kind not in "iu":
        refuse(
            TargetError,
            f"labels must be integers, and they are {target.dtype}: give target.astype(int)",
        )
    if len(target) != n:
        refuse(TargetError, f"{len(target)} labels for {n} rows")
    if n and not 0 <= target.min() <= target.max() < c:
        i = int(np.flatnonzero((target < 0) | (target >= c))[0])
        refuse(TargetError, f"target[{i}] is {target[i]}, and there are {c} classes: 0 to {c - 1}")


# ---- numbers ----


def pairs(draw: Draw) -> Case:
    shape = draw.shape(min_side=1)
    reduction = draw.choice(REDUCTIONS)
    return Case((draw.array(shape, REAL), draw.array(shape, REAL)), {"reduction": reduction})


UNEQUAL = Reject(
    ShapeError,
    r"must have the same shape[\s\S]*x: \(4, 1\)   target: \(4,\)",
    (np.ones((4, 1)), np.ones(4)),
)


@op(cases=pairs, rejects=[UNEQUAL])
def mse_loss(x, target, *, reduction="mean"):
    """(x - target)^2, of arrays of one shape. (N, 1) and (N,) would broadcast, so they are refused."""
    check_pair(x, target, reduction, "mse_loss(x, target)")
    return reduced(np.square(x - target), reduction)


def mse_loss_vjp(g, out, x, target, reduction):
    return undo_reduction(g, reduction, size(x)) * 2 * (x - target)


mse_loss.vjp(
    mse_loss_vjp,
    lambda g, out, x, target, reduction: -mse_loss_vjp(g, out, x, target, reduction),
)


def probabilities(draw: Draw) -> Case:
    shape = draw.shape(min_side=1)
    target = draw.generator().uniform(0, 1, shape)
    return Case((draw.array(shape, MODEST), target), {"reduction": draw.choice(REDUCTIONS)})


@op(
    cases=probabilities,
    rejects=[
        Reject(
            ShapeError,
            r"must have the same shape[\s\S]*logits: \(4, 1\)   target: \(4,\)",
            (np.ones((4, 1)), np.ones(4)),
        ),
        Reject(
            TargetError,
            "labels of two classes are 0 and 1, and these are from -1 to 1",
            (np.ones(2), np.array([-1, 1])),
        ),
    ],
)
def binary_cross_entropy_with_logits(logits, target, *, reduction="mean"):
    """-target log p - (1 - target) log (1 - p), where p = sigmoid(logits); stable for large logits.

    It equals softplus(logits) - target * logits, also outside 0 <= target <= 1. It is linear in the target,
    and differentiable with respect to it. Integer targets other than 0 and 1 are refused.
    """
    check_pair(logits, target, reduction, "binary_cross_entropy_with_logits(logits, target)")
    labels = np.asarray(target)
    if labels.dtype.kind in "iu" and labels.size and not 0 <= labels.min() <= labels.max() <= 1:
        raise TargetError(
            "binary_cross_entropy_with_logits(logits, target): the labels of two classes are 0 and 1, and "
            f"these are from {labels.min()} to {labels.max()}"
        )
    # log1p and maximum keep digits that softplus(logits) - target * logits would lose
    losses = np.maximum(logits, 0) - target * logits + np.log1p(np.exp(-np.abs(logits)))
    return reduced(losses, reduction)


binary_cross_entropy_with_logits.vjp(
    lambda g, out, logits, target, reduction: (
        undo_reduction(g, reduction, size(logits)) * (sigmoid(logits) - target)
    ),
    lambda g, out, logits, target, reduction: -undo_reduction(g, reduction, size(logits)) * logits,
)


def check_pair(x, target, reduction, name):
    check_reduction(reduction, name)
    check_mean(np.size(x), reduction, name)
    if np.shape(x) != np.shape(target):
        first = name[name.index("(") + 1 : name.index(",")]
        raise ShapeError(
            f"{name}: both must have the same shape: reshape one of them; a loss does not broadcast"
            f"\n  {first}: {np.shape(x)}   target: {np.shape(target)}"
        )


def size(x):
    return int(np.prod(x.shape))
