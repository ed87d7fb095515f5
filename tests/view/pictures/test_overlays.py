"""Colours by a measure come with numbers, and what is wrong with a gradient is said in words."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import Tensor, nn, view
from minigrad.errors import ParameterError
from minigrad.view.pictures.graph import LEVELS


def box(picture, name):
    (found,) = [b for b in picture.graph.boxes if name in (b.title, b.name)]
    return found


def texts(picture, name):
    return [line.text for line in box(picture, name).lines]


def chain(factor, times):
    """A trace of x * factor * factor * ..."""
    with view.trace() as t:
        x = Tensor(np.full(3, 2.0), requires_grad=True)
        y = x
        for _ in range(times):
            y = y * factor
        total = y.sum()
        total.backward()
    return t


def test_colours_are_by_the_logarithm_of_the_gradient():
    picture = view.draw(chain(0.1, 5), overlay="gradient", full=True)
    levels = [b.level for b in picture.graph.boxes]
    assert levels == [0, 1, 2, 3, 4, 5, 5] or levels == sorted(levels)
    assert levels[0] == 0
    assert levels[-1] == LEVELS - 1
    assert "grad rms 1e-05" in texts(picture, "x")
    assert picture.graph.legend[0].startswith("gradient rms from 1e-05")
    assert 'class="node op level-5"' in picture.svg


@pytest.mark.parametrize(
    ("factor", "said"), [(0.01, "vanishing"), (100.0, "exploding"), (0.5, None)]
)
def test_what_vanishes_and_what_explodes_is_said(factor, said):
    lines = texts(view.draw(chain(factor, 4), overlay="gradient", full=True), "x")
    assert {line for line in lines if line in ("vanishing", "exploding")} == (
        {said} if said else set()
    )


def test_in_a_fold_those_that_vanish_are_counted():
    """x * 0.1, 12 times: the gradients of the sums are 10^0 to 10^-11, and five are below 10^-6."""
    with view.trace() as t:
        blocks = nn.Sequential(*[Scale() for _ in range(12)])
        blocks(Tensor(np.full(3, 2.0), requires_grad=True)).sum().backward()
    assert "5 of 12 vanishing" in texts(view.draw(t, overlay="gradient"), "add")


class Scale(nn.Module):
    def forward(self, x):
        return x * 0.1 + 1.0


def test_dead_units_are_counted_over_a_batch_that_can_tell():
    rows = [[1.0, -1.0, -2.0, 3.0], [2.0, -1.0, 5.0, -3.0]]

    def said(batch):
        x = Tensor(np.array(batch), requires_grad=True)
        with view.trace() as t:
            mg.relu(x).sum().backward()
        return texts(view.draw(t, overlay="gradient"), "relu")

    assert "25% of the units dead (0 in all 8)" in said(rows * 4)
    assert "dead" not in "".join(said((rows * 4)[:7]))


def test_the_first_nan_is_marked_forwards_and_backwards():
    x = Tensor([1.0, -1.0], requires_grad=True)
    with view.trace() as t, np.errstate(all="ignore"):
        a = x * 2.0
        root = mg.sqrt(a)
        (root * 3.0).sum().backward()
    picture = view.draw(t, overlay="gradient")
    assert "the first nan is in this value" in texts(picture, "root")
    assert str(picture).count("the first nan") == 2
    assert "grad nan" in texts(picture, "a")
    assert "grad nan" in texts(picture, "x")
    assert "the first nan in a gradient is computed here" in texts(picture, "root")


def test_a_nan_that_only_the_backward_pass_makes():
    x = Tensor([0.0, 4.0], requires_grad=True)
    with view.trace() as t, np.errstate(all="ignore"):
        root = mg.sqrt(x)
        (root * 0.0).sum().backward()
    picture = view.draw(t, overlay="gradient")
    assert "is in this value" not in str(picture)
    assert "the first nan in a gradient is computed here" in texts(picture, "root")


def test_memory_is_what_the_nodes_hold(tower):
    picture = view.draw(tower, overlay="memory", depth=0)
    inside = [tower.nodes[int(key)].held for key in box(picture, "Tower").nodes]
    assert f"holds {sum(inside) / 1000:.1f} kB" in texts(picture, "Tower")
    total = sum(node.held for node in tower.nodes)
    note = f"{total / 1000:.1f} kB are held for the backward pass, besides what was given"
    assert note in picture.graph.notes


def test_times_add_up(tower):
    picture = view.draw(tower, overlay="time", depth=0)
    shares = [
        float(line.text.rpartition(", ")[2].rstrip("%"))
        for b in picture.graph.boxes
        for line in b.lines
        if line.text.endswith("%")
    ]
    assert sum(shares) == pytest.approx(100, abs=len(shares))
    assert any(
        note.endswith("in all, in ops and their gradient rules") for note in picture.graph.notes
    )


@pytest.mark.parametrize(
    ("overlay", "said"),
    [
        ("gradient", "draw: overlay='gradient' needs gradients: record a backward pass too"),
        ("memory", "draw: overlay='memory' needs a recorded graph"),
        ("time", "draw: overlay='time' needs times: draw the view.trace() of a run"),
        ("hue", "draw: overlay='hue' must be 'gradient', 'memory' or 'time'"),
    ],
)
def test_an_overlay_without_its_numbers_is_refused(tmp_path, overlay, said):
    with view.trace() as t:
        mg.sin(Tensor([1.0]))
    t.save(tmp_path / "t.json")
    with pytest.raises(ParameterError) as error:
        view.draw(view.Trace.load(tmp_path / "t.json"), overlay=overlay)
    assert str(error.value).startswith(said)
