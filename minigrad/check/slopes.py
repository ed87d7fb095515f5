"""The two properties that are held against differences: a gradient is a slope, of values or of gradients.

The reference is `minigrad.check.oracle`, which knows numpy alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from minigrad.backward import grad
from minigrad.check import oracle
from minigrad.check.functions import Function, flat, moved, random_upstream
from minigrad.check.recorded import Recorded
from minigrad.check.rounding import hold
from minigrad.domain import Case
from minigrad.tensor import Tensor
from minigrad.typing import Array


class UndecidedError(Exception):
    """The oracle cannot judge this case: neither for nor against the function."""


@dataclass(frozen=True)
class Probe:
    """A case, an upstream gradient, and the values around the case: whatever the gradient rules are."""

    case: Case
    upstream: Array
    samples: oracle.Samples


def probe(function: Function, case: Case, rng: np.random.Generator) -> Probe | None:
    """None where there is no element to move."""
    inputs = [case.inputs[i] for i in function.slots(case)]
    if not sum(np.size(x) for x in inputs):
        return None
    upstream = random_upstream(function.value(case), rng)
    direction = oracle.random_direction(inputs, rng)
    values = lambda *xs: function.value(moved(function, case, xs))
    return Probe(case, upstream, oracle.sample(values, inputs, direction, upstream))


def judged(function: Function, probed: Probe) -> oracle.Sweep:
    """What the oracle says of the gradient that the function, as it is now, gives."""
    return oracle.judge(probed.samples, function.pull(probed.case, probed.upstream))


def accept(sweep: oracle.Sweep) -> float:
    """The verdict, and both arms of the V wherever they can be seen."""
    __tracebackhide__ = True
    if sweep.verdict == "undecided":
        raise UndecidedError(str(sweep))
    hold(sweep.verdict == "correct", str(sweep))
    hold(sweep.truncation_slope is None or sweep.truncation_slope > 1.75, str(sweep))
    hold(sweep.roundoff_slope is None or -1.75 < sweep.roundoff_slope < -0.25, str(sweep))
    return abs(sweep.error) / sweep.bound if sweep.bound else 0.0


def gradient_is_the_slope(function: Function, case: Case, rng: np.random.Generator) -> float:
    probed = probe(function, case, rng)
    return 0.0 if probed is None else accept(judged(function, probed))


def second_gradient_is_the_slope_of_the_first(
    function: Recorded, case: Case, rng: np.random.Generator
) -> float:
    """Differences of gradients, not of values: with respect to the inputs and to the upstream gradient."""
    v = random_upstream(function.value(case), rng)
    points = [*(case.inputs[i] for i in function.slots(case)), v]
    if not sum(np.size(x) for x in points[:-1]) or not v.size:
        return 0.0
    out, leaves = function.applied(case)
    ws = [random_upstream(x.data, rng) for x in leaves]
    seed = Tensor(v, requires_grad=True)
    grads = grad(out, leaves, seed, create_graph=True, allow_unused=True)
    curved = [(g, w) for g, w in zip(grads, ws) if g is not None and g.requires_grad]
    second = [np.zeros(np.shape(x)) for x in points]
    if curved:
        found = grad(
            [g for g, _ in curved], [*leaves, seed], [w for _, w in curved], allow_unused=True
        )
        second = [zero if h is None else h.data for zero, h in zip(second, found)]

    def first(*xs: Array) -> Array:
        return flat(function.pull(moved(function, case, xs[:-1]), xs[-1]))

    direction = oracle.random_direction(points, rng)
    return accept(oracle.sweep(first, points, second, direction, flat(ws)))
