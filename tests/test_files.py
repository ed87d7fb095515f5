"""A file is replaced in one step: whatever fails, the old content or the new is there."""

import os

import pytest

from minigrad.files import publish, replacing


def names(folder):
    return sorted(os.listdir(folder))


def test_a_file_is_made_and_replaced(tmp_path):
    path = tmp_path / "f.txt"
    for text in ("old", "new"):
        with replacing(path) as part:
            assert part.suffix == ".txt"
            part.write_text(text, encoding="utf-8")
            assert names(tmp_path) == sorted([part.name, *(["f.txt"] if text == "new" else [])])
        assert path.read_text(encoding="utf-8") == text
        assert names(tmp_path) == ["f.txt"]


@pytest.mark.parametrize("stage", ["write", "fsync", "replace"])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_failure_at_any_stage_leaves_the_old_content_alone(stage, error, tmp_path, monkeypatch):
    def fail(*_):
        raise error

    path = tmp_path / "f"
    path.write_text("old", encoding="utf-8")

    def replace():
        with replacing(path) as part:
            part.write_text("new", encoding="utf-8")
            if stage == "write":
                fail()

    if stage != "write":
        monkeypatch.setattr(os, stage, fail)
    with pytest.raises(type(error)):
        replace()
    assert path.read_text(encoding="utf-8") == "old"
    assert names(tmp_path) == ["f"]


def test_what_a_killed_process_left_is_overwritten(tmp_path):
    path = tmp_path / "f"
    with replacing(path) as part:
        left = part
        part.write_text("half of a long text", encoding="utf-8")
    left.write_text("half of a long text", encoding="utf-8")
    with replacing(path) as part:
        part.write_text("new", encoding="utf-8")
    assert path.read_text(encoding="utf-8") == "new"
    assert names(tmp_path) == ["f"]


def test_a_file_that_is_complete_gets_its_name(tmp_path):
    (tmp_path / "f.part").write_text("complete", encoding="utf-8")
    publish(tmp_path / "f.part", tmp_path / "f")
    assert names(tmp_path) == ["f"]
    with pytest.raises(FileNotFoundError):
        publish(tmp_path / "f.part", tmp_path / "f")
