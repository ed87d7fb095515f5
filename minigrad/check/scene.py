"""A fresh draw of inputs and upstream gradient, with what f and the claimed gradient make of it.

Bugs are told apart by what they do to the numbers, so the numbers must be generic: every element is
scaled at random, and its sign drawn where f allows, for on positive inputs alone a bug that spares them
is not to be seen. The Jacobian is found by differences: with it the gradient for every upstream gradient
is known, and no further evaluation is needed for a hypothesis about the latter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from minigrad.check.subject import Subject
from minigrad.check.trial import Bench, sizes, upstream
from minigrad.typing import Array

COLUMNS = 400
"""Of inputs with more elements, some are drawn at random and the others stay unknown (nan)."""

DRAWN = 64

LARGEST = 4_000_000
"""Of how many elements a Jacobian may be."""

DIFFERENT = 1e-6
"""Two gradients differ, or a prediction fails, by more than this share of the largest element."""


@dataclass(frozen=True)
class Jacobian:
    """d out / d x, those of its columns that are known.

    matrix    (out.size, number of known columns)
    columns   which elements of x they belong to
    size      of x
    """

    matrix: Array
    columns: Array
    size: int

    def pulled(self, w: Array) -> Array:
        """J^T w, nan where it is not known."""
        g = np.full(self.size, np.nan)
        g[self.columns] = w.ravel() @ self.matrix
        return g

    def diagonal(self) -> Array:
        """d out_i / d x_i, nan where it is not known."""
        d = np.full(self.size, np.nan)
        d[self.columns] = self.matrix[self.columns, np.arange(self.columns.size)]
        return d

    def pushed(self, v: Array) -> Array:
        """J v, nan if not all columns are known."""
        if self.columns.size < self.size:
            return np.full(len(self.matrix), np.nan)
        return np.asarray(self.matrix @ v.ravel())


@dataclass(frozen=True)
class Scene:
    """One draw, seen from the input at `place`.

    f           of this input alone, the others being fixed
    inputs      all of them
    out         f(*inputs)
    v           the upstream gradient
    claimed     the gradients that were returned, all of them
    jacobian    d out / d x, found by differences
    """

    subject: Subject
    place: int
    inputs: tuple[Array, ...]
    out: Array
    v: Array
    claimed: tuple[Array, ...]
    jacobian: Jacobian

    @property
    def x(self) -> Array:
        return self.inputs[self.place]

    @property
    def g(self) -> Array:
        return self.claimed[self.place]

    @cached_property
    def numeric(self) -> Array:
        """The gradient as it should be."""
        return self.pulled(self.v)

    def pulled(self, w: Array) -> Array:
        """The correct gradient of <w, f>."""
        return self.jacobian.pulled(w).reshape(self.x.shape)

    @cached_property
    def elementwise(self) -> bool:
        """Whether each output depends on its own input alone."""
        if self.out.shape != self.x.shape or self.out.size < 2:
            return False
        known, matrix = self.jacobian.columns, self.jacobian.matrix
        rest = matrix.copy()
        rest[known, np.arange(known.size)] = 0.0
        return bool(np.abs(rest).max(initial=0.0) <= 1e-7 * np.abs(matrix).max())

    @cached_property
    def diagonal(self) -> Array:
        """d out_i / d x_i, for an f that returns the shape it is given."""
        return self.jacobian.diagonal().reshape(self.x.shape)

    def derivative_at(self, x: Array) -> Array:
        """The derivative of an elementwise f at other inputs."""
        with np.errstate(all="ignore"):
            return extrapolated(lambda h: self._moved(x, h))

    def _moved(self, x: Array, h: float) -> Array:
        ahead, behind = (self.subject.value(*self._with(x + s * h)) for s in (1.0, -1.0))
        return np.asarray((ahead - behind) / (2 * h))

    def _with(self, x: Array) -> list[Array]:
        return [x if k == self.place else each for k, each in enumerate(self.inputs)]


def extrapolated(difference: Callable[[float], Array]) -> Array:
    """The limit of D(h) for h to 0, from four steps: Romberg's table."""
    table = [difference(2.0**-k) for k in (14, 15, 16, 17)]
    for level in (1, 2, 3):
        weight = 4.0**level
        table = [(weight * b - a) / (weight - 1) for a, b in zip(table, table[1:])]  # noqa: RUF007
    return table[0]


