"""`view.draw`: what can be drawn, how it is shown and saved, and what it leaves as it was."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from minigrad import Tensor, nn, view
from minigrad.errors import ParameterError, RenderError, ShapeError
from minigrad.view.pictures import render as rendering
from models.lenet import LeNet5


@pytest.fixture
def picture():
    x = Tensor([1.0, 2.0], requires_grad=True)
    return view.draw((x * x).sum())


def test_a_tensor_after_its_backward_pass_has_no_graph_left_and_a_trace_has(picture):
    x = Tensor([1.0, 2.0], requires_grad=True)
    with view.trace() as t:
        y = (x * x).sum()
    assert [b.title for b in view.draw(y).graph.boxes] == ["x", "mul", "sum"]
    y.backward()
    assert [b.title for b in view.draw(t).graph.boxes] == ["x", "mul", "sum"]
    assert view.draw(y).graph.boxes[-1].name == "y"


def test_a_module_is_called_and_left_as_it_was():
    rng = np.random.default_rng(0)
    model = nn.Sequential(
        nn.Linear(3, 4, rng=rng), nn.BatchNorm1d(4), nn.Dropout(0.5, rng=np.random.default_rng(1))
    )
    x = rng.normal(size=(5, 3)).astype(np.float32)
    before = model.state_dict()
    states = [g.bit_generator.state for _, g in model.named_rngs()]
    first, second = view.draw(model, x, values=True), view.draw(model, x, values=True)
    assert first.dot == second.dot
    assert "batch_norm" in first.text
    after = model.state_dict()
    assert all(np.array_equal(before[name], after[name]) for name in before)
    assert states == [g.bit_generator.state for _, g in model.named_rngs()]
    assert all(p.grad is None for p in model.parameters())


def test_a_module_that_fails_is_drawn_as_far_as_it_got():
    rng = np.random.default_rng(0)
    model = nn.Sequential(nn.Linear(3, 4, rng=rng), nn.ReLU(), nn.Linear(5, 2, rng=rng))
    picture = view.draw(model, np.ones((2, 3), np.float32))
    assert [b.title for b in picture.graph.boxes if b.kind == "op"] == ["linear", "relu"]
    (failed,) = [b for b in picture.graph.boxes if b.kind == "failed"]
    assert (failed.title, failed.name, failed.cluster) == ("Linear", "2", 0)
    said = " ".join(" ".join(line.text.split()) for line in failed.lines)
    assert said.endswith("x has shape (2, 4), needed (..., 5)")
    (note,) = picture.graph.notes
    assert note.startswith("the run ended here: ShapeError: Linear(in_features=5")


@pytest.mark.parametrize("depth", [None, 0])
def test_an_op_that_fails_is_seen_in_a_module_that_is_closed_too(depth):
    class Odd(nn.Module):
        def forward(self, x):
            return (x * 2.0) @ (x * 3.0)

    picture = view.draw(Odd(), np.ones((2, 3)), depth=depth)
    (failed,) = [b for b in picture.graph.boxes if b.kind == "failed"]
    assert failed.title == ("matmul" if depth is None else "Odd")
    assert any("a has 3 columns" in line.text for line in failed.lines)
    assert picture.svg.count('class="node failed"') == 1


@pytest.mark.parametrize(
    ("error", "first"), [(ShapeError("of my own"), 0.0), (ValueError("of mine"), 2.0)]
)
def test_an_error_of_the_users_own_is_raised(error, first):
    """Unless it is one of minigrad's, and something was computed that can be drawn."""

    class Odd(nn.Module):
        def forward(self, x):
            if first:
                x = x * first
            raise error

    with pytest.raises(type(error), match=str(error)):
        view.draw(Odd(), Tensor([1.0]))


