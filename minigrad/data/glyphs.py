"""Glyphs: an image data set that needs no download, drawn from fonts that are part of matplotlib.

Each digit of each font is drawn once, large, and blurred a little. For an example, a random affine
map A and a small wave distort that drawing. A random level makes the strokes thin or thick. Then the
contrast is reduced and noise is added:

    ink(p) = clip((drawing(A p + wave(p)) - level) · sharpness + 1/2, 0, 1)
    pixel  = clip(contrast · ink + noise, 0, 1)

The digit is shifted within the frame: easy for a convolution, hard for a linear layer. Train and
test are different random examples from the same fonts.

The bytes must be the same on every machine, because training makes a tiny difference large. So the
random numbers are the raw bits of PCG64, which numpy promises to keep. Floats are computed only with
+, -, · and /, which are rounded in the same way everywhere. There is no sin, no exp, and no sum of
floats, since the order of its additions may differ.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from minigrad.files import replacing
from minigrad.typing import Bytes

Floats = NDArray[np.float32]
Indices = NDArray[np.intp]

TRAIN, TEST = 12_000, 2_000
SIZE = 28  # pixels: the side of an image


def glyphs(seed: int = 0, cache: Path | None = None) -> tuple[Bytes, Bytes, Bytes, Bytes]:
    """Train images (12000, 28, 28), train labels (12000,), test images, test labels (2000), uint8.

    The same seed gives the same bytes. They are kept in the folder `cache`, by default
    `cache_folder()`, with their SHA-256. If this folder cannot be read or written, the glyphs are drawn
    again each time.
    """
    folder = Path(__file__).parent
    source = b"".join((folder / name).read_bytes() for name in ("glyphs.py", "outlines.py"))
    digest = hashlib.sha256(source).hexdigest()[:8]  # changed code does not use an old file
    path = (cache or cache_folder()) / f"glyphs-{digest}-{seed}.bin"
    try:
        content = bytearray(path.read_bytes())
    except OSError:
        content = bytearray()
    if hashlib.sha256(content[:-32]).digest() != content[-32:]:
        content = bytearray().join(part.tobytes() for part in draw(TRAIN + TEST, seed))
        content += hashlib.sha256(content).digest()
        with suppress(OSError):  # without a cache the next call draws again
            path.parent.mkdir(parents=True, exist_ok=True)
            with replacing(path) as part:
                part.write_bytes(content)
    data = np.frombuffer(content, np.uint8)[:-32]
    images, labels = np.split(data, [(TRAIN + TEST) * SIZE * SIZE])
    images = images.reshape(-1, SIZE, SIZE)
    return images[:TRAIN], labels[:TRAIN], images[TRAIN:], labels[TRAIN:]


def draw(count: int, seed: int) -> tuple[Bytes, Bytes]:
    """`count` images (count, 28, 28) and their labels, uint8; the classes are equally frequent."""
    from minigrad.data.outlines import drawings  # fontTools and matplotlib take a while to import

    atlas, bits = drawings(), np.random.PCG64(seed)
    order = np.argsort(bits.random_raw(count), kind="stable")
    labels = (order % 10).astype(np.uint8)
    images = np.empty((count, SIZE, SIZE), np.uint8)
    for start in range(0, count, 500):  # 500 images fit into the cache of a processor
        ink = _ink(atlas, labels[start : start + 500].astype(np.intp), bits)
        ink *= _uniform(bits, len(ink), 0.6, 1)
        ink += _noise(bits, *ink.shape)
        pixels = np.clip(ink, 0, 1, out=ink) * 255 + 0.5
        images[start : start + 500] = pixels.reshape(-1, SIZE, SIZE).astype(np.uint8)
    return images, labels


def _uniform(bits: np.random.PCG64, count: int, low: float, high: float) -> Floats:
    """(count, 1): between `low` and `high`, from the first 24 of 64 random bits."""
    fraction: Floats = (bits.random_raw((count, 1)) >> 40).astype(np.float32) * np.float32(2**-24)
    return np.float32(low) + np.float32(high - low) * fraction


def _noise(bits: np.random.PCG64, count: int, points: int) -> Floats:
    """(count, points): nearly normal, with mean 0 and standard deviation 0.08.

    The sum of four random bytes has the mean 510 and the standard deviation 147.8.
    """
    raw = bits.random_raw(count * points // 2).astype("<u8", copy=False)
    total: NDArray[np.int16] = raw.view(np.uint8).reshape(4, count, points).sum(0, dtype=np.int16)
    return (total - 510).astype(np.float32) * np.float32(0.08 / 147.8)


def _ink(atlas: Floats, digits: Indices, bits: np.random.PCG64) -> Floats:
    """The ink in [0, 1], (count, 784), of one example of each digit, from a random font."""
    count = len(digits)
    fonts = _uniform(bits, count, 0, len(atlas))[:, 0].astype(np.intp)

    # The affine map takes a pixel of the frame to a point of the drawing. Both are measured from the
    # centre. The turn and the shear are small, so that no 6 looks like a 9.
    side = np.arange(SIZE, dtype=np.float32) - np.float32((SIZE - 1) / 2)
    row = np.repeat(side, SIZE) + _uniform(bits, count, -3, 3)
    column = np.tile(side, SIZE) + _uniform(bits, count, -4, 4)
    half = _uniform(bits, count, -0.125, 0.125)  # the tangent of half the turn
    cos, sin = (1 - half * half) / (1 + half * half), 2 * half / (1 + half * half)
    shear = _uniform(bits, count, -0.2, 0.2)
    y = _uniform(bits, count, 2.1, 3.1) * (cos * row - sin * column)
    x = _uniform(bits, count, 2.1, 3.3) * (sin * row + cos * column) + shear * y

    # The wave: up to 2.5 pixels of the drawing, with periods of 39 to 79. Each half is a parabola.
    for along, across in ((y, x), (x, y)):
        phase = along * _uniform(bits, count, 1 / 79, 1 / 39) + _uniform(bits, count, 0, 1)
        phase -= np.rint(phase)
        across += _uniform(bits, count, 0, 2.5) * phase * (8 - 16 * np.abs(phase))

    middle = (atlas.shape[-1] - 1) / 2
    ink = _bilinear(atlas, fonts * 10 + digits, y + middle, x + middle)
    ink -= _uniform(bits, count, 0.2, 0.5)
    ink *= _uniform(bits, count, 1.5, 4)
    ink += 0.5
    return np.clip(ink, 0, 1, out=ink)


def _bilinear(atlas: Floats, which: Indices, y: Floats, x: Floats) -> Floats:
    """The values of the drawings number `which` at the points (y, x), each (count, points), in pixels.

    A point outside the drawing gets the value at its rim, where there is no ink.
    """
    flat, side = atlas.reshape(-1), atlas.shape[-1]
    y, x = np.clip(y, 0, side - 1.01), np.clip(x, 0, side - 1.01)  # there is a next pixel
    row, column = y.astype(np.int32), x.astype(np.int32)
    y -= row
    x -= column
    corner = (which * side**2).astype(np.int32)[:, None] + row * np.int32(side) + column
    above, below = (flat[c] + x * (flat[c + 1] - flat[c]) for c in (corner, corner + side))
    out: Floats = above + y * (below - above)
    return out


def cache_folder() -> Path:
    """The folder MINIGRAD_CACHE, else `minigrad` in XDG_CACHE_HOME or in `~/.cache`."""
    if named := os.environ.get("MINIGRAD_CACHE"):
        return Path(named).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "minigrad"
