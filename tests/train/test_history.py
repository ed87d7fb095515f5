"""The history: what is written is what is read, however the writing ended."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigrad.errors import CheckpointError, DataError
from minigrad.train.history import History, shortest


def test_lines_reach_the_file_at_an_evaluation_and_every_hundred_records(tmp_path):
    path = tmp_path / "history.jsonl"
    history = History(path)
    for step in range(1, 100):
        history.record("update", step=step, epoch=1, loss=1 / step)
    assert path.read_bytes() == b""
    history.record("update", step=100, epoch=1, loss=0.01)
    assert len(path.read_bytes().splitlines()) == 100
    history.record("evaluation", step=100, epoch=1, validation_loss=0.5)
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert lines == history.records
    assert lines[-1] == {"kind": "evaluation", "step": 100, "epoch": 1, "validation_loss": 0.5}


def test_series_leaves_out_what_was_not_measured():
    history = History()
    history.record("update", step=1, loss=2.0, accuracy=None)
    history.record("update", step=2, loss=1.0, accuracy=0.5)
    history.record("evaluation", step=2, validation_loss=1.5)
    steps, values = history.series("update", "loss")
    assert steps.tolist() == [1, 2]
    assert values.tolist() == [2.0, 1.0]
    assert history.series("update", "accuracy")[0].tolist() == [2]
    assert history.series("evaluation", "validation_cost")[1].size == 0
    assert history.last()["validation_loss"] == 1.5
    assert History().last() is None
    assert repr(history) == "History(3 records to step 2)"


@given(cut=st.integers(0, 400), kept=st.integers(0, 9))
def test_a_file_cut_anywhere_reads_back_up_to_its_last_whole_line(cut, kept, tmp_path_factory):
    path = tmp_path_factory.mktemp("history") / "history.jsonl"
    history = History(path)
    for step in range(kept):
        history.record("update", step=step, loss=1 / (step + 3))
    history.flush()
    content = path.read_bytes()[:cut]
    path.write_bytes(content)
    read = History.read(path).records
    assert read == history.records[: content.count(b"\n")]


def test_resume_cuts_off_what_came_after(tmp_path):
    path = tmp_path / "history.jsonl"
    history = History(path)
    history.record("update", step=1, loss=1.0)
    size = history.flush(sync=True)
    before = path.read_bytes()
    history.record("update", step=2, loss=0.5)
    history.flush()
    path.write_bytes(path.read_bytes() + b'{"kind": "upd')
    resumed = History.resume(path, size)
    assert path.read_bytes() == before
    assert resumed.records == [{"kind": "update", "step": 1, "loss": 1.0}]
    resumed.record("update", step=2, loss=0.25)
    resumed.flush()
    assert path.read_bytes() == before + b'{"kind": "update", "step": 2, "loss": 0.25}\n'


@pytest.mark.parametrize("content", [b"", b'{"kind": "update", "step": 1, "loss": 1.00}\n'])
def test_resume_refuses_a_file_that_was_changed(content, tmp_path):
    path = tmp_path / "history.jsonl"
    history = History(path)
    history.record("update", step=1, loss=1.0)
    size = history.flush()
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=f"this file had {size} bytes"):
        History.resume(path, size)
    path.unlink()
    with pytest.raises(CheckpointError, match=r"history\.jsonl: cannot be continued: No such file"):
        History.resume(path, size)


@pytest.mark.parametrize("line", ["{", "[]", "7", '{"kind": "update"}', '{"kind": 1, "step": 1}'])
def test_what_is_no_history_is_named_by_its_line(line, tmp_path):
    path = tmp_path / "history.jsonl"
    path.write_text('{"kind": "update", "step": 1}\n' + line + "\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"history\.jsonl: line 2 is not a record of a run"):
        History.read(path)
    with pytest.raises(DataError, match=r"nothing: cannot be read: No such file"):
        History.read(tmp_path / "nothing")


def test_a_full_disk_is_an_error_of_the_checkpoint(tmp_path):
    history = History(tmp_path / "history.jsonl")
    (tmp_path / "history.jsonl").unlink()
    (tmp_path / "history.jsonl").mkdir()
    history.record("update", step=1)
    with pytest.raises(CheckpointError, match=r"history\.jsonl: cannot be written: Is a directory"):
        history.flush()


@given(st.floats(width=32, allow_nan=False))
def test_numbers_are_written_short_and_lose_nothing(value):
    number = np.float32(value)
    assert np.float32(shortest(number)) == number
    assert len(repr(shortest(number))) <= len(repr(float(number)))
    assert shortest(np.float64(0.1)) == 0.1
