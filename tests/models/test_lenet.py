"""`python -m models.lenet`: as a newcomer runs it, and as a nuisance does."""

import re
import signal

import pytest

from models import lenet, mlp

SMALL = ("--limit", 150, "--epochs", 4)
FILES = ("checkpoint.safetensors", "history.jsonl", "model.safetensors")


def contents(folder):
    return {name: (folder / name).read_bytes() for name in FILES}


def test_killed_interrupted_and_resumed_from_a_shell(shell, tmp_path):
    code, out, err = shell.run("lenet", *SMALL, "--out", tmp_path / "unbroken")
    assert (code, err) == (0, "")
    assert "LeNet5: 61,706 parameters" in out
    assert "gradients checked against finite differences: correct" in out
    assert "`minigrad check models.lenet` shows more" in out

    broken = (*SMALL, "--out", tmp_path / "broken")
    shell.kill("epoch 2", "lenet", *broken)
    code, out, err = shell.stop(signal.SIGINT, "epoch 3", "lenet", *broken, "--resume")
    assert "resumed after update" in out
    assert code == 130
    assert f"interrupted, saved in {tmp_path}/broken/checkpoint.safetensors; continue with" in err
    code, out, err = shell.run("lenet", *broken, "--resume")
    assert (code, err) == (0, "")
    assert contents(tmp_path / "broken") == contents(tmp_path / "unbroken")


def test_its_own_options(tmp_path, capsys, monkeypatch):
    # A check of all its gradients takes a while; the test above has one.
    monkeypatch.setattr(lenet.view, "report", lambda run: True)
    options = ["--limit", "150", "--epochs", "1", "--out", str(tmp_path / "r")]
    assert lenet.main([*options, "--batch-norm", "--dropout", "0.2"]) == 0
    out = capsys.readouterr().out
    assert "BatchNorm2d" in out
    assert "Dropout" in out
    assert lenet.main([*options, "--dropout", "1.5"]) == 2
    assert "argument --dropout: 1.5 must be at least 0 and less than 1" in capsys.readouterr().err


@pytest.mark.data
def test_a_little_mnist(real_data, accuracy, tmp_path):
    limit = ("--data", "mnist", "--data-dir", real_data, "--limit", 12_000, "--epochs", 1)
    assert accuracy(lenet.main, *limit, "--out", tmp_path / "r") > 94


@pytest.mark.data
def test_a_little_cifar_10(real_data, accuracy, tmp_path):
    limit = ("--data", "cifar-10", "--data-dir", real_data, "--limit", 6_000, "--epochs", 2)
    assert accuracy(lenet.main, *limit, "--out", tmp_path / "r") > 30


def test_a_run_is_continued_or_replaced_and_not_both(tmp_path, capsys):
    assert lenet.main(["--resume", "--overwrite", "--out", str(tmp_path / "r")]) == 2
    said = capsys.readouterr().err
    assert "argument --overwrite: not allowed with argument --resume" in said
    assert not (tmp_path / "r").exists()


@pytest.mark.slow
def test_it_learns_to_read_and_the_mlp_reads_less_well(tmp_path, capsys):
    """The main job, whole: at least 97 % on the glyphs, and convolutions are worth their trouble."""
    accuracy = {}
    for model in (lenet, mlp):
        assert model.main(["--out", str(tmp_path / model.__name__)]) == 0
        said = re.search(r"test accuracy ([\d.]+)%", capsys.readouterr().out)
        accuracy[model] = float(said[1])
    assert accuracy[lenet] >= 97.0
    assert accuracy[lenet] > accuracy[mlp] + 2
