"""Linear: the affine map, in which every output depends on every input."""

from __future__ import annotations

from typing import final

import numpy as np
from numpy.typing import DTypeLike

from minigrad.errors import ShapeError
from minigrad.generators import Rng
from minigrad.nn.checks import require_at_least, require_dtype
from minigrad.nn.init import Initialiser, kaiming_normal, make_parameters
from minigrad.nn.module import Module
from minigrad.ops import linear
from minigrad.tensor import Tensor


@final
class Linear(Module):
    """x @ weight.T + bias, of x (..., in_features) -> (..., out_features)

    weight (out_features, in_features) is drawn by `init` with `rng`, a generator or a seed; by default from
    He's normal distribution. bias (out_features,) starts at 0. PyTorch's layer uses
    `init=partial(nn.init.kaiming_uniform, a=math.sqrt(5))` and draws its bias as well.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        *,
        rng: Rng | None = None,
        init: Initialiser = kaiming_normal,
        dtype: DTypeLike = np.float32,
    ):
        require_at_least("Linear", 1, in_features=in_features, out_features=out_features)
        self.in_features, self.out_features = in_features, out_features
        shape = out_features, in_features
        self.weight, self.bias = make_parameters("Linear", shape, bias, rng, init, dtype)
        # BLAS multiplies a tenth to a third faster if memory runs (in, out). Only `strides` shows it.
        self.weight.data = np.asfortranarray(self.weight.data)

    def forward(self, x: Tensor) -> Tensor:
        if x.shape[-1:] != (self.in_features,):
            raise ShapeError(
                f"{self!r}: x has shape {x.shape}, needed (..., {self.in_features})"
                + ("; images become rows with nn.Flatten()" if x.ndim > 2 else "")
            )
        require_dtype(self, x, self.weight)
        return linear(x, self.weight, self.bias)

    def extra_repr(self) -> str:
        return (
            f"in_features={self.in_features}, out_features={self.out_features}, "
            f"bias={self.bias is not None}"
        )
