"""MNIST's four files, and what they must agree on."""

import numpy as np
import pytest

from minigrad.data import published
from minigrad.data.mnist import read_mnist
from minigrad.errors import DataError

FILES = (
    published.TRAIN_IMAGES,
    published.TRAIN_LABELS,
    published.TEST_IMAGES,
    published.TEST_LABELS,
)


@pytest.fixture
def arrays():
    rng = np.random.default_rng(0)
    return [
        rng.integers(256, size=(7, 28, 28), dtype=np.uint8),
        rng.integers(10, size=7, dtype=np.uint8),
        rng.integers(256, size=(4, 28, 28), dtype=np.uint8),
        rng.integers(10, size=4, dtype=np.uint8),
    ]


def lay_out(formats, folder, name, arrays, suffix=".gz"):
    (folder / name).mkdir(exist_ok=True)
    for file, array in zip(FILES, arrays):
        data = formats.idx(array)
        path = (folder / name / file).with_suffix(suffix)
        path.write_bytes(formats.gz(data) if suffix else data)


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist"])
@pytest.mark.parametrize("suffix", [".gz", ""])
def test_compressed_and_plain(formats, tmp_path, arrays, name, suffix):
    lay_out(formats, tmp_path, name, arrays, suffix)
    for found, array in zip(read_mnist(tmp_path, name), arrays):
        np.testing.assert_array_equal(found, array)


@pytest.mark.parametrize(
    ("index", "array", "words"),
    [
        (0, np.zeros((7, 28, 27), np.uint8), r"\(7, 28, 27\) of uint8, needed: \(n, 28, 28\)"),
        (0, np.zeros((7, 28, 28), np.int16), r"\(7, 28, 28\) of int16, needed"),
        (2, np.zeros((0, 28, 28), np.uint8), r"n > 0"),
        (1, np.zeros(6, np.uint8), "6 labels, but there are 7 images"),
        (3, np.array([0, 1, 10, 2], np.uint8), "label 2 is 10, needed: 0 to 9"),
        (3, np.array([0, 1, -1, 2], np.int8), "label 2 is -1, needed: 0 to 9"),
        (1, np.zeros(7, np.float32), r"labels \(7,\) of float32, needed: \(n,\) of integers"),
        (1, np.zeros((7, 1), np.uint8), r"labels \(7, 1\) of uint8, needed"),
    ],
)
def test_files_that_do_not_fit(formats, tmp_path, arrays, index, array, words):
    arrays[index] = array
    lay_out(formats, tmp_path, "mnist", arrays)
    with pytest.raises(DataError, match=words) as caught:
        read_mnist(tmp_path)
    assert str(tmp_path / "mnist" / FILES[index]) in str(caught.value)


@pytest.mark.parametrize("file", FILES)
def test_a_missing_file_is_named_with_the_remedy(formats, tmp_path, arrays, file):
    lay_out(formats, tmp_path, "mnist", arrays)
    (tmp_path / "mnist" / file).unlink()
    with pytest.raises(DataError) as caught:
        read_mnist(tmp_path)
    assert str(caught.value) == (
        f"mnist: {tmp_path}/mnist/{file} does not exist\n"
        f"  download it with: minigrad data fetch mnist --data-dir {tmp_path}\n"
        "  or name the folder that has mnist/ in it with --data-dir or the variable MINIGRAD_DATA"
    )
