"""The domain of an op: where it may be evaluated. The tests and the checks read it from the register.

Every op states its `cases`, a function that returns one random valid call. So the op can be tested by code
that knows nothing else about it. The random choices come from a `Draw`: a numpy generator (here), or
hypothesis, which searches for the smallest call that fails. Every op also states its `rejects`, calls that
must raise, with the words of the message.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

from minigrad.generators import Rng, require_generator
from minigrad.typing import Array, Shape

Option = TypeVar("Option")


@dataclass(frozen=True)
class Case:
    """One valid call: the arrays by position (None for an optional one left out), and the parameters."""

    inputs: tuple[Any, ...]
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Reject:
    """A call that must raise `error`, with a message in which the regular expression `words` is found."""

    error: type[Exception]
    words: str
    inputs: tuple[Any, ...]
    params: dict[str, Any] = field(default_factory=dict)


Cases = Callable[["Draw"], Case]


@dataclass(frozen=True)
class Domain:
    """An interval of valid values, and the kinks in it that a finite difference must not step across.

    scales    powers of ten by which the values may be multiplied
    distinct  no two elements are close to each other: for ops that select the largest one
    """

    low: float
    high: float
    kinks: tuple[float, ...] = ()
    scales: tuple[int, ...] = (0,)
    distinct: bool = False

    def values(self, rng: np.random.Generator, shape: Shape, nearness: int, scale: int) -> Array:
        """Random values. Values close to a kink are moved to a distance of about 10**-nearness from it."""
        size = int(np.prod(shape))
        if self.distinct:
            places = (rng.permutation(size) + rng.uniform(0.25, 0.75, size)) / max(size, 1)
            x = self.low + (self.high - self.low) * places
        else:
            x = rng.uniform(self.low, self.high, size)
        for kink in self.kinks:
            margin = 10.0**-nearness * max(abs(kink), 1.0)
            close = np.abs(x - kink) < max(margin, 0.05 * (nearness > 1))
            x = np.where(
                close, kink + np.where(x < kink, -1, 1) * margin * rng.uniform(1, 2, size), x
            )
        return (x * 10.0**scale).reshape(shape)


REAL = Domain(-2.0, 2.0, scales=(-4, -2, 0, 0, 0, 1, 3))
MODEST = Domain(-3.0, 3.0, scales=(-3, 0, 0, 0))
POSITIVE = Domain(0.1, 3.0, scales=(-4, 0, 0, 0, 3))
NONZERO = Domain(-2.0, 2.0, kinks=(0.0,), scales=(-4, 0, 0, 0, 3))
DISTINCT = Domain(-3.0, 3.0, distinct=True, scales=(-2, 0, 0, 2))


class Draw(ABC):
    """A source of random choices. Subclasses define two methods; the others call them."""

    @abstractmethod
    def integer(self, low: int, high: int) -> int:
        """An integer from low to high, both included. A search for a small example tries low first."""

    @abstractmethod
    def generator(self) -> np.random.Generator:
        """A generator for the values in arrays."""

    def choice(self, options: Sequence[Option]) -> Option:
        return options[self.integer(0, len(options) - 1)]

    def boolean(self) -> bool:
        return self.integer(0, 1) == 1

    def number(self, low: float, high: float) -> float:
        return float(self.generator().uniform(low, high))

    def side(self, low: int = 1, high: int = 4) -> int:
        return self.integer(low, high)

    def shape(self, min_ndim: int = 0, max_ndim: int = 3, min_side: int = 0) -> Shape:
        """A shape. If `min_side` is 0, a side is 0 from time to time."""
        sides = [self.integer(1, 4) for _ in range(self.integer(min_ndim, max_ndim))]
        if min_side == 0 and sides and self.integer(0, 9) == 9:
            sides[self.integer(0, len(sides) - 1)] = 0
        return tuple(sides)

    def broadcastable(self, count: int, max_ndim: int = 3) -> list[Shape]:
        """Shapes that broadcast against each other: with leading axes dropped, and sides replaced by 1."""
        full = self.shape(0, max_ndim)
        shapes = []
        for _ in range(count):
            kept = full[self.integer(0, len(full)) :] if self.boolean() else full
            shapes.append(tuple(1 if self.integer(0, 3) == 3 else n for n in kept))
        return shapes

    def axis(self, ndim: int, *, several: bool = True) -> int | tuple[int, ...] | None:
        """None, one axis (counted from either end), or a tuple of axes."""
        kind = self.integer(0, 2 if several and ndim else 1 if ndim else 0)
        if kind == 0:
            return None
        if kind == 1:
            return self.integer(-ndim, ndim - 1)
        chosen = [axis for axis in range(ndim) if self.boolean()]
        return tuple(axis - ndim if self.boolean() else axis for axis in chosen)

    def array(self, shape: Shape, domain: Domain = REAL) -> Array:
        """Values from the domain, at a random scale and a random distance from its kinks."""
        scale = self.choice(sorted(domain.scales, key=abs))
        nearness = self.choice((1, 1, 2, 4, 7)) if domain.kinks else 1
        return domain.values(self.generator(), shape, nearness, scale)


class RandomDraw(Draw):
    """Choices from a numpy generator."""

    def __init__(self, rng: Rng):
        self.rng = require_generator("RandomDraw", rng)

    def integer(self, low: int, high: int) -> int:
        return int(self.rng.integers(low, high, endpoint=True))

    def generator(self) -> np.random.Generator:
        return self.rng


# ---- the cases that many ops share ----


def elementwise(domain: Domain = REAL) -> Cases:
    """One array of any shape."""
    return lambda draw: Case((draw.array(draw.shape(), domain),))


def broadcasting(*domains: Domain) -> Cases:
    """One array for each domain, of shapes that broadcast against each other."""

    def cases(draw: Draw) -> Case:
        shapes = draw.broadcastable(len(domains))
        return Case(tuple(draw.array(s, d) for s, d in zip(shapes, domains)))

    return cases


def reducing(
    domain: Domain = REAL, *, several: bool = True, min_side: int = 0, **extra: Any
) -> Cases:
    """One array, `axis` and `keepdims`; `extra` holds the options of further parameters."""

    def cases(draw: Draw) -> Case:
        shape = draw.shape(0, 3, min_side)
        params = {"axis": draw.axis(len(shape), several=several), "keepdims": draw.boolean()}
        params |= {name: draw.choice(options) for name, options in extra.items()}
        return Case((draw.array(shape, domain),), params)

    return cases
