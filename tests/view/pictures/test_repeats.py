"""Identical neighbours are folded, what is not identical is not, and the label is honest."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import Tensor, nn, view
from minigrad.view.pictures.runs import FEWEST


def notes(picture):
    return [c.note for c in picture.graph.clusters if c.note]


def sequence(*layers):
    return view.draw(nn.Sequential(*layers), np.ones((2, 3), np.float32))


def test_identical_blocks_with_parameters_of_their_own(tower):
    picture = view.draw(tower)
    assert notes(picture) == ["×12, separate parameters"]
    (fold,) = [c for c in picture.graph.clusters if c.note]
    assert fold.title == "0 … 11  Block"
    assert sorted({b.times for b in picture.graph.boxes}) == [1, 12]
    assert sorted(e.label for e in picture.graph.edges if e.back) == ["x ×11", "×11"]


def test_one_cell_called_many_times(recurrent):
    picture = view.draw(recurrent)
    assert notes(picture) == ["×4, the same parameters"]
    (fold,) = [c for c in picture.graph.clusters if c.note]
    assert fold.title == "getitem, Cell"


def test_layers_that_share_a_parameter_only_in_part(rng):
    shared = nn.Linear(3, 3, rng=rng)
    blocks = [nn.Sequential(shared, nn.Linear(3, 3, rng=rng), nn.Tanh()) for _ in range(3)]
    assert notes(sequence(*blocks)) == ["×3, partly shared parameters"]


def test_a_layer_and_its_activation_repeat_together(rng):
    layers = [part for _ in range(4) for part in (nn.Linear(3, 3, rng=rng), nn.ReLU())]
    picture = sequence(*layers)
    assert notes(picture) == ["×4, separate parameters"]
    (fold,) = [c for c in picture.graph.clusters if c.note]
    assert fold.title == "Linear, relu"


@pytest.mark.parametrize("change", ["shape", "op", "bias", "parameter"])
def test_what_differs_is_not_folded(rng, change):
    def block(width, activation, bias=True):
        return nn.Sequential(
            nn.Linear(3, width, bias=bias, rng=rng), activation, nn.Linear(width, 3, rng=rng)
        )

    odd = {
        "shape": lambda: block(5, nn.ReLU()),
        "op": lambda: block(4, nn.Tanh()),
        "bias": lambda: block(4, nn.ReLU(), bias=False),
        "parameter": lambda: nn.Sequential(
            nn.Linear(3, 4, rng=rng), nn.LeakyReLU(0.3), nn.Linear(4, 3, rng=rng)
        ),
    }[change]()
    usual = nn.ReLU() if change != "parameter" else nn.LeakyReLU(0.1)
    assert notes(sequence(*[block(4, usual) for _ in range(4)])) == ["×4, separate parameters"]
    middle = [block(4, usual), block(4, usual), odd, block(4, usual), block(4, usual)]
    assert notes(sequence(*middle)) == []


def test_two_are_too_few(rng):
    blocks = [nn.Sequential(nn.Linear(3, 3, rng=rng), nn.Tanh()) for _ in range(FEWEST - 1)]
    assert notes(sequence(*blocks)) == []


def test_leaves_that_only_one_turn_uses_are_folded_with_it():
    with view.trace() as t:
        y = Tensor(np.ones((2, 2)), requires_grad=True)
        weights = [Tensor(np.eye(2), requires_grad=True) for _ in range(30)]
        for w in weights:
            y = mg.tanh(y @ w)
    picture = view.draw(t, budget=20)
    assert len(picture.graph.boxes) == 4
    assert notes(picture) == ["×30, separate parameters"]
    assert sorted(b.times for b in picture.graph.boxes) == [1, 30, 30, 30]


def test_two_that_differ_only_in_how_they_are_joined(rng):
    """x + f(x) and f(x) + f(x) are the same ops on the same shapes."""

    class Odd(nn.Module):
        def __init__(self, residual):
            self.linear, self.residual = nn.Linear(3, 3, rng=rng), residual

        def forward(self, x):
            h = self.linear(x)
            return (x if self.residual else h) + h

    assert notes(sequence(*[Odd(True) for _ in range(3)])) == ["×3, separate parameters"]
    assert notes(sequence(Odd(True), Odd(False), Odd(True))) == []