def test_what_cannot_be_drawn():
    with pytest.raises(ParameterError) as error:
        view.draw(np.ones(3))
    assert str(error.value) == (
        "draw: a ndarray cannot be drawn; give a Tensor, a view.trace, or a Module and its inputs"
    )
    with pytest.raises(ParameterError, match="inputs are for a Module"):
        view.draw(Tensor([1.0], requires_grad=True) * 2, Tensor([1.0]))


@pytest.mark.parametrize(
    ("suffix", "start"),
    [
        ("svg", b"<svg"),
        ("png", b"\x89PNG"),
        ("pdf", b"%PDF"),
        ("dot", b"digraph"),
        ("gv", b"digraph"),
        ("mmd", b"flowchart"),
        ("txt", b"x  parameter"),
        ("SVG", b"<svg"),
    ],
)
def test_it_is_saved_by_the_suffix(picture, tmp_path, suffix, start):
    path = picture.save(tmp_path / f"net.{suffix}")
    assert path.read_bytes().startswith(start)


def test_what_cannot_be_saved(picture, tmp_path):
    with pytest.raises(RenderError) as error:
        picture.save("net.jpg")
    assert str(error.value) == (
        "net.jpg has no suffix that is known here: .svg .png .pdf .dot .gv .mmd .txt"
    )
    missing = tmp_path / "none" / "net.txt"
    with pytest.raises(RenderError) as error:
        picture.save(missing)
    assert str(error.value) == f"{missing} cannot be written: No such file or directory"


def test_a_notebook_shows_the_svg(picture):
    bundle = picture._repr_mimebundle_()
    assert bundle["image/svg+xml"] == picture.svg == picture._repr_svg_()
    assert bundle["text/plain"] == picture.text == str(picture)


@pytest.fixture
def without_graphviz(monkeypatch):
    monkeypatch.setattr(rendering.shutil, "which", lambda name: None)
    monkeypatch.setattr(rendering.importlib.util, "find_spec", lambda name: None)


def test_without_graphviz_there_is_the_text_and_the_reason(picture, without_graphviz, tmp_path):
    bundle = picture._repr_mimebundle_()
    assert set(bundle) == {"text/plain"}
    assert bundle["text/plain"].startswith(picture.text + "\n(shown as text: no Graphviz was found")
    assert picture._repr_svg_() is None
    with pytest.raises(RenderError, match="pip install pygraphviz"):
        picture.save(tmp_path / "net.svg")
    assert list(tmp_path.iterdir()) == []
    assert picture.save(tmp_path / "net.dot").exists()


def test_more_boxes_than_can_be_laid_out():
    x = Tensor(1.0, requires_grad=True)
    for _ in range(2_000):
        x = x * 0.999
    picture = view.draw(x, full=True)
    with pytest.raises(RenderError) as error:
        _ = picture.svg
    assert str(error.value).startswith("2,001 boxes are more than the 2,000 that can be laid out: ")
    assert picture.text.count("= mul(") == 2_000
    assert "(shown as text: 2,001 boxes" in picture._repr_mimebundle_()["text/plain"]
    assert len(view.draw(x).svg) < 20_000


@pytest.mark.skipif(shutil.which("dot") is None, reason="no dot on the PATH")
def test_the_dot_on_the_path_is_used_first():
    assert Path(rendering.command("svg")[0]).name.startswith("dot")


@pytest.mark.parametrize("choice", [{"depth": 1}, {"full": True}])
def test_lenet_is_drawn_at_once(choice):
    model = LeNet5(rng=np.random.default_rng(0))
    x = np.zeros((32, 1, 28, 28), np.float32)
    start = sum(
        os.times()[:4]
    )  # of this process and of the one that lays it out, whatever else runs
    assert view.draw(model, x, **choice).svg
    assert sum(os.times()[:4]) - start < 1.0


def test_a_graph_that_was_released_says_so():
    x = Tensor(2.0, requires_grad=True)
    y = x * x
    assert view.draw(y).graph.notes == []
    y.backward()
    (note,) = view.draw(y).graph.notes
    assert note.startswith("A backward pass has released the graph of this Tensor: record the run")
