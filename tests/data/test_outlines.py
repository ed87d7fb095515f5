"""Outlines: ten real digits in every font, whole in their cells, and filled as a font has it."""

import numpy as np
import pytest

from minigrad.data import outlines
from minigrad.data.outlines import CELL, FINE, FONTS, drawings, fill
from minigrad.errors import DataError


@pytest.fixture(scope="module")
def atlas():
    return drawings()


def test_every_font_has_ten_digits_which_lie_whole_inside_their_cell(atlas):
    assert atlas.shape == (len(FONTS), 10, 64, 64)
    assert atlas.min() >= 0
    assert 0.9 < atlas.max() <= 1
    rim = [atlas[..., 0, :], atlas[..., -1, :], atlas[..., 0], atlas[..., -1]]
    assert all(edge.max() == 0 for edge in rim)
    ink = atlas.sum(axis=(2, 3))
    assert 150 < ink.min() < ink.max() < 2000
    flat = atlas.reshape(len(FONTS), 10, -1)
    for digits in flat:
        apart = np.abs(digits[:, None] - digits).sum(axis=-1) + 1e9 * np.eye(10)
        assert apart.min() > 60  # no two digits of a font share a placeholder


def test_a_digit_resembles_its_kin_in_other_fonts(atlas):
    """Nearest mean of the other fonts, by cosine: arrows or boxes in one font would not match."""
    flat = atlas.reshape(len(FONTS), 10, -1)
    right = 0
    for i, digits in enumerate(flat):
        others = np.delete(flat, i, axis=0).mean(axis=0)
        others /= np.linalg.norm(others, axis=1, keepdims=True)
        right += (np.argmax(digits @ others.T, axis=1) == np.arange(10)).sum()
    assert right >= 0.8 * flat.shape[0] * 10


def test_a_square_is_filled_and_a_hole_is_not():
    """A square of 4 x 4 pixels with a hole of 2 x 2, which winds the other way."""
    square = np.array([(0, 0), (4, 0), (4, 4), (0, 4)]) * float(FINE)
    hole = np.array([(1, 1), (1, 3), (3, 3), (3, 1)]) * float(FINE)
    expected = np.zeros((CELL, CELL))
    middle = CELL // 2
    expected[middle - 2 : middle + 2, middle - 2 : middle + 2] = FINE**2
    np.testing.assert_array_equal(fill([square]), expected)
    np.testing.assert_array_equal(fill([square, hole[::-1]]), expected)  # it winds the same way
    expected[middle - 1 : middle + 1, middle - 1 : middle + 1] = 0
    np.testing.assert_array_equal(fill([square, hole]), expected)


def test_a_triangle_covers_half_of_its_box():
    side = 32.0 * FINE
    counts = fill([np.array([(0, 0), (side, 0), (0, side)])])
    assert abs(counts.sum() / FINE**2 - 32**2 / 2) < 32
    assert counts[44, 20] == FINE**2  # its right angle is at the bottom left of the image
    assert counts[20, 44] == 0


def test_a_missing_font_is_named(monkeypatch):
    monkeypatch.setattr(outlines, "FONTS", ("Comic Sans",))
    with pytest.raises(DataError, match=r"Comic Sans\.ttf is missing\n  install matplotlib again"):
        drawings.__wrapped__()
