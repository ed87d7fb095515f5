"""The report on a trained model: its pictures, and one line about its gradients."""

import re
from types import SimpleNamespace

import numpy as np
import pytest

from minigrad import Tensor, nn, view
from minigrad.data import ArrayDataset
from minigrad.errors import RenderError
from minigrad.view.draw import Picture

RNG = np.random.default_rng(1)
TEST = ArrayDataset(RNG.normal(size=(40, 3)).astype(np.float32), np.arange(40) % 2, "ab")


class Halved(nn.Module):
    """A layer whose second use of the input is hidden from the gradient."""

    def __init__(self, layer):
        self.layer = layer

    def forward(self, x):
        out = self.layer(x)
        return out + Tensor(out.data)


@pytest.fixture
def run(tmp_path):
    """What `report` reads of a `minigrad.train.job.Job`."""
    rng = np.random.default_rng(0)
    model = nn.Sequential(nn.Linear(3, 4, rng=rng), nn.ReLU(), nn.Linear(4, 2, rng=rng))
    options = SimpleNamespace(model="small")
    hardest = lambda count: TEST[:count]
    return SimpleNamespace(
        model=model, test=TEST, folder=tmp_path, options=options, hardest=hardest
    )


def test_correct_gradients_are_one_line_and_the_pictures_are_in_the_folder(run, capsys):
    assert view.report(run)
    line = r"gradients checked against finite differences: correct, 4 of 4 parameters, \d+ digits; "
    assert re.fullmatch(
        line + "`minigrad check models.small` shows more\n", capsys.readouterr().out
    )
    assert sorted(path.name for path in run.folder.iterdir()) == ["graph.svg", "steps.html"]


def test_wrong_gradients_are_named_and_the_whole_report_follows(run, capsys):
    run.model = nn.Sequential(*run.model[:2], Halved(run.model[2]))
    assert not view.report(run)
    first, empty, *report = capsys.readouterr().out.splitlines()
    assert (
        first
        == "gradients checked against finite differences: WRONG, 0 of 4 parameters are correct"
    )
    assert empty == ""
    assert "2.layer.weight" in "".join(report)


def test_without_graphviz_the_rest_of_the_report_is_made(run, capsys, monkeypatch):
    def fail(self, path):
        raise RenderError("no Graphviz here:\n  install it")

    monkeypatch.setattr(Picture, "save", fail)
    assert view.report(run)
    out = capsys.readouterr().out
    assert "the model was not drawn: no Graphviz here: install it" in out
    assert "correct, 4 of 4 parameters" in out
    assert [path.name for path in run.folder.iterdir()] == ["steps.html"]
