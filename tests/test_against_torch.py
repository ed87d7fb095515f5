"""Every op against PyTorch, in float64: values, gradients, and gradients of gradients.

The table names PyTorch's counterpart of each op of the register; an op that has none says why, and one
that is in neither list fails the test. Layers are compared in `test_every_layer`, models in `tests/models`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from minigrad import OPS, Op, Tensor, grad
from minigrad.domain import Case, RandomDraw
from minigrad.ops.axes import reduced_axes

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install -e '.[bench]'")
F = torch.nn.functional
pytestmark = pytest.mark.torch

ARRAYS = (np.ndarray, np.generic)
DRAWS = 12
TOLERANCE = 1e-9
"""Of the largest element: both round, and neither as the other does."""


# ---- PyTorch's counterparts, in the words of minigrad ----


def over(reduce: Callable[..., Any]) -> Callable[..., Any]:
    """A reduction that PyTorch does over any axes, but not over an empty tuple of them."""

    def call(x: Any, axis: Any = None, keepdims: bool = False, **params: Any) -> Any:
        x, dims = padded_with_one(x, axis)
        out = reduce(x, dim=dims, keepdim=True, **params)
        return out.reshape(shape_after(x.shape[:-1], axis, keepdims))

    return call


def padded_with_one(x: Any, axis: Any) -> tuple[Any, tuple[int, ...]]:
    """x with an axis of side 1 at the end, which is always among those that are reduced."""
    return x.unsqueeze(-1), (*reduced_axes(x.ndim, axis), x.ndim)


def shape_after(shape: Any, axis: Any, keepdims: bool) -> list[int]:
    axes = reduced_axes(len(shape), axis)
    return [1 if i in axes else n for i, n in enumerate(shape) if keepdims or i not in axes]


def in_rows(reduce: Callable[..., Any]) -> Callable[..., Any]:
    """A reduction that PyTorch does over one axis: those that are asked for, made into one."""

    def call(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        axes = reduced_axes(x.ndim, axis)
        others = [i for i in range(x.ndim) if i not in axes]
        count = int(np.prod([x.shape[i] for i in axes]))
        rows = x.permute((*others, *axes)).reshape(*[x.shape[i] for i in others], count)
        return reduce(rows).reshape(shape_after(x.shape, axis, keepdims))

    return call


def indexed(index: Any) -> Any:
    """A numpy index for PyTorch, which has no negative steps: those are left to flip."""
    parts = index if isinstance(index, tuple) else (index,)
    return tuple(torch.from_numpy(i) if isinstance(i, np.ndarray) else i for i in parts)


def getitem(x: Any, index: Any) -> Any:
    places = np.arange(x.numel()).reshape(x.shape)[index]
    if isinstance(index, slice) and index.step is not None and index.step < 0:
        return x.flip(0)
    assert isinstance(places, np.ndarray | np.integer)
    return x[indexed(index)]


def scatter(x: Any, index: Any, shape: Any) -> Any:
    places = np.asarray(np.arange(int(np.prod(shape))).reshape(shape)[index])
    zeros = torch.zeros(int(np.prod(shape)), dtype=x.dtype)
    return zeros.index_add(0, torch.from_numpy(places.ravel()), x.reshape(-1)).reshape(shape)


def pad(x: Any, pad_width: Any, value: float) -> Any:
    if not x.ndim:
        return x.clone()
    return F.pad(x, [w for pair in reversed(pad_width) for w in pair], value=value)


def batch_norm(x: Any, gamma: Any, beta: Any, eps: float) -> Any:
    return F.batch_norm(x, None, None, gamma, beta, training=True, eps=eps)


def sliding_windows(x: Any, kernel_size: Any, stride: Any, dilation: Any) -> Any:
    columns = F.unfold(x, kernel_size, dilation=dilation, stride=stride)
    count = [(n - d * (k - 1) - 1) // s + 1
             for n, k, s, d in zip(x.shape[2:], kernel_size, stride, dilation)]  # fmt: skip
    windows = columns.reshape(*x.shape[:2], *kernel_size, *count)
    return windows.permute(0, 1, 4, 5, 2, 3)


def overlap_add(windows: Any, size: Any, stride: Any, dilation: Any) -> Any:
    n, c, oh, ow, kh, kw = windows.shape
    columns = windows.permute(0, 1, 4, 5, 2, 3).reshape(n, c * kh * kw, oh * ow)
    return F.fold(columns, size, (kh, kw), dilation=dilation, stride=stride)


def take(op: Callable[..., Any], **names: str) -> Callable[..., Any]:
    """`op` with its parameters renamed from minigrad's: take(torch.cumsum, axis="dim")."""
    return lambda *xs, **params: op(*xs, **{names.get(k, k): v for k, v in params.items()})


