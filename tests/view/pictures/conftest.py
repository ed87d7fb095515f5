"""The computations that the pictures are tested on, as traces."""

from __future__ import annotations

import numpy as np
import pytest

import minigrad as mg
from minigrad import Tensor, nn, view


class Block(nn.Module):
    def __init__(self, width, rng):
        self.norm = nn.LayerNorm(width)
        self.linear = nn.Linear(width, width, rng=rng)

    def forward(self, x):
        return x + mg.relu(self.linear(self.norm(x)))


class Tower(nn.Module):
    """A layer, many identical blocks, and a layer."""

    def __init__(self, blocks, rng, width=6):
        self.stem = nn.Linear(4, width, rng=rng)
        self.blocks = nn.Sequential(*[Block(width, rng) for _ in range(blocks)])
        self.head = nn.Linear(width, 3, rng=rng)

    def forward(self, x):
        return self.head(self.blocks(self.stem(x)))


class Cell(nn.Module):
    def __init__(self, rng):
        self.input = nn.Linear(4, 3, rng=rng)
        self.hidden = nn.Linear(3, 3, rng=rng)

    def forward(self, x, h):
        return mg.tanh(self.input(x) + self.hidden(h))


class Recurrent(nn.Module):
    """One cell, called for every step of the input: the same parameters each time."""

    def __init__(self, rng):
        self.cell = Cell(rng)

    def forward(self, x):
        h = Tensor(np.zeros((len(x), 3), np.float32))
        for step in range(x.shape[1]):
            h = self.cell(x[:, step], h)
        return h


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def tower(rng):
    """A trace of twelve blocks, forwards and backwards."""
    model, x = Tower(12, rng), rng.normal(size=(5, 4)).astype(np.float32)
    with view.trace() as t:
        (model(Tensor(x)) * 2.0).mean().backward()
    return t


@pytest.fixture
def recurrent(rng):
    model, x = Recurrent(rng), rng.normal(size=(2, 4, 4)).astype(np.float32)
    with view.trace() as t:
        model(Tensor(x)).mean().backward()
    return t


@pytest.fixture
def scalars():
    """A trace of a few numbers, all exact in binary, with a gradient for each."""

    def f(x, w, b):
        h = mg.abs(x * w + b)
        y = h * h
        return y - x / 2.0

    return view.trace(f, 2.0, -0.5, 0.25)


def recorded(t):
    """All uses of a tensor in a trace, one for each slot, as (source, target, slot)."""
    return sorted(
        (str(s.node), str(node.id), i)
        for node in t.nodes
        for i, s in enumerate(node.slots)
        if s.node is not None
    )


def counted(graph):
    """All uses of a tensor that a picture draws, or counts inside of a box."""
    uses = [use for edge in graph.edges for use in edge.uses]
    uses += [use for inside in graph.inside.values() for use in inside]
    return sorted(tuple(use) for use in uses)


@pytest.fixture(scope="session")
def edges_are_recorded():
    """A check: each node is in one box, and each use of a tensor in one edge or inside one box."""

    def check(t, graph):
        assert sorted(key for box in graph.boxes for key in box.nodes) == sorted(
            str(node.id) for node in t.nodes
        )
        assert counted(graph) == recorded(t)
        box_of = {key: i for i, box in enumerate(graph.boxes) for key in box.nodes}
        for edge in graph.edges:
            for use in edge.uses:
                assert (box_of[use.source], box_of[use.target]) == (edge.tail, edge.head)
        for i, uses in graph.inside.items():
            for use in uses:
                assert box_of[use.source] == box_of[use.target] == i

    return check
