"""CS5787, exercise 1: three questions of theory, and LeNet-5 on Fashion-MNIST with three regularisers."""

from __future__ import annotations

from experiments.blocks import Page
from experiments.cs5787 import batch_norm, grid, shapes, variants
from experiments.parts import Part, Report, Results, Task


def theory(done: Results, quick: bool) -> list[Task]:
    draws = {"samples": 8, "seeds": list(range(20))}
    return [
        Task("shapes", shapes.shapes, {}, 1.0),
        Task("counts", shapes.counts, {"channels": list(shapes.CHANNELS)}, 1.0),
        Task("batch norm", batch_norm.compared, draws, 500.0),
    ]


def page(done: Results, quick: bool) -> Page:
    sections = (shapes, batch_norm, variants, grid)
    return Page(
        "Shapes, parameters and the backward pass of batch normalisation, answered by the library; then "
        "LeNet-5 on Fashion-MNIST as it is, with batch normalisation, with dropout and with weight decay.",
        [block for section in sections for block in section.blocks(done, quick)],
    )


REPORT = Report(
    "cs5787",
    "LeNet-5 on Fashion-MNIST, four ways",
    (
        Part("theory", theory),
        Part("training", variants.plan),
        Part("grid", grid.plan),
    ),
    page,
)
