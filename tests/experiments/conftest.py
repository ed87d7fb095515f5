"""What the tests of the experiments share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from experiments import images
from minigrad.data import ArrayDataset, load


@pytest.fixture
def real_data() -> Path:
    if not os.environ.get("MINIGRAD_DATA"):
        pytest.skip("MINIGRAD_DATA does not name a folder with the real data sets")
    return Path(os.environ["MINIGRAD_DATA"])


@pytest.fixture
def glyphs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ninety glyphs, to train and to test with, where a training on images asks for its data."""
    both = tuple(ArrayDataset(*part[:90], part.classes) for part in load("glyphs"))
    monkeypatch.setattr(images, "everything", lambda folder, name: both)
    images.data_parts.cache_clear()
