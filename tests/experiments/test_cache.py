"""Results are kept under a key made of what decides them, whole or not at all."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

import minigrad
from experiments.cache import Cache, key, write_text
from experiments.parts import Task


def one(settings, room):
    return 1


def another(settings, room):
    return 1


SETTINGS = {"seed": 0, "hidden": [50], "lambda": 0.01}
TASK = Task("t", one, SETTINGS)


@pytest.mark.parametrize(
    "other",
    [
        Task("t", one, {**SETTINGS, "seed": 1}),
        Task("t", one, {**SETTINGS, "hidden": [50, 50]}),
        Task("t", one, {**SETTINGS, "lambda": 0.010000000000000002}),
        Task("t", one, {**SETTINGS, "limit": None}),
        Task("t", another, SETTINGS),
    ],
)
def test_another_setting_or_function_is_another_key(other, tmp_path):
    assert key(other) != key(TASK)
    cache = Cache(tmp_path)
    cache.put("p", TASK, 1, 0.0)
    assert cache.get("p", other) is None
    assert cache.room("p", other) != cache.room("p", TASK)


def test_another_version_of_the_library_is_another_key(monkeypatch):
    before = key(TASK)
    monkeypatch.setattr(minigrad, "__version__", "99")
    assert key(TASK) != before


def test_what_decides_nothing_is_not_in_the_key():
    assert key(Task("u", one, SETTINGS, cost=7.0, alone=True)) == key(TASK)
    assert key(Task("t", one, dict(reversed(SETTINGS.items())))) == key(TASK)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(), inside, max_size=3),
    max_leaves=8,
)


@given(json_values)
def test_a_result_comes_back_as_it_was(tmp_path_factory, value):
    cache = Cache(tmp_path_factory.mktemp("cache"))
    kept = cache.put("p", TASK, value, 1.234)
    assert kept == cache.get("p", TASK)
    assert kept["result"] == value
    assert kept["seconds"] == 1.23


def test_no_number_is_no_result(tmp_path):
    with pytest.raises(ValueError, match="not JSON compliant"):
        Cache(tmp_path).put("p", TASK, float("nan"), 0.0)
    assert Cache(tmp_path).get("p", TASK) is None


def test_a_torn_or_foreign_file_is_no_result(tmp_path):
    cache = Cache(tmp_path)
    cache.put("p", TASK, [1, 2, 3], 0.0)
    path = cache.path("p", TASK)
    whole = path.read_text(encoding="utf-8")
    for content in (whole[:-5], "", "[]x", json.dumps({"result": 1})):
        path.write_text(content, encoding="utf-8")
        assert cache.get("p", TASK) is None
    path.write_text(whole, encoding="utf-8")
    assert cache.get("p", TASK) is not None


def test_the_room_of_a_kept_result_is_gone(tmp_path):
    cache = Cache(tmp_path)
    room = cache.room("p", TASK)
    room.mkdir(parents=True)
    (room / "checkpoint").write_text("big", encoding="utf-8")
    cache.put("p", TASK, 1, 0.0)
    assert not room.exists()


def test_a_file_is_replaced_whole(tmp_path, monkeypatch):
    path = tmp_path / "f.json"
    write_text(path, "old")

    def fails(source, target):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("os.replace", fails)
        with pytest.raises(KeyboardInterrupt):
            write_text(path, "new")
    assert path.read_text(encoding="utf-8") == "old"
    write_text(path, "new")
    assert path.read_text(encoding="utf-8") == "new"
