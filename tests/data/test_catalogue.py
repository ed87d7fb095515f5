"""load(name): the same kind of arrays for every data set, and the published ones to the last bit."""

import numpy as np
import pytest

from minigrad.data import DATASETS, Standardise, load
from minigrad.errors import DataError, ParameterError


def check_form(train, test, shape):
    for part in (train, test):
        assert part.inputs.shape[1:] == shape
        assert part.inputs.dtype == np.float32
        assert part.inputs.flags.c_contiguous
        assert 0 <= part.inputs.min() < part.inputs.max() <= 1
        assert part.targets.dtype == np.int64
        assert set(part.targets.tolist()) == set(range(10))
        assert len(part.classes) == len(set(part.classes)) == 10


def test_glyphs_need_no_folder(tmp_path):
    train, test = load("glyphs", tmp_path / "nothing-here")
    check_form(train, test, (1, 28, 28))
    assert (len(train), len(test)) == (12_000, 2_000)


@pytest.mark.parametrize("name", [name for name in DATASETS if name != "glyphs"])
def test_the_folder_comes_from_the_argument_the_environment_or_the_cache(
    tmp_path, monkeypatch, name
):
    monkeypatch.setenv("MINIGRAD_DATA", str(tmp_path / "environment"))
    monkeypatch.setenv("MINIGRAD_CACHE", str(tmp_path / "cache"))
    with pytest.raises(DataError, match=f"{tmp_path}/argument/{name}/"):
        load(name, tmp_path / "argument")
    with pytest.raises(DataError, match=f"{tmp_path}/environment/{name}/"):
        load(name)
    monkeypatch.delenv("MINIGRAD_DATA")
    with pytest.raises(DataError, match=f"{tmp_path}/cache/data/{name}/"):
        load(name)


def test_an_unknown_name():
    with pytest.raises(ParameterError, match="no data set 'minst'; there are glyphs, mnist"):
        load("minst")


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "shape", "sizes", "first", "mean", "std"),
    [
        ("mnist", (1, 28, 28), (60000, 10000), "5041921314 7210414959", [0.1307], [0.3081]),
        ("fashion-mnist", (1, 28, 28), (60000, 10000), "9003027255 9211614657", [0.2860], [0.3530]),
        (
            "cifar-10",
            (3, 32, 32),
            (50000, 10000),
            "6994112783 3880661631",
            [0.4914, 0.4822, 0.4465],
            [0.2470, 0.2435, 0.2616],
        ),
    ],
)
def test_the_real_data(real_data, name, shape, sizes, first, mean, std):
    train, test = load(name, real_data)
    check_form(train, test, shape)
    assert (len(train), len(test)) == sizes
    labels = ("".join(map(str, part.targets[:10])) for part in (train, test))
    assert " ".join(labels) == first
    standardise = Standardise.fit(train.inputs)
    np.testing.assert_allclose(standardise.mean.ravel(), mean, atol=6e-5)
    np.testing.assert_allclose(standardise.std.ravel(), std, atol=6e-5)
    if name != "mnist":
        assert np.bincount(train.targets).tolist() == [sizes[0] // 10] * 10
