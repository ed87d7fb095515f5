"""The bugs that people write in gradient rules, and rewrites that are none: what a check is checked with.

A change is given a rule and all that the rule was given, and makes another gradient of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minigrad.check.recorded import plain
from minigrad.typing import Array

Rule = Callable[..., Any]
Change = Callable[..., Any]
"""change(rule, x, g, out, inputs, params): a gradient for x, made from what the rule was given."""

STALE = "stale output"
"""A rule that is given the output, or what was saved, of another call: made in `mutants.stale_outputs`."""


def of_result(change: Callable[[Array, Array], Any]) -> Change:
    """A change of what the rule returns: change(gradient, x)."""

    def changed(rule: Rule, x: Array, g: Array, out: Any, inputs: Any, params: Any) -> Any:
        return np.asarray(change(np.array(rule(g, out, *inputs, **params)), x))

    return changed


def of_upstream(change: Callable[[Array], Array]) -> Change:
    """A change of what arrives at the rule."""
    return lambda rule, x, g, out, inputs, params: rule(change(g), out, *inputs, **params)


def one_element(factor: float) -> Change:
    def change(r: Array, x: Array) -> Array:
        if r.size:
            r.flat[-1] *= factor
        return r

    return of_result(change)


def along_last(move: Callable[[Array], Array]) -> Change:
    return of_result(lambda r, x: move(r) if r.ndim else r)


def shifted_axes(rule: Rule, x: Array, g: Array, out: Any, inputs: Any, params: Any) -> Any:
    """Every axis off by one, as far as it then exists."""

    def shifted(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(map(shifted, value))
        return (value + 1) % max(np.ndim(x), 1) if isinstance(value, int) else value

    moved = {k: shifted(v) if k.startswith("ax") else v for k, v in params.items()}
    return rule(g, out, *inputs, **moved)


def elsewhere(inputs: Any) -> list[Any]:
    """Inputs that have moved on: what a rule sees that keeps arrays of an earlier call."""
    return [x * 1.25 if isinstance(x, np.ndarray) and x.dtype.kind == "f" else x for x in inputs]


def times(rule: Rule, g: Array, factor: Any, x: Array, *rest: Any) -> Any:
    """g times something other than the derivative, where the shapes allow for it."""
    factor = np.asarray(factor)
    return g * factor if g.shape == factor.shape == np.shape(x) else rule(g, *rest)


def first_copy(r: Array, x: Array) -> Array:
    """Of the gradients of the copies that broadcasting made, the first in the place of their sum."""
    r = r[(0,) * max(r.ndim - np.ndim(x), 0)]
    return r[tuple(slice(1) if n == 1 else slice(None) for n in np.shape(x))]


def half_of(g: Array) -> Array:
    """What arrives from the first half of the outputs: of a sum over outputs, some terms are left."""
    return g * (np.arange(g.size) < (g.size + 1) // 2).reshape(g.shape)


def without_last_slice(g: Array) -> Array:
    """What arrives from all outputs but the last along the last axis, as of a loop that ends too early."""
    return g * (np.arange(g.shape[-1]) < g.shape[-1] - 1) if g.ndim else g


MUTATIONS: dict[str, Change] = {
    "sign flipped": of_result(lambda r, x: -r),
    "factor 2": of_result(lambda r, x: 2 * r),
    "factor 1/2": of_result(lambda r, x: r / 2),
    "factor 1 + 1e-6": of_result(lambda r, x: r * (1 + 1e-6)),
    "factor N": of_result(lambda r, x: r * np.size(x)),
    "factor 1/N": of_result(lambda r, x: r / max(np.size(x), 1)),
    "factor batch": of_result(lambda r, x: r * (np.shape(x) or (1,))[0]),
    "factor N/(N - 1)": of_result(lambda r, x: r * np.size(x) / max(np.size(x) - 1, 0.5)),
    "gradient dropped": of_result(lambda r, x: np.zeros_like(r)),
    "upstream replaced by ones": of_upstream(lambda g: 0 * g + 1),
    "upstream averaged": of_upstream(lambda g: np.full_like(g, g.mean() if g.size else 0.0)),
    "upstream squared": of_upstream(lambda g: g * g),
    "upstream without its sign": of_upstream(lambda g: g * np.sign(plain(g))),
    "inner derivative missing": lambda rule, x, g, out, inputs, params: times(
        lambda g, *_: rule(g, out, *inputs, **params), g, np.ones_like(g), x
    ),
    "half of the terms dropped": of_upstream(half_of),
    "last terms dropped": of_upstream(without_last_slice),
    "mean in place of broadcast sum": of_result(lambda r, x: r * (np.size(x) / max(r.size, 1))),
    "copy in place of broadcast sum": of_result(first_copy),
    "ravelled": of_result(lambda r, x: r.ravel()),
    "axis lost": along_last(lambda r: r[..., 0]),
    "transposed": of_result(lambda r, x: r.T.reshape(r.shape)),
    "flipped": along_last(lambda r: np.flip(r, -1)),
    "rolled": along_last(lambda r: np.roll(r, 1, -1)),
    "axis off by one": shifted_axes,
    "one element 1 % off": one_element(1.01),
    "last element forgotten": one_element(0.0),
    "stale inputs": lambda rule, x, g, out, inputs, params: rule(
        g, out, *elsewhere(inputs), **params
    ),
    "output for derivative": lambda rule, x, g, out, inputs, params: times(
        lambda g, *_: rule(g, out, *inputs, **params), g, out if isinstance(out, np.ndarray) else 0.0, x
    ),
    "input for derivative": lambda rule, x, g, out, inputs, params: times(
        lambda g, *_: rule(g, out, *inputs, **params), g, x, x
    ),
    "constant leaked in": of_result(lambda r, x: r + 1e-3 * np.abs(r).max(initial=0.0)),
}  # fmt: skip

EQUIVALENT = {
    "upstream averaged": "a scalar output",
    "inner derivative missing": "the derivative is 1, or output and input differ in shape",
    "half of the terms dropped": "a scalar output",
    "last terms dropped": "a scalar output",
    "copy in place of broadcast sum": "the op does not broadcast: the engine has nothing to sum",
    "ravelled": "a vector, which is ravelled already",
    "mean in place of broadcast sum": "the op does not broadcast: the engine has nothing to sum",
    "transposed": "a vector, which is its own transpose",
    "axis off by one": "no axis among the parameters",
    "one element 1 % off": "an element whose gradient is 0",
    "last element forgotten": "an element whose gradient is 0",
    "stale inputs": "the rule does not look at the values of its inputs",
    "output for derivative": "output and input differ in shape, so that it cannot be written",
    "input for derivative": "output and input differ in shape, so that it cannot be written",
    STALE: "the rule does not look at the output",
}
"""Why some mutants of a kind do not differ from the op, as they were looked at one by one."""

HARMLESS: dict[str, Change] = {
    "times one": of_result(lambda r, x: 1.0 * r),
    "plus zero": of_result(lambda r, x: 0.0 + r),
    "negated twice": of_upstream(lambda g: -1 * (-g)),
    "scaled there and back": lambda rule, x, g, out, inputs, params: (
        rule(3.0 * g, out, *inputs, **params) / 3.0
    ),
    "upstream in two parts": lambda rule, x, g, out, inputs, params: (
        rule(0.3 * g, out, *inputs, **params) + rule(g - 0.3 * g, out, *inputs, **params)
    ),
    "halves added": of_result(lambda r, x: r / 2 + r / 2),
    "other memory order": of_result(lambda r, x: np.array(r, order="F")),
}
