"""CIFAR-10 as the assignments cut it, on made-up images."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from experiments import cifar
from experiments.improved import Variants, moved
from minigrad.data import ArrayDataset

NOWHERE = Path("nowhere")


@pytest.fixture
def images(monkeypatch):
    """50,000 images of one pixel, each its own number, and 100 to test with."""
    train = ArrayDataset(
        np.arange(50_000, dtype=np.float32).reshape(-1, 1, 1, 1), np.arange(50_000)
    )
    test = ArrayDataset(-np.arange(100, dtype=np.float32).reshape(-1, 1, 1, 1), np.arange(100))
    monkeypatch.setattr(cifar, "everything", lambda folder: (train, test))
    cifar.prepared.cache_clear()
    yield
    cifar.prepared.cache_clear()


@pytest.mark.parametrize(
    ("split", "sizes"),
    [
        ("batches 1 and 2", (10_000, 10_000)),
        ("49,000 and 1,000", (49_000, 1_000)),
        ("45,000 and 5,000", (45_000, 5_000)),
    ],
)
def test_splits(images, split, sizes):
    training, validation, test = cifar.parts(NOWHERE, split, 0, None)
    assert (len(training), len(validation), len(test)) == (*sizes, 100)
    assert not set(training.targets) & set(validation.targets)
    assert training.inputs.mean() == pytest.approx(0, abs=1e-5)
    assert training.inputs.std() == pytest.approx(1, rel=1e-5)
    mean, std = training.targets.mean(), training.targets.std()
    np.testing.assert_allclose(
        validation.inputs[:, 0], (validation.targets - mean) / std, rtol=1e-4, atol=1e-6
    )


def test_the_first_batches_in_their_order(images):
    training, validation, _ = cifar.parts(NOWHERE, "batches 1 and 2", 3, None)
    np.testing.assert_array_equal(training.targets, np.arange(10_000))
    np.testing.assert_array_equal(validation.targets, np.arange(10_000, 20_000))


def test_each_seed_draws_its_own_split(images):
    split = "45,000 and 5,000"
    once, again, other = (
        cifar.parts(NOWHERE, split, s, None).validation.targets for s in (0, 0, 1)
    )
    np.testing.assert_array_equal(once, again)
    assert set(once) != set(other)


def test_a_limit_holds_for_all_three(images):
    assert [len(part) for part in cifar.parts(NOWHERE, "45,000 and 5,000", 0, 60)] == [60, 60, 60]


# ---- variants ----


def test_moved_images():
    image = np.arange(1, 10).reshape(1, 1, 3, 3)
    np.testing.assert_array_equal(moved(image, 1, 0)[0, 0], [[0, 0, 0], [1, 2, 3], [4, 5, 6]])
    np.testing.assert_array_equal(moved(image, 0, -1)[0, 0], [[2, 3, 0], [5, 6, 0], [8, 9, 0]])
    np.testing.assert_array_equal(moved(image, 0, 0), image)


def test_variants_of_each_image():
    rng = np.random.default_rng(0)
    inputs = rng.standard_normal((4, 3072)).astype(np.float32)
    dataset = ArrayDataset(inputs, np.arange(4))
    mirrored = Variants(dataset, 0)
    assert len(mirrored) == 8
    x, y = mirrored[np.array([1, 5, 1])]
    grid = inputs[1].reshape(3, 32, 32)
    np.testing.assert_array_equal(y, [1, 1, 1])
    np.testing.assert_array_equal(x[0], inputs[1])
    np.testing.assert_array_equal(x[1].reshape(3, 32, 32), grid[:, :, ::-1])
    np.testing.assert_array_equal(x[2], x[0])
    all_moves, labels = Variants(dataset, 1)[:]
    assert len(all_moves) == 4 * 2 * 9
    np.testing.assert_array_equal(labels, np.tile(np.arange(4), 18))
    assert len(np.unique(all_moves, axis=0)) == len(all_moves)
