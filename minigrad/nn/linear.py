"""Linear: the affine map, every input connected with every output."""

from __future__ import annotations

from typing import final

import numpy as np
from numpy.typing import DTypeLike

from minigrad.errors import ShapeError
from minigrad.nn.checks import at_least, same_dtype
from minigrad.nn.init import Initialiser, drawn, kaiming_normal
from minigrad.nn.module import Module
from minigrad.nn.parameter import Parameter
from minigrad.ops import linear
from minigrad.tensor import Tensor


@final
class Linear(Module):
    """x @ weight.T + bias, of x (..., in_features) -> (..., out_features)

    weight (out_features, in_features) is drawn by `init`, by default He's normal distribution; bias
    (out_features,) starts at 0. PyTorch's layer starts from
    `init=partial(nn.init.kaiming_uniform, a=math.sqrt(5))` and a bias that is drawn as well.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        *,
        rng: np.random.Generator | None = None,
        init: Initialiser = kaiming_normal,
        dtype: DTypeLike = np.float32,
    ):
        at_least("Linear", 1, in_features=in_features, out_features=out_features)
        self.in_features, self.out_features = in_features, out_features
        self.weight = drawn("Linear", init, (out_features, in_features), rng, dtype)
        # BLAS multiplies a tenth to a third faster if memory runs (in, out). Nobody sees it but in `strides`.
        self.weight.data = np.asfortranarray(self.weight.data)
        self.bias = Parameter(np.zeros(out_features, dtype)) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        if x.shape[-1:] != (self.in_features,):
            raise ShapeError(
                f"{self!r}: x has shape {x.shape}, needed (..., {self.in_features})"
                + ("; images become rows with nn.Flatten()" if x.ndim > 2 else "")
            )
        same_dtype(self, x, self.weight)
        return linear(x, self.weight, self.bias)

    def extra_repr(self) -> str:
        return (
            f"in_features={self.in_features}, out_features={self.out_features}, "
            f"bias={self.bias is not None}"
        )
