"""Hypothesis strategies for gradients: shapes, arrays with domains and kinks, calls of ops, whole graphs.

Hypothesis chooses, and shrinks, what has a structure: shapes, axes, parameters, scales, distances from a
kink, the ops of a graph. The values in arrays come from a generator whose seed it chooses: a float that
is simpler is no simpler gradient.

Needs hypothesis: pip install 'minigrad-edu[check]'.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from minigrad.check.expressions import Expression, grown
from minigrad.domain import REAL, Case, Domain, Draw
from minigrad.errors import MissingPackageError
from minigrad.op import Op
from minigrad.typing import Array, Shape

try:
    from hypothesis import configuration
    from hypothesis import strategies as st
except ImportError as missing:
    raise MissingPackageError(
        "minigrad.check.strategies and check.property need hypothesis, which is not installed: "
        "pip install 'minigrad-edu[check]'"
    ) from missing

seeds = st.integers(0, 2**32 - 1)


@contextlib.contextmanager
def storage() -> Iterator[None]:
    """Where hypothesis keeps what it has seen: wherever it has a folder already, and under pytest.

    Anywhere else, in a script or a notebook, a folder that goes away: nothing is left behind.
    """
    found = configuration.storage_directory(intent_to_write=False)
    home: Any = getattr(found, "home_directory", found)  # a plain path in older versions
    if "PYTEST_CURRENT_TEST" in os.environ or home.exists():
        yield
        return
    with tempfile.TemporaryDirectory() as folder:
        configuration.set_hypothesis_home_dir(folder)
        try:
            yield
        finally:
            configuration.set_hypothesis_home_dir(home)


class HypothesisDraw(Draw):
    """Shapes and parameters drawn, and shrunk, by hypothesis; values from a seed."""

    def __init__(self, draw: st.DrawFn):
        self.draw = draw
        self.rng = np.random.default_rng(draw(seeds))

    def integer(self, low: int, high: int) -> int:
        return self.draw(st.integers(low, high))

    def generator(self) -> np.random.Generator:
        return self.rng


@st.composite
def drawn(draw: st.DrawFn, recipe: Callable[[Draw], Any]) -> Any:
    """What a recipe makes of the choices that hypothesis takes: `cases` of an op, or one's own."""
    return recipe(HypothesisDraw(draw))


def cases(op: Op) -> st.SearchStrategy[Case]:
    """Valid calls of an op, from the register: its inputs and its parameters."""
    return drawn(op.cases)


def shapes(min_ndim: int = 0, max_ndim: int = 3, min_side: int = 0) -> st.SearchStrategy[Shape]:
    """Small shapes, () among them and, if `min_side` is 0, some with a side of 0."""
    return drawn(lambda draw: draw.shape(min_ndim, max_ndim, min_side))


def broadcastable_shapes(count: int, max_ndim: int = 3) -> st.SearchStrategy[list[Shape]]:
    """Shapes that broadcast against each other: with leading axes missing, and sides of 1, in any of them."""
    return drawn(lambda draw: draw.broadcastable(count, max_ndim))


def arrays(
    domain: Domain = REAL, shape: Shape | st.SearchStrategy[Shape] | None = None
) -> st.SearchStrategy[Array]:
    """Arrays of values in a domain: at one of its scales, close to its kinks but never on them."""
    of_shape = shapes() if shape is None else shape
    if isinstance(of_shape, tuple):
        of_shape = st.just(of_shape)
    return of_shape.flatmap(lambda s: drawn(lambda draw: draw.array(s, domain)))


def expressions(max_steps: int = 8) -> st.SearchStrategy[Expression]:
    """Random graphs of ops whose values stay finite and off the kinks; `str` is a program of them."""
    return drawn(lambda draw: grown(draw, max_steps))
