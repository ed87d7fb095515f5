"""SGD: stochastic gradient descent with momentum."""

from __future__ import annotations

from collections.abc import Iterable
from typing import final

import numpy as np

from minigrad.errors import ParameterError
from minigrad.optim.optimizer import Group, Optimizer, State, require_below
from minigrad.tensor import Tensor
from minigrad.typing import Array


@final
class SGD(Optimizer):
    """Stochastic gradient descent.

        g <- g + weight_decay p
        v <- momentum v + g                   (at first v = g)
        p <- p - lr v                         with Nesterov: p <- p - lr (g + momentum v)

    weight_decay w adds the gradient of the cost w/2 sum p^2. For a cost lambda sum W^2 set it to 2 lambda, or
    use `L2`, which computes the cost.

    Robbins and Monro, "A stochastic approximation method", 1951; Polyak, "Some methods of speeding up
    the convergence of iteration methods", 1964; Nesterov's momentum in the form of Sutskever et al., "On the
    importance of initialization and momentum in deep learning", 2013.
    """

    def __init__(
        self,
        parameters: Iterable[Tensor] | Iterable[Group],
        lr: float = 1e-3,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
    ):
        super().__init__(
            parameters, lr=lr, momentum=momentum, weight_decay=weight_decay, nesterov=nesterov
        )

    def check(self, group: Group) -> None:
        require_below(self, group, np.inf, "lr", "weight_decay")
        require_below(self, group, 1, "momentum")
        if group["nesterov"] and not group["momentum"]:
            raise ParameterError("SGD: nesterov=True needs a momentum greater than 0")

    def new_values(self, p: Array, g: Array, state: State, group: Group) -> Array:
        momentum, weight_decay = group["momentum"], group["weight_decay"]
        if weight_decay:
            g = g + weight_decay * p
        if momentum:
            if "momentum_buffer" not in state:
                state["momentum_buffer"] = g.copy(order="K")
            else:
                state["momentum_buffer"] *= momentum
                state["momentum_buffer"] += g
            v = state["momentum_buffer"]
            g = g + momentum * v if group["nesterov"] else v
        new = np.empty_like(p)
        np.multiply(g, float(group["lr"]), out=new)
        return np.subtract(p, new, out=new)
