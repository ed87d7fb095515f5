"""The digits of the fonts that matplotlib brings along: from the curves in a font file to pixels.

All releases of matplotlib bring the same font files, and each draws them a little differently. So the
curves are read from the files and filled here.
"""

from __future__ import annotations

import logging
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minigrad.errors import DataError

Floats = NDArray[np.float32]

CELL = 64  # pixels: the side of a drawing
EM = 60  # pixels: the size of the font, whose digits are then 37 to 46 pixels tall
FINE = 4  # a pixel is sampled at FINE x FINE points
CHORDS = 8  # straight lines for a curve

# Named one by one: some of matplotlib's fonts have arrows or boxes where digits should be, and
# not every release brings all of them.
FONTS = (
    *(f"DejaVuSans{style}" for style in ("", "-Bold", "-Oblique", "-BoldOblique")),
    *(f"DejaVuSansMono{style}" for style in ("", "-Bold", "-Oblique", "-BoldOblique")),
    *(f"DejaVuSerif{style}" for style in ("", "-Bold", "-Italic", "-BoldItalic")),
    *(f"STIXGeneral{style}" for style in ("", "Bol", "Italic", "BolIta")),
    *("cmb10", "cmmi10", "cmr10", "cmss10", "cmtt10"),
)


@cache
def drawings() -> Floats:
    """(fonts, 10, 64, 64): every digit of every font, ink in [0, 1], centred and slightly blurred.

    Raises `DataError` if a font is missing.
    """
    import matplotlib

    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    counts = np.stack([digits(folder / f"{name}.ttf") for name in FONTS])
    for _ in range(2):  # two running means of three pixels each: nearly a Gaussian of 1.2 pixels
        for axis in (2, 3):
            counts = np.roll(counts, 1, axis) + counts + np.roll(counts, -1, axis)
    # All sums are of whole numbers, so they are exact in any order.
    return counts.astype(np.float32) / np.float32(FINE**2 * 3**4)


def digits(path: Path) -> NDArray[np.int64]:
    """(10, 64, 64): the digits 0 to 9 of a font file, as the number of sampled points with ink."""
    from fontTools.ttLib import TTFont

    if not path.is_file():
        raise DataError(
            f"glyphs: matplotlib's font {path} is missing\n"
            "  install matplotlib again: pip install --force-reinstall matplotlib"
        )
    # fontTools warns of the dates in these fonts.
    logging.getLogger("fontTools.ttLib.tables._h_e_a_d").setLevel(logging.ERROR)
    with TTFont(path, lazy=True) as font:
        shapes, names, em = font.getGlyphSet(), font.getBestCmap(), font["head"].unitsPerEm
        outlines = [contours(shapes, names[ord(digit)]) for digit in "0123456789"]
    scale = EM * FINE / em
    return np.stack([fill([points * scale for points in outline]) for outline in outlines])


def contours(shapes: Any, name: str) -> list[NDArray[np.float64]]:
    """The closed contours of a shape, each as its corners (n, xy); a curve becomes CHORDS lines."""
    from fontTools.pens.basePen import BasePen

    found: list[list[tuple[float, float]]] = []

    class Pen(BasePen):  # type: ignore[misc]
        def _moveTo(self, point: tuple[float, float]) -> None:
            found.append([point])

        def _lineTo(self, point: tuple[float, float]) -> None:
            found[-1].append(point)

        def _qCurveToOne(self, control: tuple[float, float], end: tuple[float, float]) -> None:
            """(1-t)² start + 2 t (1-t) control + t² end: exact, for all are binary fractions."""
            (x0, y0), (x1, y1), (x2, y2) = found[-1][-1], control, end
            for t in (i / CHORDS for i in range(1, CHORDS + 1)):
                a, b, c = (1 - t) ** 2, 2 * t * (1 - t), t**2
                found[-1].append((a * x0 + b * x1 + c * x2, a * y0 + b * y1 + c * y2))

    shapes[name].draw(Pen(shapes))
    return [np.array(corners) for corners in found]


def fill(contours: list[NDArray[np.float64]]) -> NDArray[np.int64]:
    """(64, 64): how many of the points of each pixel are inside of the contours (corners, xy).

    A point is inside if the contours wind around it. On a horizontal line of points, each contour
    that crosses the line changes the winding number of all points to the right by 1 or -1.
    """
    side = CELL * FINE
    corners = np.concatenate(contours)
    shift = (side - corners.max(axis=0) - corners.min(axis=0)) / 2
    start = corners + shift
    end = np.concatenate([np.roll(points, -1, axis=0) for points in contours]) + shift
    level = np.arange(side)[:, None] + 0.5
    row, line = np.nonzero((start[:, 1] <= level) != (end[:, 1] <= level))
    (x, y), (to_x, to_y) = start[line].T, end[line].T
    crossing = x + (to_x - x) * ((level[row, 0] - y) / (to_y - y))
    winding = np.zeros((side, side + 1), np.int64)
    np.add.at(winding, (row, np.ceil(crossing - 0.5).astype(np.intp)), np.where(to_y > y, 1, -1))
    inside = winding.cumsum(axis=1)[::-1, :-1] != 0  # a font's y points up, an image's down
    counts: NDArray[np.int64] = inside.reshape(CELL, FINE, CELL, FINE).sum(axis=(1, 3))
    return counts