COUNTERPARTS: dict[str, Callable[..., Any]] = {
    # arithmetic
    "add": torch.add,
    "sub": torch.sub,
    "mul": torch.mul,
    "div": torch.div,
    "neg": torch.neg,
    "pow": torch.pow,
    "abs": torch.abs,
    "maximum": torch.maximum,
    "minimum": torch.minimum,
    "where": torch.where,
    "clip": torch.clip,
    "clone": torch.clone,
    "astype": lambda x, dtype: x.to(torch.float64),
    # elementary functions
    "exp": torch.exp,
    "log": torch.log,
    "log1p": torch.log1p,
    "expm1": torch.expm1,
    "sqrt": torch.sqrt,
    "sin": torch.sin,
    "cos": torch.cos,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "erf": torch.erf,
    "softplus": lambda x: F.softplus(x, threshold=1000),
    # reductions
    "sum": over(torch.sum),
    "mean": over(torch.mean),
    "var": over(torch.var),
    "std": over(torch.std),
    "logsumexp": over(torch.logsumexp),
    "norm": over(torch.linalg.vector_norm),
    "max": in_rows(lambda rows: rows.max(dim=-1).values),
    "min": in_rows(lambda rows: rows.min(dim=-1).values),
    "prod": in_rows(lambda rows: rows.prod(dim=-1)),
    "cumsum": take(torch.cumsum, axis="dim"),
    # shapes
    "reshape": torch.reshape,
    "transpose": lambda x, axes: x.permute(tuple(axes or reversed(range(x.ndim)))),
    "swapaxes": take(torch.swapaxes, axis1="axis0", axis2="axis1"),
    "broadcast_to": take(torch.broadcast_to, shape="size"),
    "squeeze": lambda x, axis: x.squeeze() if axis is None else x.squeeze(axis),
    "expand_dims": lambda x, axis: x.reshape(np.expand_dims(np.empty(x.shape), axis).shape),
    "flip": lambda x, axis: x.flip(reduced_axes(x.ndim, axis)),
    "pad": pad,
    "concatenate": lambda *xs, axis: torch.cat(xs, dim=axis),
    "stack": lambda *xs, axis: torch.stack(xs, dim=axis),
    "getitem": getitem,
    "scatter": scatter,
    # products
    "matmul": torch.matmul,
    "linear": F.linear,
    "einsum": lambda *xs, subscripts: torch.einsum(subscripts, *xs),
    # activations
    "relu": torch.relu,
    "leaky_relu": F.leaky_relu,
    "elu": F.elu,
    "gelu": F.gelu,
    "softmax": take(torch.softmax, axis="dim"),
    "log_softmax": take(torch.log_softmax, axis="dim"),
    # losses
    "cross_entropy": F.cross_entropy,
    "nll_loss": F.nll_loss,
    "mse_loss": F.mse_loss,
    "binary_cross_entropy_with_logits": F.binary_cross_entropy_with_logits,
    # convolution, pooling, normalisation
    "sliding_windows": sliding_windows,
    "overlap_add": overlap_add,
    "conv2d": F.conv2d,
    "max_pool2d": F.max_pool2d,
    "avg_pool2d": F.avg_pool2d,
    "batch_norm": batch_norm,
    "layer_norm": lambda x, gamma, beta, eps: F.layer_norm(x, gamma.shape, gamma, beta, eps),
    "dropout": torch.mul,
}

WITHOUT_COUNTERPART: dict[str, str] = {}
"""Op names with the reason why PyTorch has nothing to compare them with."""


# ---- the comparison ----


