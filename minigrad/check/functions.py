"""What a property is asked of: an op, a function of Tensors, a layer or a numpy pair, all seen alike.

Each has a value at a `Case`, and pulls an upstream gradient back to the slots of the case through which
gradients flow. And it says how far rounding may carry two computations of the same thing.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from minigrad.check.report import Report
from minigrad.domain import Case
from minigrad.typing import Array


class Function(ABC):
    """A differentiable function of the arrays in a case.

    broadcasts   whether inputs may be stretched, and their gradients are summed back
    core_axes    how many of the last axes are not: those of the matrices in a product of stacks
    """

    name: str
    broadcasts: bool = False
    core_axes: int = 0

    @abstractmethod
    def slots(self, case: Case) -> list[int]:
        """The inputs that gradients flow to: labels, masks and conditions are none."""

    @abstractmethod
    def value(self, case: Case) -> Array: ...

    @abstractmethod
    def pull(self, case: Case, upstream: Array) -> list[Array]:
        """The gradients of <upstream, value>, one for each slot."""

    @abstractmethod
    def rounding(
        self, case: Case, upstream: Array, rng: np.random.Generator
    ) -> tuple[float, float]:
        """The rounding terms of the value, and those of its gradients."""

    @abstractmethod
    def report(self, case: Case, seed: int = 0) -> Report:
        """All there is to be said of the gradient at one case: see `check.gradient` and its friends."""


def is_array(x: Any) -> bool:
    return isinstance(x, np.ndarray | np.generic)


def floats(inputs: Sequence[Any]) -> list[int]:
    """Where the arrays of floats are."""
    return [i for i, x in enumerate(inputs) if is_array(x) and x.dtype.kind == "f"]


def with_arrays(case: Case, change: Callable[[Array], Array]) -> Case:
    """The case with `change` applied to its arrays."""
    return Case(tuple(change(x) if is_array(x) else x for x in case.inputs), case.params)


def moved(function: Function, case: Case, xs: Sequence[Array]) -> Case:
    """The case with other arrays in its slots."""
    arrays = list(case.inputs)
    for i, x in zip(function.slots(case), xs):
        arrays[i] = x
    return Case(tuple(arrays), case.params)


def random_upstream(like: Any, rng: np.random.Generator) -> Array:
    """Of mixed signs and never close to 0, nor all alike: ones would hide whole classes of errors."""
    v = rng.standard_normal(np.shape(like))
    return np.asarray(np.where(v < 0, v - 0.1, v + 0.1), np.asarray(like).dtype)


def flat(arrays: Sequence[Any]) -> Array:
    return np.concatenate([np.ravel(x) for x in arrays])
