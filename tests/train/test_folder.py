"""The folder of a run: nothing that is in it is lost in silence."""

import pytest

from minigrad.errors import ParameterError
from minigrad.train import checkpoint, folder

OPTIONS = {"model": "m", "epochs": 2, "lr": 0.1}


def earlier_run(path, step, options=OPTIONS):
    path.mkdir()
    (path / "history.jsonl").write_text("something\n", encoding="utf-8")
    (path / "notes.txt").write_text("the user's own", encoding="utf-8")
    state = {"updates": step, "total": 10, "keep": {"options": options}}
    checkpoint.save(path / "checkpoint.safetensors", state)


def files(path):
    return sorted(file.name for file in path.iterdir())


def test_a_new_folder_is_made(tmp_path):
    assert folder.claim(tmp_path / "a" / "b", OPTIONS) == ""
    assert files(tmp_path / "a" / "b") == []
    said = folder.claim(tmp_path / "a" / "b", OPTIONS, resume=True)
    assert said.endswith("b holds no run yet: starting from the beginning")


def test_a_finished_run_with_the_same_options_is_replaced_and_said_to_be(tmp_path):
    earlier_run(tmp_path / "r", step=10)
    assert "which had the same options, is replaced" in folder.claim(tmp_path / "r", OPTIONS)
    assert files(tmp_path / "r") == ["notes.txt"]


@pytest.mark.parametrize(
    ("step", "options", "resume", "words"),
    [
        (
            4,
            {},
            False,
            "holds an unfinished run: continue with --resume, replace it with --overwrite, or",
        ),
        (
            10,
            {"lr": 0.2},
            False,
            r"other options \(lr=0.1 there, 0.2 here\): replace it with --over",
        ),
        (
            4,
            {"lr": 0.2},
            True,
            r"other options \(lr=0.1 there, 0.2 here\): repeat them to resume it",
        ),
        (4, {"model": "n", "x": 1}, True, r"\(model=m there, n here; x=None there, 1 here\)"),
    ],
)
def test_any_other_run_stays(step, options, resume, words, tmp_path):
    earlier_run(tmp_path / "r", step)
    before = files(tmp_path / "r")
    with pytest.raises(ParameterError, match=words):
        folder.claim(tmp_path / "r", {**OPTIONS, **options}, resume=resume)
    assert files(tmp_path / "r") == before
    said = folder.claim(tmp_path / "r", {**OPTIONS, **options}, overwrite=True)
    assert said.endswith("r is replaced")
    assert files(tmp_path / "r") == ["notes.txt"]


@pytest.mark.parametrize("step", [4, 10])
def test_resume_keeps_everything(step, tmp_path):
    earlier_run(tmp_path / "r", step)
    before = files(tmp_path / "r")
    assert folder.claim(tmp_path / "r", OPTIONS, resume=True) == ""
    assert files(tmp_path / "r") == before


def test_files_that_are_no_run_of_these_stay(tmp_path):
    path = tmp_path / "r"
    path.mkdir()
    (path / "model.safetensors").write_text("precious", encoding="utf-8")
    with pytest.raises(
        ParameterError, match=r"holds model\.safetensors, but no checkpoint: replace"
    ):
        folder.claim(path, OPTIONS)
    checkpoint.save(path / "checkpoint.safetensors", {"step": 1})
    with pytest.raises(
        ParameterError, match="is not the checkpoint of such a run: replace it with"
    ):
        folder.claim(path, OPTIONS, resume=True)
    (path / "checkpoint.safetensors").write_text("damaged", encoding="utf-8")
    with pytest.raises(
        ParameterError, match="is not the checkpoint of such a run: replace it with"
    ):
        folder.claim(path, OPTIONS)
    assert (path / "model.safetensors").read_text(encoding="utf-8") == "precious"


def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(
        ParameterError, match=r"--out .*file/r: cannot be written to: Not a directory"
    ):
        folder.claim(tmp_path / "file" / "r", OPTIONS)
