"""LeNet-5: two convolutions that find strokes, and three layers that classify digits by them."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence

import numpy as np
from numpy.typing import DTypeLike

from minigrad import Tensor, nn, view
from minigrad.arguments import fraction
from minigrad.errors import ParameterError
from minigrad.generators import Rng, require_generator
from minigrad.train import command


class LeNet5(nn.Module):
    """LeNet-5 with ReLU and max-pooling: 61,706 parameters for images of 28 x 28 x 1.

    batch_norm    insert batch norm between each convolution and its activation
    dropout       the probability of dropping a unit between the fully connected layers
    init          the initialiser of the weights; biases are 0

    x (N, in_channels, image_size, image_size) -> logits (N, classes)

    LeCun et al., "Gradient-based learning applied to document recognition", 1998, in today's form.
    """

    def __init__(
        self,
        batch_norm: bool = False,
        dropout: float = 0.0,
        *,
        rng: Rng,
        in_channels: int = 1,
        image_size: int = 28,
        classes: int = 10,
        init: nn.init.Initialiser = nn.init.kaiming_normal,
        dtype: DTypeLike = np.float32,
    ):
        side = (image_size // 2 - 4) // 2
        if side < 1:
            raise ParameterError(f"LeNet5: image_size={image_size} must be at least 12")
        rng = require_generator("LeNet5", rng)
        drawn = {"rng": rng, "init": init, "dtype": dtype}

        def normalised(channels: int) -> list[nn.Module]:
            return [nn.BatchNorm2d(channels, dtype=dtype)] if batch_norm else []

        def dropped() -> list[nn.Module]:
            return [nn.Dropout(dropout, rng=rng)] if dropout else []

        self.features = nn.Sequential(
            nn.Conv2d(in_channels, 6, kernel_size=5, padding=2, **drawn),
            *normalised(6),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(6, 16, kernel_size=5, **drawn),
            *normalised(16),
            nn.ReLU(),
            nn.MaxPool2d(2),
        )
        self.flatten = nn.Flatten()
        self.classifier = nn.Sequential(
            nn.Linear(16 * side * side, 120, **drawn),
            nn.ReLU(),
            *dropped(),
            nn.Linear(120, 84, **drawn),
            nn.ReLU(),
            *dropped(),
            nn.Linear(84, classes, **drawn),
        )

    def forward(self, x: Tensor) -> Tensor:  # (N, 1, 28, 28)
        x = self.features(x)  # (N, 16, 5, 5)
        x = self.flatten(x)  # (N, 400)
        return self.classifier(x)  # (N, 10)


def build(
    options: Namespace, shape: tuple[int, ...], classes: int, rng: np.random.Generator
) -> LeNet5:
    channels, side, _ = shape
    return LeNet5(
        options.batch_norm,
        options.dropout,
        rng=rng,
        in_channels=channels,
        image_size=side,
        classes=classes,
        init=nn.init.xavier_uniform,  # smaller weights than He's, for steady training with momentum
    )


def parser() -> ArgumentParser:
    """The options of the command line."""
    made = command.parser(
        "lenet", str(main.__doc__), epochs=5, batch_size=64, lr=0.02, momentum=0.9
    )
    made.add_argument(
        "--batch-norm", action="store_true", help="normalise between convolution and activation"
    )
    made.add_argument(
        "--dropout",
        type=fraction,
        default=0.0,
        metavar="P",
        help="the probability of dropping a unit, %(metavar)s (default: %(default)s)",
    )
    return made


def main(argv: Sequence[str] | None = None) -> int:
    """Train LeNet-5 on digits, clothes or objects, and keep the results in a folder."""
    return command.train(parser(), argv, build, view.report)


if __name__ == "__main__":
    sys.exit(main())
