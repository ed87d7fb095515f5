"""The operations, one family in each file: numpy functions, each followed by its gradient rules."""

from minigrad.ops.activations import elu, gelu, leaky_relu, log_softmax, relu, softmax
from minigrad.ops.arithmetic import (
    abs,
    add,
    astype,
    clip,
    clone,
    div,
    maximum,
    minimum,
    mul,
    neg,
    pow,
    sub,
    where,
)
from minigrad.ops.convolution import conv1d, conv2d
from minigrad.ops.dropout import dropout
from minigrad.ops.elementary import (
    cos,
    erf,
    exp,
    expm1,
    log,
    log1p,
    sigmoid,
    sin,
    softplus,
    sqrt,
    tanh,
)
from minigrad.ops.linalg import einsum, linear, matmul
from minigrad.ops.losses import binary_cross_entropy_with_logits, cross_entropy, mse_loss, nll_loss
from minigrad.ops.normalisation import batch_norm, batch_norm_by, batch_statistics, layer_norm
from minigrad.ops.pooling import avg_pool2d, max_pool2d
from minigrad.ops.reductions import cumsum, logsumexp, max, mean, min, norm, prod, std, sum, var
from minigrad.ops.shapes import (
    broadcast_to,
    concatenate,
    expand_dims,
    flip,
    getitem,
    pad,
    reshape,
    scatter,
    squeeze,
    stack,
    swapaxes,
    transpose,
)
from minigrad.ops.windows import overlap_add, sliding_windows

__all__ = [
    "abs", "add", "astype", "avg_pool2d", "batch_norm", "batch_norm_by", "batch_statistics",
    "binary_cross_entropy_with_logits", "broadcast_to", "clip", "clone", "concatenate",
    "conv1d", "conv2d", "cos", "cross_entropy", "cumsum", "div", "dropout", "einsum", "elu",
    "erf", "exp", "expand_dims", "expm1", "flip", "gelu", "getitem", "layer_norm", "leaky_relu",
    "linear", "log", "log1p", "log_softmax", "logsumexp", "matmul", "max", "max_pool2d",
    "maximum", "mean", "min", "minimum", "mse_loss", "mul", "neg", "nll_loss", "norm",
    "overlap_add", "pad", "pow", "prod", "relu", "reshape", "scatter", "sigmoid", "sin",
    "sliding_windows", "softmax", "softplus", "sqrt", "squeeze", "stack", "std", "sub", "sum",
    "swapaxes", "tanh", "transpose", "var", "where",
]  # fmt: skip
