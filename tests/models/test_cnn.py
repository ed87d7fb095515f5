"""`python -m models.cnn`: its own options, and a little of the real data."""

import pytest

from models import cnn


def test_its_own_options(tmp_path, capsys, monkeypatch):
    # A check of all its gradients takes a while; test_lenet.py has one.
    monkeypatch.setattr(cnn.view, "report", lambda run: True)
    options = ["--limit", "60", "--epochs", "1", "--out", str(tmp_path / "r")]
    assert cnn.main([*options, "--batch-norm"]) == 0
    assert (
        f"CNN: {763_094 + 2 * (16 + 32 + 64 + 128 + 256):,} parameters" in capsys.readouterr().out
    )


@pytest.mark.data
def test_a_little_mnist(real_data, accuracy, tmp_path):
    limit = ("--data", "mnist", "--data-dir", real_data, "--limit", 1_500, "--epochs", 2)
    assert accuracy(cnn.main, *limit, "--batch-size", 32, "--out", tmp_path / "r") > 80
