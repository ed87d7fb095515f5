"""Glyphs: an image data set that needs no download, drawn from the fonts that matplotlib brings along.

Each digit of each font is drawn once, large, and blurred a little. An example is that drawing seen
through a random affine map and a gentle wave, cut at a random level, which makes the strokes thin
or thick, and photographed with noise:

    ink(p) = clip((drawing(A p + wave(p)) - level) · sharpness + 1/2, 0, 1)
    pixel  = clip(contrast · ink + noise, 0, 1)

The digit may sit anywhere in the frame, which a convolution shrugs off and a plain layer does not.
Train and test are different draws from the same fonts.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from minigrad.errors import DataError
from minigrad.typing import Bytes

if TYPE_CHECKING:
    from matplotlib.ft2font import FT2Font
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Indices = NDArray[np.intp]

TRAIN, TEST = 12_000, 2_000
SIZE, CELL = 28, 64  # pixels: the sides of an image and of a drawing

# Named one by one: some of matplotlib's fonts have arrows or boxes where digits should be, and
# not every release brings all of them.
FONTS = (
    *(f"DejaVuSans{style}" for style in ("", "-Bold", "-Oblique", "-BoldOblique")),
    *(f"DejaVuSansMono{style}" for style in ("", "-Bold", "-Oblique", "-BoldOblique")),
    *(f"DejaVuSerif{style}" for style in ("", "-Bold", "-Italic", "-BoldItalic")),
    *(f"STIXGeneral{style}" for style in ("", "Bol", "Italic", "BolIta")),
    *("cmb10", "cmmi10", "cmr10", "cmss10", "cmtt10"),
)


def glyphs(seed: int = 0, cache: Path | None = None) -> tuple[Bytes, Bytes, Bytes, Bytes]:
    """Train images (12000, 28, 28), train labels (12000,), test images, test labels (2000), uint8.

    The same seed gives the same bytes. They are kept in the folder `cache` (by default
    `cache_folder()`); a cache that cannot be read or written costs the drawing time, nothing else.
    """
    import matplotlib

    source = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:8]  # a change draws afresh
    key = f"{source}-{matplotlib.__version__}-{np.__version__}-{seed}"
    path = (cache or cache_folder()) / f"glyphs-{key}.bin"
    pixels = (TRAIN + TEST) * SIZE * SIZE
    data = _recall(path, pixels + TRAIN + TEST)
    if data is None:
        drawn = draw(TRAIN + TEST, np.random.default_rng(seed))
        data = np.concatenate([part.reshape(-1) for part in drawn])
        _remember(path, data)
    images, labels = data[:pixels].reshape(-1, SIZE, SIZE), data[pixels:]
    return images[:TRAIN], labels[:TRAIN], images[TRAIN:], labels[TRAIN:]


def draw(count: int, rng: np.random.Generator) -> tuple[Bytes, Bytes]:
    """`count` images (count, 28, 28) and their labels, uint8; the classes are equally frequent."""
    atlas = drawings()
    labels = rng.permutation(np.arange(count) % 10).astype(np.uint8)
    images = np.empty((count, SIZE, SIZE), np.uint8)
    for start in range(0, count, 500):  # in portions that the processor's cache can hold
        digits = labels[start : start + 500].astype(np.intp)
        ink = _ink(atlas, digits, rng)
        ink *= _uniform(rng, len(digits), 0.6, 1)
        ink += 0.08 * rng.standard_normal(ink.shape, dtype=np.float32)
        pixels = np.clip(ink, 0, 1, out=ink) * 255 + 0.5
        images[start : start + 500] = pixels.reshape(-1, SIZE, SIZE).astype(np.uint8)
    return images, labels


def drawings() -> Floats:
    """(fonts, 10, 64, 64): every digit of every font, ink in [0, 1], centred and slightly blurred."""
    import matplotlib
    from matplotlib.ft2font import FT2Font

    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    atlas = np.zeros((len(FONTS), 10, CELL, CELL), np.float32)
    for cells, name in zip(atlas, FONTS):
        path = folder / f"{name}.ttf"
        if not path.is_file():
            raise DataError(f"glyphs: matplotlib's font {path} is missing; reinstall matplotlib")
        font = FT2Font(str(path))
        font.set_size(60, 72)  # 60 points at 72 dots per inch: digits 37 to 46 pixels tall
        for digit, cell in enumerate(cells):
            bitmap = _bitmap(font, str(digit))
            top, left = ((CELL - side) // 2 for side in bitmap.shape)
            cell[top : top + bitmap.shape[0], left : left + bitmap.shape[1]] = bitmap
    for _ in range(
        2
    ):  # two running means of three pixels each way: nearly a Gaussian of 1.2 pixels
        for axis in (2, 3):
            atlas = (np.roll(atlas, 1, axis) + atlas + np.roll(atlas, -1, axis)) / np.float32(3)
    return atlas


def _bitmap(font: FT2Font, character: str) -> Floats:
    font.set_text(character, 0.0)
    font.draw_glyphs_to_bitmap(antialiased=True)
    return np.asarray(font.get_image(), np.float32)[:CELL, :CELL] / np.float32(255)


def _uniform(rng: np.random.Generator, count: int, low: float, high: float) -> Floats:
    return rng.uniform(low, high, (count, 1)).astype(np.float32)


def _ink(atlas: Floats, digits: Indices, rng: np.random.Generator) -> Floats:
    """The ink in [0, 1], (count, 784), of one example of each digit, from a font drawn by lot."""
    count = len(digits)
    fonts = rng.integers(len(atlas), size=count)

    # The affine map takes the frame to the drawing, in pixels from both centres. Turn and shear
    # stay small (radians, and pixels a pixel), so that a 6 is never taken for a 9.
    side = np.arange(SIZE, dtype=np.float32) - np.float32((SIZE - 1) / 2)
    row = np.repeat(side, SIZE) + _uniform(rng, count, -3, 3)
    column = np.tile(side, SIZE) + _uniform(rng, count, -4, 4)
    turn, shear = _uniform(rng, count, -0.25, 0.25), _uniform(rng, count, -0.2, 0.2)
    cos: Floats = np.cos(turn)
    sin: Floats = np.sin(turn)
    y = _uniform(rng, count, 2.1, 3.1) * (cos * row - sin * column)
    x = _uniform(rng, count, 2.1, 3.3) * (sin * row + cos * column) + shear * y

    # The wave: up to 2.5 of the drawing's pixels, with periods of 39 to 79.
    for along, across in ((y, x), (x, y)):
        phase = along * _uniform(rng, count, 0.08, 0.16) + _uniform(rng, count, 0, 6.2832)
        across += _uniform(rng, count, 0, 2.5) * np.sin(phase)

    for coordinate in (y, x):
        coordinate += (CELL - 1) / 2
    ink = _bilinear(atlas.reshape(-1), (fonts * 10 + digits) * CELL**2, y, x)
    ink -= _uniform(rng, count, 0.2, 0.5)
    ink *= _uniform(rng, count, 1.5, 4)
    ink += 0.5
    return np.clip(ink, 0, 1, out=ink)


def _bilinear(flat: Floats, starts: Indices, y: Floats, x: Floats) -> Floats:
    """Drawings, which begin at `starts` of `flat`, at points (count, points) given in their pixels.

    A point outside takes the value at the rim, which is no ink.
    """
    y, x = np.clip(y, 0, CELL - 1.01), np.clip(x, 0, CELL - 1.01)
    row, column = y.astype(np.int32), x.astype(np.int32)
    y -= row
    x -= column
    corner = starts.astype(np.int32)[:, None] + row * np.int32(CELL) + column
    above, below = (flat[c] + x * (flat[c + 1] - flat[c]) for c in (corner, corner + CELL))
    out: Floats = above + y * (below - above)
    return out


def cache_folder() -> Path:
    """The folder MINIGRAD_CACHE, else `minigrad` in XDG_CACHE_HOME or in `~/.cache`."""
    if named := os.environ.get("MINIGRAD_CACHE"):
        return Path(named).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "minigrad"


def _recall(path: Path, size: int) -> Bytes | None:
    """The `size` bytes in `path`, or None unless the 32 bytes after them are their SHA-256."""
    try:
        content = bytearray(path.read_bytes())
    except OSError:
        return None
    data = memoryview(content)[:size]
    return (
        np.frombuffer(data, np.uint8) if hashlib.sha256(data).digest() == content[size:] else None
    )


def _remember(path: Path, data: Bytes) -> None:
    """Write a temporary file and rename it, so that no reader ever sees half of it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            try:
                content = data.tobytes()
                file.write(content + hashlib.sha256(content).digest())
                file.close()
                os.replace(file.name, path)
            except BaseException:
                os.unlink(file.name)
                raise
    except OSError:
        return  # no cache: the next call draws again
