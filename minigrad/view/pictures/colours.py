"""The colours of pictures, light and dark: of Okabe and Ito, which the colour-blind tell apart.

A picture is written in the light ones, so that DOT, PNG and PDF have them; an SVG carries a style sheet
that puts the dark ones in their places where the reader has it dark. Each colour means one thing. What
stands on no fill, edges and notes, is legible on white and on black.
"""

from __future__ import annotations

from typing import NamedTuple


class Pair(NamedTuple):
    light: str
    dark: str


INK = Pair("#1d2330", "#e7eaf0")
SOFT = Pair("#565f70", "#a9b2c2")
GRAD = Pair("#00577f", "#7cc7f2")
VALUE = Pair("#1d2331", "#e7eaf1")
WARN = Pair("#a83c00", "#ff9a66")
FREE = Pair("#717a8b", "#8b94a5")
"""Of what stands on the page itself."""

FILL = {
    "parameter": Pair("#fdeecb", "#4a3a10"),
    "input": Pair("#dceefb", "#12374f"),
    "constant": Pair("#eceef1", "#2b303b"),
    "op": Pair("#fffffe", "#20252f"),
    "failed": Pair("#fde3d5", "#4f2410"),
    "module": Pair("#dff3ec", "#12402f"),
    "hidden": Pair("#f4f4f6", "#252a34"),
}
LINE = {
    "parameter": Pair("#b87a00", "#e6a83a"),
    "input": Pair("#0072b2", "#56b4e9"),
    "constant": Pair("#7c8596", "#8f98a9"),
    "op": Pair("#59667d", "#9aa6bb"),
    "failed": Pair("#c24a00", "#ff8a4c"),
    "module": Pair("#00825c", "#3ecf9c"),
    "hidden": Pair("#7c8597", "#8f98aa"),
}
CLUSTER_FILL = (Pair("#f7f8fa", "#181c23"), Pair("#eff1f5", "#1d222b"))
"""Turn by turn, so that a cluster in a cluster is seen."""
CLUSTER_LINE = Pair("#c9cfda", "#3d4554")

LEVELS = (
    Pair("#f1f6fb", "#1b222b"),
    Pair("#d5e7f4", "#1b3041"),
    Pair("#b5d6ed", "#1a4059"),
    Pair("#90c3e5", "#195173"),
    Pair("#69aedb", "#17628d"),
    Pair("#4a9ad0", "#156fa2"),
)


def everything() -> list[Pair]:
    """All pairs, each once."""
    return [
        *(INK, SOFT, GRAD, VALUE, WARN, FREE, CLUSTER_LINE),
        *FILL.values(),
        *LINE.values(),
        *CLUSTER_FILL,
        *LEVELS,
    ]
