"""SVG on a page: pictures and figures are inline, in light and dark, with ids of their own.

A picture of minigrad knows the dark by itself. A matplotlib figure is drawn in ink on nothing, and a style
sheet inside it replaces the ink, and what else would be unreadable, where the reader has it dark.
"""

from __future__ import annotations

import html
import io
import re
import zlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INK, PAPER = "#1d2330", "#fffffe"

DARK = {
    INK: "#e7eaf0",
    PAPER: "#14171d",
    "#000000": "#e7eaf0",
    "#444444": "#c3cad6",
    "#777777": "#a3acbd",
    "#dddddd": "#3a4150",
    "#cccccc": "#3a4150",
    "#b0b0b0": "#3a4150",
    "#0072b2": "#5bb8f0",
    "#d55e00": "#ff9d5c",
    "#009e73": "#3ecf9c",
    "#1f77b4": "#6db3e8",
}
"""Colours that are replaced in the dark: ink, grids, and colours that are hard to see on black."""

INKED: dict[str, Any] = {
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
    "axes.facecolor": "none",
    "legend.facecolor": PAPER,
    "legend.framealpha": 0.85,
    "grid.color": "#dddddd",
    "svg.fonttype": "none",
    "svg.hashsalt": "minigrad",
} | dict.fromkeys(
    ("text.color", "axes.edgecolor", "axes.labelcolor", "axes.titlecolor", "xtick.color",
     "ytick.color", "xtick.labelcolor", "ytick.labelcolor"), INK)  # fmt: skip
"""matplotlib's settings for a figure on a page."""


def style() -> str:
    # Without `.figure` before it: what is put in its place by <use> has no ancestors.
    rules = [
        f'[style*="{what}: {light}"]{{{what}:{dark}!important}}'
        for light, dark in DARK.items()
        for what in ("stroke", "fill")
    ]
    # White labels are on coloured cells and stay white; a white box is paper.
    rules.append(f'.figure path[style*="fill: #ffffff"]{{fill:{DARK[PAPER]}!important}}')
    rules.append(f'.figure text:not([style*="fill"]){{fill:{DARK[INK]}}}')
    return f"<style>@media (prefers-color-scheme:dark){{{''.join(rules)}}}</style>"


def drawn(figure: Figure, says: str) -> str:
    """The figure as an SVG of its own: the same bytes for the same figure."""
    import matplotlib

    buffer = io.StringIO()
    with matplotlib.rc_context({key: INKED[key] for key in ("svg.fonttype", "svg.hashsalt")}):
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    head, rest = text.split(">", 1)
    label = f' class="figure" role="img" aria-label="{html.escape(says)}"'
    return f"{head}{label}>{style()}{rest}"


def titles(figure: Figure) -> str:
    """A description of a figure: its titles, or else the labels of its axes."""
    said = [figure.get_suptitle()]
    for axes in figure.axes:
        said += [axes.get_title(where) for where in ("left", "center", "right")]
    if not any(said):
        for axes in figure.axes:
            if axes.get_ylabel() and axes.get_xlabel():
                said.append(f"{axes.get_ylabel()} against {axes.get_xlabel()}")
    return "; ".join(dict.fromkeys(" ".join(s.split()).replace("$", "") for s in said if s))


def inline(svg: str, key: str) -> str:
    """For a page: in a box that scrolls where the picture would be too small to read."""
    svg = svg[svg.index("<svg") :]
    own = f"s{zlib.crc32(key.encode()):x}-"
    svg = re.sub(r'\bid="', f'id="{own}', svg)
    svg = re.sub(r'(href="#|url\(#)', rf"\g<1>{own}", svg)
    width = float(re.search(r'viewBox="[\d.e-]+ [\d.e-]+ ([\d.]+)', svg)[1])  # type: ignore[index]
    least = min(width, max(0.85 * width, 250))
    label = re.search(r'aria-label="([^"]*)"', svg)
    return (
        f'<div class="picture" tabindex="0" role="group" aria-label="{label[1] if label else ""}">'
        f'<div style="min-width:{least:.0f}px;max-width:{1.35 * width:.0f}px">{svg}</div></div>'
    )
