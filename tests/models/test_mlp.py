"""`python -m models.mlp`: its own options, and a little of the real data."""

import pytest

from models import mlp


def test_its_own_options(tmp_path, capsys, monkeypatch):
    # A check of all its gradients takes a while; test_lenet.py has one.
    monkeypatch.setattr(mlp.view, "report", lambda run: True)
    options = ["--limit", "150", "--epochs", "1", "--out", str(tmp_path / "r")]
    assert mlp.main([*options, "--hidden", "20", "10", "--activation", "tanh", "--batch-norm"]) == 0
    out = capsys.readouterr().out
    weights = 784 * 20 + 20 + 20 * 10 + 10 + 10 * 10 + 10
    assert f"MLP: {weights + 2 * 20 + 2 * 10:,} parameters" in out
    assert "Tanh" in out
    assert mlp.main([*options, "--hidden", "0"]) == 2
    assert "argument --hidden: 0 must be at least 1" in capsys.readouterr().err
    assert mlp.main([*options, "--activation", "step"]) == 2
    assert "argument --activation: invalid choice: 'step'" in capsys.readouterr().err


@pytest.mark.data
def test_a_little_fashion_mnist(real_data, accuracy, tmp_path):
    limit = ("--data", "fashion-mnist", "--data-dir", real_data, "--limit", 12_000, "--epochs", 2)
    assert accuracy(mlp.main, *limit, "--out", tmp_path / "r") > 80
