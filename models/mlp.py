"""MLP: layers of units; each unit is connected to all units of the layer before."""

from __future__ import annotations

import math
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import DTypeLike

from minigrad import Tensor, nn, view
from minigrad.arguments import positive
from minigrad.errors import ParameterError
from minigrad.generators import Rng, require_generator
from minigrad.train import command

ACTIVATIONS = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh}


class MLP(nn.Module):
    """A multi-layer perceptron: blocks of Linear, optional batch norm and activation, then a last Linear.

    sizes         numbers of units, from the input to the output: (784, 784, 256, 10)
    activation    "relu", "sigmoid" or "tanh"
    init          the initialiser of the weights; biases are 0

    x (N, ...) with sizes[0] numbers for each example -> logits (N, sizes[-1])
    """

    def __init__(
        self,
        sizes: Sequence[int],
        activation: str = "relu",
        batch_norm: bool = False,
        *,
        rng: Rng,
        init: nn.init.Initialiser = nn.init.kaiming_normal,
        dtype: DTypeLike = np.float32,
    ):
        if len(sizes) < 2:
            raise ParameterError(
                f"MLP: sizes={sizes} must hold at least two sizes, those of input and output: (784, 10)"
            )
        if activation not in ACTIVATIONS:
            raise ParameterError(
                f"MLP: activation={activation!r} must be one of {', '.join(ACTIVATIONS)}"
            )
        self.sizes, rng = tuple(sizes), require_generator("MLP", rng)
        layers: list[nn.Module] = []
        for inputs, outputs in pairwise(sizes[:-1]):
            layers.append(nn.Linear(inputs, outputs, rng=rng, init=init, dtype=dtype))
            if batch_norm:
                layers.append(nn.BatchNorm1d(outputs, dtype=dtype))
            layers.append(ACTIVATIONS[activation]())
        layers.append(nn.Linear(*sizes[-2:], rng=rng, init=init, dtype=dtype))
        self.layers = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        if x.ndim > 2:
            x = x.reshape(len(x), math.prod(x.shape[1:]))  # (N, sizes[0])
        return self.layers(x)  # (N, sizes[-1])


def build(
    options: Namespace, shape: tuple[int, ...], classes: int, rng: np.random.Generator
) -> MLP:
    sizes = (math.prod(shape), *options.hidden, classes)
    return MLP(sizes, options.activation, options.batch_norm, rng=rng, init=nn.init.xavier_uniform)


def parser() -> ArgumentParser:
    """The options of the command line."""
    made = command.parser(
        "mlp",
        str(main.__doc__),
        epochs=10,
        batch_size=64,
        lr=0.05,
        momentum=0.0,
        schedule="constant",
    )
    made.add_argument(
        "--hidden",
        type=positive,
        nargs="+",
        default=[784, 256],
        metavar="N",
        help="units of each hidden layer (default: 784 256)",
    )
    made.add_argument("--activation", choices=ACTIVATIONS, default="relu")
    made.add_argument("--batch-norm", action="store_true", help="normalise before each activation")
    return made


def main(argv: Sequence[str] | None = None) -> int:
    """Train a multi-layer perceptron on images, and keep the results in a folder."""
    return command.train(parser(), argv, build, view.report)


if __name__ == "__main__":
    sys.exit(main())
