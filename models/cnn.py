"""CNN: five convolutions, two of which halve the image, and two fully connected layers."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence

import numpy as np
from numpy.typing import DTypeLike

from minigrad import Tensor, nn, view
from minigrad.errors import ParameterError
from minigrad.generators import Rng, require_generator
from minigrad.train import command


class CNN(nn.Module):
    """A five-convolution network with ReLU: 763,094 parameters for images of 28 x 28 x 1.

    batch_norm    insert batch norm between each convolution and its activation
    init          the initialiser of the weights; biases are 0

    x (N, in_channels, image_size, image_size) -> logits (N, classes)
    """

    def __init__(
        self,
        batch_norm: bool = False,
        *,
        rng: Rng,
        in_channels: int = 1,
        image_size: int = 28,
        classes: int = 10,
        init: nn.init.Initialiser = nn.init.kaiming_normal,
        dtype: DTypeLike = np.float32,
    ):
        side = (image_size + 3) // 4 // 2
        if side < 1:
            raise ParameterError(f"CNN: image_size={image_size} must be at least 5")
        rng = require_generator("CNN", rng)
        drawn = {"rng": rng, "init": init, "dtype": dtype}

        def block(inputs: int, outputs: int, kernel_size: int, stride: int) -> nn.Sequential:
            padding = kernel_size // 2
            return nn.Sequential(
                nn.Conv2d(inputs, outputs, kernel_size, stride, padding, **drawn),
                *([nn.BatchNorm2d(outputs, dtype=dtype)] if batch_norm else []),
                nn.ReLU(),
            )

        self.conv1 = block(in_channels, 16, kernel_size=3, stride=1)
        self.conv2 = block(16, 32, kernel_size=5, stride=2)
        self.conv3 = block(32, 64, kernel_size=3, stride=1)
        self.conv4 = block(64, 128, kernel_size=5, stride=2)
        self.conv5 = block(128, 256, kernel_size=3, stride=1)
        self.pool = nn.MaxPool2d(2)
        self.flatten = nn.Flatten()
        self.fc1 = nn.Linear(256 * side * side, 100, **drawn)
        self.relu = nn.ReLU()
        self.fc2 = nn.Linear(100, classes, **drawn)

    def forward(self, x: Tensor) -> Tensor:  # (N, 1, 28, 28)
        x = self.conv1(x)  # (N, 16, 28, 28)
        x = self.conv2(x)  # (N, 32, 14, 14)
        x = self.conv3(x)  # (N, 64, 14, 14)
        x = self.conv4(x)  # (N, 128, 7, 7)
        x = self.conv5(x)  # (N, 256, 7, 7)
        x = self.flatten(self.pool(x))  # (N, 2304)
        x = self.relu(self.fc1(x))  # (N, 100)
        return self.fc2(x)  # (N, 10)


def build(
    options: Namespace, shape: tuple[int, ...], classes: int, rng: np.random.Generator
) -> CNN:
    channels, side, _ = shape
    return CNN(options.batch_norm, rng=rng, in_channels=channels, image_size=side, classes=classes)


def parser() -> ArgumentParser:
    """The options of the command line."""
    made = command.parser("cnn", str(main.__doc__), epochs=5, batch_size=64, lr=0.005, momentum=0.9)
    made.add_argument(
        "--batch-norm", action="store_true", help="normalise between convolution and activation"
    )
    return made


def main(argv: Sequence[str] | None = None) -> int:
    """Train the five-convolution network on images, and keep the results in a folder."""
    return command.train(parser(), argv, build, view.report)


if __name__ == "__main__":
    sys.exit(main())
