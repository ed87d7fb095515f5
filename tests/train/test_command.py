"""The command line that the models share: its options, its files, its one line for what is wrong."""

import json
import os
import signal
import struct
from pathlib import Path

import numpy as np
import pytest

from minigrad import Tensor, cross_entropy, nn
from minigrad.arguments import positive
from minigrad.data import Standardise, load
from minigrad.train import History, checkpoint, command, evaluate

FILES = {
    "checkpoint.safetensors",
    "history.jsonl",
    "model.safetensors",
    "curves.png",
    "confusion.png",
    "mistakes.png",
    "graph.svg",
    "steps.html",
}


def write_idx(path, array):
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    path.write_bytes(header + array.astype(np.uint8).tobytes())


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    """MNIST's files with 120 images to train and 40 to test: a bright bar in row 2 i + 4 is an i."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "mnist").mkdir()
    rng = np.random.default_rng(0)
    for name, count in (("train", 120), ("t10k", 40)):
        labels = np.arange(count) % 10
        images = rng.integers(0, 60, (count, 28, 28))
        images[np.arange(count), 2 * labels + 4, 4:24] = 250
        write_idx(folder / "mnist" / f"{name}-images-idx3-ubyte", images)
        write_idx(folder / "mnist" / f"{name}-labels-idx1-ubyte", labels)
    return folder


class Rows(nn.Module):
    """Sums of rows, and a layer; presses Ctrl-C at the `at`-th call, or makes nan from then on."""

    def __init__(self, rng, event="", at=0):
        self.layer = nn.Linear(28, 10, rng=rng)
        self.dropout = nn.Dropout(0.2, rng=rng)
        self.event, self.at = event, at

    def forward(self, x):
        out = self.layer(self.dropout(x.mean(axis=(1, 3))))
        if self.training:
            self.at -= 1
            if self.at == 0 and self.event == "interrupt":
                os.kill(os.getpid(), signal.SIGINT)
            if self.at <= 0 and self.event == "nan":
                return (out - 1e9).log()
        return out


@pytest.fixture
def run(data_dir, tmp_path, monkeypatch):
    """Run the command in an empty folder: 100 images to train, 7 updates an epoch."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MINIGRAD_DATA", raising=False)

    def report(run, passed):
        inputs, labels = run.hardest(2)
        losses = cross_entropy(
            run.model.eval()(Tensor(run.test.inputs)), run.test.targets, reduction="none"
        ).data
        of_two = cross_entropy(run.model(Tensor(inputs)), labels, reduction="none").data
        np.testing.assert_allclose(np.sort(losses)[:-3:-1], of_two, rtol=1e-6)
        for name in ("graph.svg", "steps.html"):
            (run.folder / name).write_text("drawn", encoding="utf-8")
        print(f"checked on {len(labels)} images")
        return passed

    def run(*argv, event="", at=0, pictures=False, passed=True):
        parser = command.parser(
            "rows", "Train on rows.", epochs=4, batch_size=16, lr=0.3, momentum=0.5
        )
        parser.add_argument("--width", type=positive, default=3)
        shared = () if "--data" in argv else ("--data", "mnist", "--data-dir", str(data_dir))
        build = lambda options, shape, classes, rng: Rows(rng, event, at)
        with monkeypatch.context() as patch:
            if not pictures:  # they take most of the time
                patch.setattr(command.Job, "draw", lambda self, history: None)
            return command.train(parser, [*shared, *argv], build, lambda run: report(run, passed))

    return run


def contents(folder):
    return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


def said(capsys):
    """What went to standard error, which is one line."""
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err
    (line,) = err.strip().splitlines()
    return line


def test_a_run_prints_its_results_and_leaves_its_files(run, tmp_path, capsys, data_dir):
    assert run(pictures=True) == 0
    out, err = capsys.readouterr()
    assert err == ""
    for words in (
        "rows on mnist: 100 to train, 20 to validate, 40 to test",
        "Rows: 290 parameters, 290 of them trainable",
        "epoch 4/4   training loss 0.",
        "test accuracy 100.00%: 0 of 40 wrong, loss 0.",
        "checked on 2 images",
        "files in runs/rows-mnist: checkpoint.safetensors, history.jsonl, model.safetensors, curves.png",
        "open runs/rows-mnist/steps.html in a browser",
        "seconds in all",
    ):
        assert words in out
    folder = tmp_path / "runs" / "rows-mnist"
    assert {path.name for path in folder.iterdir()} == FILES
    assert len(History.read(folder / "history.jsonl")) == 4 * 8


def test_the_weights_are_of_use_to_a_stranger(run, data_dir):
    """With what is in the file, the test accuracy can be had again."""
    from safetensors import safe_open

    run("--out", "r")
    model = Rows(np.random.default_rng(9))
    model.load_state_dict(checkpoint.load_weights("r/model.safetensors"))
    with safe_open("r/model.safetensors", "np") as file:
        about = json.loads(file.metadata()["minigrad.weights"])
    assert about["options"]["epochs"] == 4
    mean, std = (np.array(about["standardise"][name], np.float32) for name in ("mean", "std"))
    _, test = load("mnist", data_dir)
    assert evaluate(model, test.map(Standardise(mean, std))).accuracy == 1.0


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(run):
    for out, seed in (("a", "0"), ("b", "0"), ("c", "1")):
        assert run("--out", out, "--seed", seed) == 0
    a, b, c = (contents(out) for out in "abc")
    assert a == b
    assert a["model.safetensors"] != c["model.safetensors"]


