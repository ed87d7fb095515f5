"""The blocks of a page: headings, text, numbers, tables and figures, as plain data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from experiments.judge import Number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TRAINING, VALIDATION, TEST = "#0072B2", "#D55E00", "#009E73"
"""Colours of all figures: blue, orange and green of Okabe and Ito, as in `minigrad.train.plots`."""
OTHERS = ("#CC79A7", "#56B4E9", "#E69F00", "#7A5195", "#8C6D31")
"""Colours of other lines."""
GREY = "#777777"


@dataclass(frozen=True)
class Heading:
    text: str


@dataclass(frozen=True)
class Text:
    """A paragraph with `code` in backticks; or a list, if its lines begin with "- "."""

    text: str


@dataclass(frozen=True)
class Numbers:
    """A judged table: "report | ours | reference"."""

    title: str
    numbers: Sequence[Number]


@dataclass(frozen=True)
class Table:
    """Rows of cells. `name` is the name of the JSON file; `highlight` lists the rows in bold."""

    name: str
    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[Any]]
    highlight: Sequence[int] = ()


@dataclass(frozen=True)
class Line:
    """One curve, or its points if `style` is a marker such as "o". The band spans y - band to y + band."""

    label: str
    x: Sequence[float]
    y: Sequence[float]
    colour: str = TRAINING
    style: str = "-"
    width: float = 2.0
    band: Sequence[float] | None = None


@dataclass(frozen=True)
class Panel:
    """One pair of axes, with the learning rate in a strip below if `rate` is given.

    paint     draws more than lines; it is called with the axes, after the lines
    """

    title: str
    xlabel: str
    ylabel: str
    lines: Sequence[Line] = ()
    rate: Line | None = None
    xscale: str = "linear"
    yscale: str = "linear"
    ylim: tuple[float | None, float | None] = (None, None)
    paint: Callable[[Axes], None] | None = None


@dataclass(frozen=True)
class Figure:
    """Panels side by side. `name` is the name of the files; `columns` is the number of panels in a row."""

    name: str
    caption: str
    panels: Sequence[Panel]
    columns: int = 3


Block = Heading | Text | Numbers | Table | Figure


@dataclass(frozen=True)
class Page:
    """`intro` is one paragraph; the blocks follow in order."""

    intro: str
    blocks: Sequence[Block]

    @property
    def numbers(self) -> list[Number]:
        return [n for block in self.blocks if isinstance(block, Numbers) for n in block.numbers]
