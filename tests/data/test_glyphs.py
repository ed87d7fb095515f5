"""Glyphs: the same bytes from the same seed on every machine, and a cache that may fail."""

import hashlib

import numpy as np
import pytest

from minigrad import files
from minigrad.data import glyphs as module
from minigrad.data.glyphs import cache_folder, draw, glyphs

FINGERPRINT = "273d45950a90e4261ef380e8c6237b8365aeb28d634aefbf5dd0f0d49e60337f"


@pytest.fixture
def small(monkeypatch):
    """Sets of 40 and 20 images, and a count of how often anything is drawn."""
    calls = []

    def counted(count, seed):
        calls.append(count)
        return draw(count, seed)

    monkeypatch.setattr(module, "TRAIN", 40)
    monkeypatch.setattr(module, "TEST", 20)
    monkeypatch.setattr(module, "draw", counted)
    return calls


def test_the_bytes_are_the_same_on_every_machine():
    images, labels = draw(600, 0)
    assert hashlib.sha256(images.tobytes() + labels.tobytes()).hexdigest() == FINGERPRINT


def test_the_seed_decides_every_byte():
    first, again, other = (draw(100, seed) for seed in (3, 3, 4))
    for a, b, c in zip(first, again, other):
        assert a.dtype == np.uint8
        assert a.tobytes() == b.tobytes() != c.tobytes()


def test_the_classes_are_equally_frequent_and_the_images_differ():
    images, labels = draw(200, 0)
    assert np.bincount(labels).tolist() == [20] * 10
    assert len({image.tobytes() for image in images}) == 200
    assert images.min() == 0
    assert images.max() == 255


def test_they_can_be_learnt_but_not_by_a_straight_line():
    images, labels = draw(4000, 0)
    x = np.c_[images.reshape(-1, 784) / 255, np.ones(4000)]
    weights = np.linalg.solve(
        x[:3000].T @ x[:3000] + 10 * np.eye(785), x[:3000].T @ np.eye(10)[labels[:3000]]
    )
    accuracy = (np.argmax(x[3000:] @ weights, axis=1) == labels[3000:]).mean()
    assert 0.25 < accuracy < 0.7


def test_the_cache_gives_the_same_bytes(small, tmp_path):
    drawn, recalled = glyphs(5, tmp_path / "new"), glyphs(5, tmp_path / "new")
    assert small == [60]
    for a, b in zip(drawn, recalled):
        assert a.tobytes() == b.tobytes()
        assert a.dtype == b.dtype == np.uint8
    assert [len(part) for part in drawn] == [40, 40, 20, 20]
    assert len(list((tmp_path / "new").iterdir())) == 1
    glyphs(6, tmp_path / "new")
    assert small == [60, 60]


@pytest.mark.parametrize("damage", ["flip", "truncate", "append", "empty", "folder"])
def test_a_damaged_cache_is_drawn_again(small, tmp_path, damage):
    expected = glyphs(0, tmp_path)
    (path,) = tmp_path.iterdir()
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.unlink()
    if damage == "folder":
        path.mkdir()
    else:
        cut = {"flip": content, "truncate": content[:-1], "append": content + b"x", "empty": b""}
        path.write_bytes(cut[damage])
    for a, b in zip(glyphs(0, tmp_path), expected):
        assert a.tobytes() == b.tobytes()
    assert small == [60, 60]
    assert list(tmp_path.iterdir()) == [path]


def test_a_cache_that_cannot_be_written_is_done_without(small, tmp_path):
    (tmp_path / "file").write_text("in the way of a folder", encoding="utf-8")
    assert len(glyphs(0, tmp_path / "file" / "cache")) == 4
    assert len(glyphs(0, tmp_path / "file" / "cache")) == 4
    assert small == [60, 60]


def test_an_interrupted_write_leaves_nothing(small, tmp_path, monkeypatch):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(files.os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        glyphs(0, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_where_the_cache_is(monkeypatch, tmp_path):
    monkeypatch.delenv("MINIGRAD_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "minigrad"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder() == tmp_path / "xdg" / "minigrad"
    monkeypatch.setenv("MINIGRAD_CACHE", "~/mine")
    assert cache_folder() == tmp_path / "mine"
