"""Drawing of figures: all panels in one picture for a paper, or one by one for a page."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from experiments.blocks import GREY, OTHERS, TEST, TRAINING, VALIDATION, Figure, Line, Panel
from minigrad.train.plots import save_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure as Picture

INK = "#1d2330"
STYLE = {
    "svg.fonttype": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#8a93a5",
    "grid.alpha": 0.25,
    "font.size": 12,
    "axes.titlesize": 13,
    "axes.titlelocation": "left",
    "legend.frameon": False,
    "legend.fontsize": 11,
    **dict.fromkeys(
        ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"), INK
    ),
}
WIDTH, HEIGHT, STRIP = 4.8, 3.6, 0.9
"""Sizes of one panel, and of the strip with the learning rate, in inches."""

MANY = 3
"""Largest number of lines with a legend inside the panel: a longer legend would hide the lines."""


def draw(panels: Sequence[Panel], columns: int = 3) -> Picture:
    """The panels side by side, at most `columns` in a row."""
    import matplotlib
    from matplotlib.figure import Figure as Picture

    with matplotlib.rc_context(STYLE):
        columns = min(columns, len(panels))
        rows = -(-len(panels) // columns)
        strips = any(panel.rate for panel in panels)
        high = HEIGHT + STRIP * strips
        picture = Picture(figsize=(WIDTH * columns, high * rows), layout="constrained")
        places = picture.subplots(rows * (1 + strips), columns, squeeze=False,
                                  height_ratios=([HEIGHT, STRIP] if strips else [1]) * rows)  # fmt: skip
        for axes in places.flat:
            axes.set_visible(False)
        for k, panel in enumerate(panels):
            row, column = divmod(k, columns)
            above = places[row * (1 + strips), column]
            draw_panel(above, panel)
            if panel.rate:
                draw_rate(places[row * 2 + 1, column], above, panel)
        # Find the layout once and keep it: that takes as long as drawing does.
        picture.draw_without_rendering()
        picture.set_layout_engine("none")
    return picture


def draw_panel(axes: Axes, panel: Panel) -> None:
    axes.set_visible(True)
    for line in panel.lines:
        draw_line(axes, line)
    axes.set_title(panel.title)
    axes.set_ylabel(panel.ylabel)
    axes.set_xscale(panel.xscale)
    axes.set_yscale(panel.yscale)
    for axis, scale in ((axes.xaxis, panel.xscale), (axes.yaxis, panel.yscale)):
        if scale == "log":
            label_powers(axis)
        elif axis is axes.xaxis:
            axes.locator_params(axis="x", nbins=5)  # more numbers with five digits do not fit
    axes.set_ylim(*panel.ylim)
    if panel.paint:
        panel.paint(axes)
    named = sum(bool(line.label) for line in panel.lines)
    if named > MANY:
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.18), ncols=2)
    elif named:
        axes.legend()
    if not panel.rate:
        axes.set_xlabel(panel.xlabel)


def label_powers(axis: Axis) -> None:
    """Powers of ten, and 2 and 5 times them where there are few: matplotlib's own labels overlap."""
    from matplotlib.ticker import LogLocator, NullFormatter

    low, high = axis.get_view_interval()
    decades = (1.0,) if high > 100 * low else (1.0, 2.0, 5.0)
    axis.set_major_locator(LogLocator(subs=decades, numticks=5))
    axis.set_major_formatter(lambda value, position: f"{value:g}")
    axis.set_minor_formatter(NullFormatter())


def draw_line(axes: Axes, line: Line) -> None:
    marker = line.style.strip("-:. ") != ""
    axes.plot(line.x, line.y, line.style, color=line.colour, label=line.label or None,
              linewidth=line.width, markersize=6 if marker else None)  # fmt: skip
    if line.band is not None:
        low = [y - b for y, b in zip(line.y, line.band)]
        high = [y + b for y, b in zip(line.y, line.band)]
        axes.fill_between(line.x, low, high, color=line.colour, alpha=0.2, linewidth=0)


def draw_rate(strip: Axes, above: Axes, panel: Panel) -> None:
    assert panel.rate is not None
    strip.set_visible(True)
    strip.plot(panel.rate.x, panel.rate.y, color=panel.rate.colour, linewidth=1.5)
    strip.set_xlabel(panel.xlabel)
    strip.set_ylabel("learning\nrate", fontsize=10)
    strip.set_ylim(0, None)
    strip.sharex(above)
    above.tick_params(labelbottom=False)


def save(figure: Figure, folder: Path) -> None:
    """Write NAME.svg and NAME.png, all panels in one, on white."""
    import matplotlib

    folder.mkdir(parents=True, exist_ok=True)
    with matplotlib.rc_context(STYLE):
        picture = draw(figure.panels, figure.columns)
        for suffix in ("svg", "png"):
            save_figure(picture, folder / f"{figure.name}.{suffix}")


VARIABLES = {INK: "--ink", "#8a93a5": "--grid", TRAINING: "--training", VALIDATION: "--validation",
             TEST: "--test", GREY: "--grey", **{c: f"--other{i}" for i, c in enumerate(OTHERS)}}  # fmt: skip


def inline(figure: Figure) -> list[str]:
    """Each panel as an <svg> element without a background, in the colours of the page, light or dark."""
    return [one(panel, f"{figure.name}-{k}") for k, panel in enumerate(figure.panels)]


def one(panel: Panel, name: str) -> str:
    import matplotlib

    buffer = io.StringIO()
    with matplotlib.rc_context({**STYLE, "svg.hashsalt": name}):
        picture = draw([panel])
        picture.set_facecolor("none")
        for axes in picture.axes:
            axes.set_facecolor("none")
        picture.savefig(buffer, format="svg", metadata={"Date": None})
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    # Ids such as figure_1 occur in every figure of the page, and must differ.
    svg = re.sub(r'\bid="', f'id="{name}-', svg)
    svg = re.sub(r'(href="#|url\(#)', rf"\g<1>{name}-", svg)
    # The page scales the picture to its column, and gives it a name for screen readers.
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", svg, count=1)
    svg = svg.replace("<svg", f'<svg role="img" aria-label="{panel.title}"', 1)
    for colour, variable in VARIABLES.items():
        svg = re.sub(re.escape(colour), f"var({variable})", svg, flags=re.IGNORECASE)
    return svg
