"""Adam and AdamW: updates about as large as the learning rate, for gradients of any size."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import final

import numpy as np

from minigrad.errors import ParameterError
from minigrad.optim.optimizer import Group, Optimizer, State, require_below
from minigrad.tensor import Tensor
from minigrad.typing import Array

Betas = tuple[float, float]


class Moments(Optimizer):
    """The parameters and the step that Adam and AdamW share."""

    def check(self, group: Group) -> None:
        require_below(self, group, np.inf, "lr", "eps", "weight_decay")
        betas = group["betas"]
        if len(betas) != 2 or not all(0 <= beta < 1 for beta in betas):
            raise ParameterError(
                f"{type(self).__name__}: betas={betas} must be two numbers in [0, 1)"
            )

    def adam_step(self, p: Array, g: Array, state: State, group: Group) -> Array:
        """lr m_hat / (sqrt(v_hat) + eps), which the update subtracts from p; a new array."""
        beta1, beta2 = group["betas"]
        if not state:
            state.update(step=0, exp_avg=np.zeros_like(p), exp_avg_sq=np.zeros_like(p))
        m, v, step = state["exp_avg"], state["exp_avg_sq"], np.empty_like(p)
        state["step"] = t = state["step"] + 1

        m *= beta1
        m += np.multiply(g, 1 - beta1, out=step)
        v *= beta2
        np.multiply(g, g, out=step)
        step *= 1 - beta2
        v += step

        np.sqrt(v, out=step)
        step /= math.sqrt(1 - beta2**t)
        step += group["eps"]
        np.divide(m, step, out=step)
        step *= float(group["lr"]) / (1 - beta1**t)
        return step


@final
class Adam(Moments):
    """Adaptive moment estimation; at the t-th update of a parameter

        g <- g + weight_decay p
        m <- beta1 m + (1 - beta1) g
        v <- beta2 v + (1 - beta2) g^2
        p <- p - lr (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps)

    Kingma and Ba, "Adam: a method for stochastic optimization", 2015, algorithm 1.
    """

    def __init__(
        self,
        parameters: Iterable[Tensor] | Iterable[Group],
        lr: float = 1e-3,
        betas: Betas = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ):
        super().__init__(parameters, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)

    def new_values(self, p: Array, g: Array, state: State, group: Group) -> Array:
        if group["weight_decay"]:
            g = g + group["weight_decay"] * p
        step = self.adam_step(p, g, state, group)
        return np.subtract(p, step, out=step)


@final
class AdamW(Moments):
    """`Adam` with decoupled weight decay: it shrinks the parameter and does not enter the moments.

        p <- (1 - lr weight_decay) p
        then the update of Adam, with g as it is

    Loshchilov and Hutter, "Decoupled weight decay regularization", 2019, algorithm 2.
    """

    def __init__(
        self,
        parameters: Iterable[Tensor] | Iterable[Group],
        lr: float = 1e-3,
        betas: Betas = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
    ):
        super().__init__(parameters, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)

    def new_values(self, p: Array, g: Array, state: State, group: Group) -> Array:
        step = self.adam_step(p, g, state, group)
        shrunk: Array = p * (1 - float(group["lr"]) * group["weight_decay"])
        return np.subtract(shrunk, step, out=step)