def upstream(shape: Any, rng: np.random.Generator) -> np.ndarray:
    return np.asarray(rng.uniform(0.5, 1.5, shape) * rng.choice((-1.0, 1.0), shape))


def close(ours: Any, theirs: Any, what: str) -> None:
    """Equal but for rounding. What either calls unused, None, the other may call zero."""
    if ours is None and theirs is None:
        return
    a = None if ours is None else ours.data
    b = None if theirs is None else theirs.detach().numpy(force=True)
    a = np.zeros_like(b) if a is None else a
    b = np.zeros_like(a) if b is None else b
    assert a.shape == b.shape, f"{what}: shape {a.shape}, and PyTorch's {b.shape}"
    scale = TOLERANCE * np.abs(b).max(initial=1.0)
    np.testing.assert_allclose(a, b, rtol=TOLERANCE, atol=scale, err_msg=f"{what} differs")


def compare(op: Op, case: Case, rng: np.random.Generator) -> None:
    """Values, gradients, and the gradients of <gradients, w> by the inputs and the upstream gradient."""
    ours: list[Any] = list(case.inputs)
    theirs = [torch.from_numpy(np.array(x)) if isinstance(x, ARRAYS) else x for x in ours]
    slots = [i for i, x in enumerate(ours) if differentiable(op, i, x)]
    for i in slots:
        ours[i] = Tensor(ours[i].copy(), requires_grad=True)
        theirs[i].requires_grad_()
    out, their_out = (
        op(*ours, **case.params),
        COUNTERPARTS[op.__name__](*theirs, **completed(op, case)),
    )
    close(out, their_out, "the output")

    g = upstream(out.shape, rng)
    our_g, their_g = Tensor(g, requires_grad=True), torch.from_numpy(g).requires_grad_()
    leaves, their_leaves = [ours[i] for i in slots], [theirs[i] for i in slots]
    plain = grad(out, leaves, Tensor(g), retain_graph=True)
    first = grad(out, leaves, our_g, create_graph=True)
    their_first = torch.autograd.grad(their_out, their_leaves, their_g, create_graph=True)
    for i, a, b, c in zip(slots, plain, first, their_first):
        close(a, c, f"the gradient of input {i}")
        close(b, c, f"the recorded gradient of input {i}")

    weights = [upstream(h.shape, rng) for h in first]
    leaves, their_leaves = [*leaves, our_g], [*their_leaves, their_g]
    second = second_order(grad, first, leaves, weights)
    their_weights = map(torch.from_numpy, weights)
    their_second = second_order(torch.autograd.grad, their_first, their_leaves, their_weights)
    for i, (a, b) in enumerate(zip(second, their_second)):
        close(a, b, f"the second derivative by leaf {i}")


def second_order(grad: Any, outputs: Any, leaves: Any, weights: Any) -> list[Any]:
    """The gradients of <outputs, weights>, by either library."""
    pairs = [(h, w) for h, w in zip(outputs, weights) if h.requires_grad]
    if not pairs:
        return [None] * len(leaves)
    outputs, weights = zip(*pairs)
    return list(grad(outputs, leaves, weights, allow_unused=True))


def differentiable(op: Op, slot: int, x: Any) -> bool:
    has_rule = op.joint or op.rules[slot] is not None
    return isinstance(x, ARRAYS) and x.dtype.kind == "f" and has_rule


def completed(op: Op, case: Case) -> dict[str, Any]:
    """The parameters with their defaults, less those that only minigrad has."""
    params = {**op.defaults, **case.params}
    params.pop("statistics", None)
    return params


def test_every_op_is_in_the_table_or_says_why_not() -> None:
    assert COUNTERPARTS.keys() | WITHOUT_COUNTERPART.keys() == OPS.keys()
    assert not COUNTERPARTS.keys() & WITHOUT_COUNTERPART.keys()


@pytest.mark.parametrize("name", COUNTERPARTS)
def test_op(name: str) -> None:
    rng = np.random.default_rng(11)
    for _ in range(DRAWS):
        case = OPS[name].cases(RandomDraw(rng))
        try:
            compare(OPS[name], case, rng)
        except AssertionError as error:
            error.add_note(f"  {name}({case.inputs}, {case.params})")
            raise