def jacobian(
    subject: Subject,
    inputs: tuple[Array, ...],
    place: int,
    rng: np.random.Generator,
    wanted: int = 0,
) -> Jacobian:
    """d out / d inputs[place], by differences of four steps in each column that is looked at.

    Of very many columns only some are: that of the element `wanted` among them.
    """
    x = inputs[place]
    out = subject.value(*inputs)
    if x.size <= COLUMNS and x.size * out.size <= LARGEST:
        columns = np.arange(x.size)
    else:
        count = min(DRAWN, max(8, LARGEST // max(out.size, 1)))
        columns = np.union1d(rng.permutation(x.size)[:count], [wanted])
    far = sizes(inputs)[sum(each.size for each in inputs[:place]) :][: x.size]
    found = np.empty((out.size, columns.size))
    moved = [each.copy() for each in inputs]

    def difference(i: int, h: float) -> Array:
        values = []
        for sign in (1.0, -1.0):
            moved[place] = x.copy()
            moved[place].flat[i] += sign * h * far[i]
            values.append((subject.value(*(m.copy() for m in moved)), moved[place].flat[i]))
        (ahead, high), (behind, low) = values
        return np.asarray((ahead - behind).ravel() / (high - low))

    with np.errstate(all="ignore"):
        for k, i in enumerate(columns):
            found[:, k] = extrapolated(lambda h, i=i: difference(int(i), h))  # type: ignore[misc]
    finite = np.isfinite(found).all(axis=0)
    return Jacobian(found[:, finite], columns[finite], x.size)


def scenes(bench: Bench, place: int, wanted: int, signs: bool) -> Iterator[Scene]:
    """Draws around the inputs at which all is finite; with `signs`, each element's sign is drawn too."""
    subject, rng = bench.subject, bench.rng
    for _ in range(12):
        inputs = tuple(shaken(x, rng, signs) for x in subject.inputs)
        try:
            with np.errstate(all="ignore"):
                out = subject.value(*(x.copy() for x in inputs))
                if not np.all(np.isfinite(out)) or out.shape != bench.shape:
                    continue
                v = upstream(subject, out.shape, rng)
                claimed = subject.gradients(v, inputs)
                columns = jacobian(subject, inputs, place, rng, wanted)
        except Exception:  # outside of f's domain, or of the gradient's
            continue
        if columns.columns.size >= min(8, columns.size):
            yield Scene(subject, place, inputs, out, v, claimed, columns)


def shaken(x: Array, rng: np.random.Generator, signs: bool) -> Array:
    """x with every element scaled by 0.5 to 1.5, and zeros made small numbers."""
    largest = float(np.abs(x).max(initial=0.0)) or 1.0
    filled = np.where(x == 0, largest * rng.uniform(-0.5, 0.5, x.shape), x)
    factor = rng.uniform(0.5, 1.5, x.shape)
    return np.asarray(filled * factor * (rng.choice([-1.0, 1.0], x.shape) if signs else 1.0))


def alike(a: Array, b: Array, scale: float) -> bool:
    """Whether two gradients are the same wherever both are known."""
    if np.shape(a) != np.shape(b):
        return False
    off = np.abs(np.asarray(a) - b)
    return bool(np.all(off <= 0.1 * DIFFERENT * scale))


# ---- hypotheses about scenes ----


Predict = Callable[[Scene], Array]


@dataclass(frozen=True)
class Hypothesis:
    """`says` ends the sentence that begins with "your gradient of w"."""

    says: str
    predict: Predict


def given(predict: Callable[..., Array], *values: Any) -> Predict:
    """The prediction with the values that a loop has at this turn."""
    return lambda s: predict(s, *values)


def broadcast_axes(scene: Scene) -> tuple[int, ...]:
    """The axes of the output along which the input is stretched, if broadcasting is how it gets there."""
    return stretched_axes(scene.x.shape, scene.out.shape)


def stretched_axes(narrow: tuple[int, ...], wide: tuple[int, ...]) -> tuple[int, ...]:
    new = len(wide) - len(narrow)
    if new < 0 or any(n not in (1, wide[k + new]) for k, n in enumerate(narrow)):
        return ()
    own = (k + new for k, n in enumerate(narrow) if n == 1 and wide[k + new] != 1)
    return (*range(new), *own)


def without(x: Array, axis: int, position: int) -> Array:
    x = x.copy()
    np.moveaxis(x, axis, 0)[position] = 0.0
    return x
