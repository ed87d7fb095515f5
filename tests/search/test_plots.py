"""The pictures open, show every trial, are the same however the search went, and leave matplotlib alone."""

import re

import pytest
from searched import SPACE, bowl

from minigrad import search
from minigrad.errors import SearchError
from minigrad.search import Study


def test_the_pictures_open_and_matplotlib_is_left_as_it_was(storage, tmp_path):
    import matplotlib
    from matplotlib import image, pyplot

    study = search.random(bowl, SPACE, trials=7, storage=storage)
    before, open_before = dict(matplotlib.rcParams), pyplot.get_fignums()
    paths = study.plot(tmp_path / "made" / "here")
    assert dict(matplotlib.rcParams) == before
    assert pyplot.get_fignums() == open_before
    assert [path.name for path in paths] == [
        f"{name}.{kind}" for name in ("history", "slice", "parallel") for kind in ("svg", "png")
    ]
    for path in paths:
        if path.suffix == ".png":
            pixels = image.imread(path)
            assert pixels.shape[0] > 400
            assert pixels[..., :3].std() > 0.05, "empty"
        else:
            assert path.read_text(encoding="utf-8").startswith("<?xml")
    slices = (tmp_path / "made" / "here" / "slice.svg").read_text(encoding="utf-8")
    for name in SPACE:
        assert f"<!-- {name} -->" in slices
    points = re.findall(r'<g id="PathCollection_\d+">(.*?)\n   </g>', slices, re.DOTALL)
    assert [group.count("<use ") for group in points] == [7] * len(SPACE)


def test_the_same_table_gives_the_same_picture(storage, tmp_path):
    axes = {"lr": (0.1, 0.01, 1), "activation": ("relu", "tanh")}
    study = search.grid(lambda p, k: p["lr"] * len(p["activation"]), axes, storage=storage)
    for one, two in zip(study.plot(tmp_path / "1"), study.plot(tmp_path / "2"), strict=True):
        assert one.read_bytes() == two.read_bytes()


def test_nothing_to_draw(tmp_path):
    with pytest.raises(SearchError, match="the study 'n' has no trial with a value"):
        Study("n", "maximize", SPACE, ()).plot(tmp_path)
