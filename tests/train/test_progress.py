"""Progress: lines everywhere, a bar on a terminal only."""

import io
import re

from rich.console import Console

from minigrad.train.progress import ProgressBar, format_measures


def lines_of(text):
    """Without empty ones: an old rich ends a bar that is not shown with one."""
    return [line for line in text.splitlines() if line]


def printed(small_run, terminal, **options):
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=terminal, width=120, highlight=False)
    small_run().fit(callbacks=[ProgressBar(console)], epochs=2, **options)
    return stream.getvalue()


def test_one_plain_line_for_each_epoch_when_nobody_watches(small_run):
    lines = lines_of(printed(small_run, terminal=False))
    assert len(lines) == 2
    figure = r"\d\.\d{4}"
    measured = rf"cost {figure}  loss {figure}  accuracy +[\d.]+%"
    assert re.fullmatch(
        rf"epoch 2/2   training {measured}   validation {measured}   [\d.]+ s", lines[1]
    )


def test_a_bar_with_loss_accuracy_rate_and_time_left_on_a_terminal(small_run):
    text = printed(small_run, terminal=True)
    for words in (r"epoch 2/2", r"100 %", r"loss \d\.\d+  accuracy [\d.]+%  rate 0\.\d+", "left"):
        assert re.search(words, text), words
    assert "\x1b[" in text


def test_a_resumed_run_says_so(small_run, tmp_path):
    printed(small_run, terminal=False, folder=tmp_path)
    lines = lines_of(printed(small_run, terminal=False, folder=tmp_path, resume=True))
    assert lines == ["resumed after update 14 of 14"]


def test_what_was_not_measured_is_not_shown():
    record = {"train_cost": 0.5, "train_loss": 0.5, "train_accuracy": None}
    assert format_measures(record, "train") == "training loss 0.5000"
    assert format_measures(record, "validation") == ""
