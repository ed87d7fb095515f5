"""RMSprop: gradients divided by a running root mean square."""

from __future__ import annotations

from collections.abc import Iterable
from typing import final

import numpy as np

from minigrad.optim.optimizer import Group, Optimizer, State, require_below
from minigrad.tensor import Tensor
from minigrad.typing import Array


@final
class RMSprop(Optimizer):
    """Each gradient divided by a running root mean square of the gradients so far.

        g <- g + weight_decay p
        v <- alpha v + (1 - alpha) g^2
        u <- momentum u + g / (sqrt(v) + eps)
        p <- p - lr u

    Tieleman and Hinton, "Lecture 6.5: rmsprop", Neural networks for machine learning, 2012.
    Momentum as in Graves, "Generating sequences with recurrent neural networks", 2013.
    """

    def __init__(
        self,
        parameters: Iterable[Tensor] | Iterable[Group],
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
    ):
        super().__init__(
            parameters, lr=lr, alpha=alpha, eps=eps, weight_decay=weight_decay, momentum=momentum
        )

    def check(self, group: Group) -> None:
        require_below(self, group, np.inf, "lr", "eps", "weight_decay")
        require_below(self, group, 1, "alpha", "momentum")

    def new_values(self, p: Array, g: Array, state: State, group: Group) -> Array:
        alpha, momentum = group["alpha"], group["momentum"]
        if group["weight_decay"]:
            g = g + group["weight_decay"] * p
        if not state:
            state["square_avg"] = np.zeros_like(p)
        v, u = state["square_avg"], np.empty_like(p)
        v *= alpha
        np.multiply(g, g, out=u)
        u *= 1 - alpha
        v += u
        np.sqrt(v, out=u)
        u += group["eps"]
        np.divide(g, u, out=u)
        if not momentum:
            u *= float(group["lr"])
            return np.subtract(p, u, out=u)
        if "momentum_buffer" in state:
            u += momentum * state["momentum_buffer"]
        state["momentum_buffer"] = u
        return np.subtract(p, float(group["lr"]) * u)
