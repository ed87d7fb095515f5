"""IFT6135, assignment 1: an MLP on MNIST, its gradients by finite differences, and a CNN."""

from __future__ import annotations

from experiments.blocks import Page
from experiments.ift6135 import cnn, differences, grid, initialisation
from experiments.parts import Part, Report, Results


def page(done: Results, quick: bool) -> Page:
    sections = (initialisation, grid, differences, cnn)
    return Page(
        "Digits by a multi-layer perceptron that was written by hand, and by a convolutional network: how "
        "the weights begin, 36 ways to train it, its gradients against finite differences, and five "
        "convolutions with as many parameters.",
        [block for section in sections for block in section.blocks(done, quick)],
    )


REPORT = Report(
    "ift6135",
    "An MLP and a CNN on MNIST",
    (
        Part("initialisation", initialisation.plan),
        Part("differences", differences.plan),
        Part("grid", grid.plan),
        Part("cnn", cnn.plan),
    ),
    page,
)