def test_options_change_the_run(run):
    run("--out", "r", "--epochs", "2", "--batch-size", "50", "--lr", "0.01", "--l2", "0.5",
        "--schedule", "constant", "--limit", "60")  # fmt: skip
    history = History.read("r/history.jsonl")
    assert history.series("update", "rate")[1].tolist() == [0.01, 0.01]
    assert (history.series("update", "cost")[1] > history.series("update", "loss")[1]).all()
    options = checkpoint.load("r/checkpoint.safetensors")["keep"]["options"]
    assert options["limit"] == 60
    assert options["width"] == 3


def test_help_shows_every_option(run, capsys):
    assert run("--help") == 0
    out = capsys.readouterr().out
    for option in ("--data {glyphs,mnist,fashion-mnist,cifar-10}", "--data-dir DIR", "--epochs N",
                   "--batch-size N", "--lr RATE", "--momentum M", "--schedule", "--l2 C", "--seed N",
                   "--limit N", "--out DIR", "--resume", "--overwrite", "--width WIDTH"):  # fmt: skip
        assert option in out
    assert "usage: python -m models.rows" in out


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["--wrong"], "unrecognized arguments: --wrong (--help lists the options)"),
        (["--epochs", "0"], "argument --epochs: 0 must be at least 1"),
        (["--epochs", "two"], "argument --epochs: 'two' is not a whole number"),
        (["--batch-size", "-3"], "argument --batch-size: -3 must be at least 1"),
        (["--lr", "0"], "argument --lr: 0 must be greater than 0"),
        (["--lr", "nan"], "argument --lr: nan must be greater than 0"),
        (["--lr", "fast"], "argument --lr: 'fast' is not a number"),
        (["--momentum", "1"], "argument --momentum: 1 must be at least 0 and less than 1"),
        (["--l2", "-1"], "argument --l2: -1 must be at least 0 and less than 1"),
        (["--data", "cats"], "argument --data: invalid choice: 'cats'"),
        (["--data-dir", "no/where"], "--data-dir no/where: there is no such folder"),
        (
            ["--data-dir", "."],
            "mnist: mnist/train-images-idx3-ubyte.gz does not exist; download it with",
        ),
        (["--out", "/dev/null/r"], "--out /dev/null/r: cannot be written to: Not a directory"),
        (["--limit", "1"], "no example is left to train on"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_with_code_2(argv, words, run, tmp_path, capsys):
    assert run(*argv) == 2
    line = said(capsys)
    assert line.startswith("python -m models.rows: ")
    assert words in line
    assert list(tmp_path.iterdir()) == []


def test_a_model_that_cannot_be_built_is_a_wrong_question(run, capsys, monkeypatch):
    monkeypatch.setattr(Rows, "__init__", lambda self, rng, event, at: nn.Dropout(2.0, rng=rng))
    assert run() == 2
    assert "Dropout: p=2.0 must be in [0, 1)" in said(capsys)


def test_ctrl_c_saves_says_where_and_can_be_resumed(run, capsys):
    assert run("--out", "unbroken", pictures=True) == 0
    assert run("--out", "broken", event="interrupt", at=10) == 130
    err = capsys.readouterr().err
    assert (
        "interrupted, saved in broken/checkpoint.safetensors; continue with the same options and --resume"
        in err
    )
    assert checkpoint.load("broken/checkpoint.safetensors")["updates"] == 10
    assert run("--out", "broken") == 2
    assert "holds an unfinished run: continue with --resume" in said(capsys)
    assert run("--out", "broken", "--resume", "--lr", "0.1") == 2
    assert "(lr=0.3 there, 0.1 here): repeat them to resume it" in said(capsys)
    assert run("--out", "broken", "--resume", pictures=True) == 0
    assert "resumed after update 10 of 28" in capsys.readouterr().out
    assert contents("broken") == contents("unbroken")


def test_ctrl_c_before_the_training(run, capsys, monkeypatch):
    def press(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Rows, "__init__", press)
    assert run() == 130
    assert (
        said(capsys)
        == "python -m models.rows: interrupted; continue with the same options and --resume"
    )


def test_a_run_that_is_there_is_not_lost_in_silence(run, capsys):
    assert run("--epochs", "1") == 0
    before = History.read("runs/rows-mnist/history.jsonl").records
    capsys.readouterr()
    assert run("--epochs", "1") == 0
    out = capsys.readouterr().out
    assert "the finished run in runs/rows-mnist, which had the same options, is replaced" in out
    assert History.read("runs/rows-mnist/history.jsonl").records == before
    assert run("--epochs", "2") == 2
    assert "other options (epochs=1 there, 2 here): replace it with --overwrite" in said(capsys)
    assert run("--epochs", "2", "--overwrite") == 0


def test_nan_stops_with_code_1_and_the_checkpoint_from_before_stays(run, capsys):
    assert run("--out", "r", event="nan", at=9) == 1
    err = capsys.readouterr().err
    assert "Traceback" not in err
    assert "python -m models.rows: update 9, in epoch 2: log(x) produced nan" in err
    assert "the last checkpoint before it is kept: r/checkpoint.safetensors" in err
    assert checkpoint.load("r/checkpoint.safetensors")["updates"] == 7


def test_wrong_gradients_are_code_1(run, capsys):
    assert run("--epochs", "1", passed=False) == 1
    assert "in runs/rows-mnist: checkpoint.safetensors" in capsys.readouterr().out
