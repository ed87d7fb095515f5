"""Graphs that hypothesis grows, in minigrad and in an engine of single numbers, must agree everywhere.

The engine here knows the derivatives of ten functions of one or two numbers, a list of what was done,
and how to walk it backwards. Numpy lays its numbers out in arrays of objects, so that the broadcasting
is numpy's; all else that minigrad does with shapes, sharing and order is done here one number at a time.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from minigrad import OPS, Tensor, grad, no_grad

# ---- the engine of single numbers ----


class Number:
    """A float, and what it was computed from: pairs of a number and the partial derivative by it."""

    def __init__(self, value: float, came_from: tuple[tuple[Number, float], ...] = ()):
        self.value = value
        self.came_from = came_from

    def __add__(self, y: Number) -> Number:
        return Number(self.value + y.value, ((self, 1.0), (y, 1.0)))

    def __sub__(self, y: Number) -> Number:
        return Number(self.value - y.value, ((self, 1.0), (y, -1.0)))

    def __mul__(self, y: Number) -> Number:
        return Number(self.value * y.value, ((self, y.value), (y, self.value)))

    def __truediv__(self, y: Number) -> Number:
        slope = -self.value / (y.value * y.value)
        return Number(self.value / y.value, ((self, 1 / y.value), (y, slope)))

    def tanh(self) -> Number:
        return Number(math.tanh(self.value), ((self, 1 / math.cosh(self.value) ** 2),))

    def sin(self) -> Number:
        return Number(math.sin(self.value), ((self, math.cos(self.value)),))

    def relu(self) -> Number:
        return Number(max(self.value, 0.0), ((self, 1.0 if self.value > 0 else 0.0),))

    def __neg__(self) -> Number:
        return Number(-self.value, ((self, -1.0),))


def slopes(outputs: np.ndarray, weights: np.ndarray) -> dict[Number, tuple[float, float]]:
    """d<weights, outputs>/d(number) for every number that they came from, and the sum of |terms| of it."""
    order: list[Number] = []
    seen: set[Number] = set()
    waiting = [(number, False) for number in outputs.ravel()]
    while waiting:
        number, done = waiting.pop()
        if done:
            order.append(number)
        elif number not in seen:
            seen.add(number)
            waiting.append((number, True))
            waiting += [(source, False) for source, _ in number.came_from]
    totals = dict.fromkeys(order, (0.0, 0.0))

    def add(number: Number, slope: float, size: float) -> None:
        so_far = totals[number]
        totals[number] = (so_far[0] + slope, so_far[1] + abs(size))

    for number, weight in zip(outputs.ravel(), weights.ravel()):
        add(number, float(weight), float(weight))
    for number in reversed(order):
        for source, partial in number.came_from:
            slope, size = totals[number]
            add(source, slope * partial, size * partial)
    return totals


def numbers(array: np.ndarray) -> np.ndarray:
    """An array of new Numbers, which came from nowhere."""
    out = np.empty(array.shape, object)
    for i in np.ndindex(array.shape):
        out[i] = Number(float(array[i]))
    return out


def values(plain: np.ndarray) -> np.ndarray:
    return np.array([x.value for x in plain.ravel()]).reshape(plain.shape)


def each(f: Callable[[Number], Number]) -> Callable[[np.ndarray], np.ndarray]:
    return np.frompyfunc(f, 1, 1)


copied = each(lambda x: Number(x.value, ((x, 1.0),)))
"""New Numbers for what numpy only moved: the gradient by x is not that by x reshaped."""


# ---- the graphs ----

UNARY: dict[str, tuple[Callable[[Tensor], Tensor], Callable[[np.ndarray], Any]]] = {
    "tanh": (Tensor.tanh, each(Number.tanh)),
    "sin": (Tensor.sin, each(Number.sin)),
    "relu": (Tensor.relu, each(Number.relu)),
    "neg": (Tensor.__neg__, each(Number.__neg__)),
    "sum": (Tensor.sum, np.sum),
    "sum of columns": (lambda x: x.sum(axis=-1), lambda x: x.sum(axis=-1)),
    "flat": (lambda x: x.reshape(-1), lambda x: x.reshape(-1)),
    "transposed": (lambda x: x.T, lambda x: x.T),
    "picked twice": (lambda x: x[np.array([0, 0, -1])], lambda x: x[np.array([0, 0, -1])]),
    "detached": (Tensor.detach, lambda x: numbers(values(x))),
}
AXES = ("sum of columns", "picked twice")
BINARY = {
    "add": (Tensor.__add__, np.add),
    "sub": (Tensor.__sub__, np.subtract),
    "mul": (Tensor.__mul__, np.multiply),
    "div": (Tensor.__truediv__, np.true_divide),
}
shapes = st.sampled_from(((), (3,), (1,), (2, 3), (2, 1), (1, 3)))
seeds = st.integers(0, 99)
places = st.integers(0, 9)
LARGEST = 100.0


class RandomGraphs(RuleBasedStateMachine):
    """Pairs of a Tensor and an array of Numbers, computed alike and shared by what comes later."""

    @initialize(shape=shapes, seed=seeds)
    def start(self, shape: tuple[int, ...], seed: int) -> None:
        self.pairs: list[tuple[Tensor, np.ndarray]] = []
        self.leaves: list[tuple[Tensor, np.ndarray, np.ndarray, np.ndarray]] = []
        self.leaf(shape, seed)

    @rule(shape=shapes, seed=seeds)
    def leaf(self, shape: tuple[int, ...], seed: int) -> None:
        data = np.random.default_rng(seed).uniform(-1.5, 1.5, shape)
        tensor, plain = Tensor(data, requires_grad=True), numbers(data)
        self.leaves.append((tensor, plain, np.zeros(shape), np.zeros(shape)))
        self.pairs.append((tensor, plain))

    def at(self, place: int) -> tuple[Tensor, np.ndarray]:
        """The newest first, so that graphs grow deep."""
        return self.pairs[-1 - place % len(self.pairs)]

    def keep(self, tensor: Tensor, plain: Any) -> None:
        plain = np.array(plain, dtype=object)
        if np.abs(values(plain)).max() < LARGEST:
            self.pairs.append((tensor, plain))

    @rule(name=st.sampled_from(sorted(UNARY)), place=places)
    def apply_one(self, name: str, place: int) -> None:
        tensor, plain = self.at(place)
        if plain.ndim or name not in AXES:
            ours, theirs = UNARY[name]
            self.keep(ours(tensor), copied(np.array(theirs(plain), dtype=object)))

    @rule(name=st.sampled_from(sorted(BINARY)), left=places, right=places, recorded=st.booleans())
    def apply_two(self, name: str, left: int, right: int, recorded: bool) -> None:
        (x, plain_x), (y, plain_y) = self.at(left), self.at(right)
        try:
            np.broadcast_shapes(x.shape, y.shape)
        except ValueError:
            return
        if name == "div" and np.abs(y.data).min() < 0.1:
            return
        ours, theirs = BINARY[name]
        with contextlib.nullcontext() if recorded else no_grad():
            out = ours(x, y)
        plain = np.array(theirs(plain_x, plain_y), dtype=object)
        self.keep(out, plain if recorded else numbers(values(plain)))

    @rule(place=places, seed=seeds)
    def backward(self, place: int, seed: int) -> None:
        """Gradients accumulate on the leaves, over all the passes that there have been."""
        tensor, plain = self.at(place)
        if tensor.requires_grad:
            v = np.random.default_rng(seed).normal(size=tensor.shape)
            tensor.backward(v, retain_graph=True)
            found = slopes(plain, v)
            for leaf, own, total, size in self.leaves:
                for i in np.ndindex(own.shape):
                    slope, terms = found.get(own[i], (0.0, 0.0))
                    total[i] += slope
                    size[i] += terms
                if leaf.grad is not None:
                    agree(leaf.grad.data, total, size)
                else:
                    assert not size.any(), "a leaf that was reached has no gradient"

    @rule(place=places, inner=places, seed=seeds)
    def differentiate_by_an_inner_tensor(self, place: int, inner: int, seed: int) -> None:
        (tensor, plain), (x, plain_x) = self.at(place), self.at(inner)
        if tensor.requires_grad and x.requires_grad:
            v = np.random.default_rng(seed).normal(size=tensor.shape)
            (g,) = grad(tensor, x, v, retain_graph=True, allow_unused=True)
            found = slopes(plain, v)
            pairs = [found.get(number, (0.0, 0.0)) for number in plain_x.ravel()]
            slope, terms = np.array(pairs).T.reshape(2, *x.shape)
            agree(np.zeros(x.shape) if g is None else g.data, slope, terms)

    @invariant()
    def newest_values_agree(self) -> None:
        if getattr(self, "pairs", None):
            tensor, plain = self.pairs[-1]
            agree(tensor.data, values(plain), np.full(tensor.shape, LARGEST))

    def teardown(self) -> None:
        for tensor, plain in getattr(self, "pairs", []):
            agree(tensor.data, values(plain), np.full(tensor.shape, LARGEST))


def agree(got: np.ndarray, wanted: np.ndarray, size: np.ndarray) -> None:
    """Equal but for rounding, which is in proportion to the terms that were added up."""
    assert got.shape == wanted.shape
    assert (np.abs(got - wanted) <= 1e-11 * size).all(), f"{got} in the place of {wanted}"


TestRandomGraphs = RandomGraphs.TestCase
TestRandomGraphs.settings = settings(
    max_examples=settings.default.max_examples * 20, stateful_step_count=30
)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("mul", lambda g, out, x, y: g * out),
        ("add", lambda g, out, x, y: g * (g > 0)),
        ("sum", lambda g, out, x, axis, keepdims: 0 * x + 1),
        ("relu", lambda g, out, x: g),
    ],
)
def test_a_wrong_rule_does_not_go_unnoticed(name, wrong, monkeypatch):
    monkeypatch.setattr(OPS[name], "rules", (wrong, *OPS[name].rules[1:]))
    search = settings(max_examples=5_000, stateful_step_count=30, phases=[Phase.generate])
    with pytest.raises(AssertionError):
        run_state_machine_as_test(RandomGraphs, settings=search)
