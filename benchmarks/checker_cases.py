"""Thirty cases for checkers of gradients: twelve wrong ones, ten right ones that are hard, eight factors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

FACTORS = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-8, 1e-10)


@dataclass(frozen=True)
class Case:
    """f(*inputs) and backward(g, *inputs), in numpy: one gradient, or a tuple of them."""

    name: str
    f: Callable[..., Any]
    backward: Callable[..., Any]
    inputs: tuple[Any, ...]


rng = np.random.default_rng(0)
X, S = rng.normal(size=(3, 4)), rng.normal(size=(4, 4))
ROWS, BIAS = rng.normal(size=(6, 4)), rng.normal(size=4)
MANY = rng.permutation(np.linspace(-2, 2, 400))


def at(*values: float) -> tuple[Any]:
    return (np.array(values),)


def dtanh(x: Any) -> Any:
    return 1 - np.tanh(x) ** 2


def softmax(x: Any) -> Any:
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def layer_norm(x: Any) -> Any:
    centred = x - x.mean(axis=-1, keepdims=True)
    return centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + 1e-5)


def layer_norm_without_variance(g: Any, x: Any) -> Any:
    deviation = np.sqrt(x.var(axis=-1, keepdims=True) + 1e-5)
    return (g - g.mean(axis=-1, keepdims=True)) / deviation


def unsorted_but_two(g: Any, x: Any) -> Any:
    back = np.empty_like(g)
    back[np.argsort(x)] = g
    back[[7, 300]] = back[[300, 7]]
    return back


def but_one(g: Any, x: Any) -> Any:
    back = g * dtanh(x)
    back[123] *= 1.01
    return back


BUGS = (
    Case("sign flipped on a gradient of size 1e-6", lambda x: 1e-6 * np.tanh(x),
         lambda g, x: -1e-6 * g * dtanh(x), (X,)),
    Case("upstream gradient dropped", np.tanh, lambda g, x: dtanh(x), (X,)),
    Case("upstream gradient averaged", np.tanh, lambda g, x: g.mean() * dtanh(x), (X,)),
    Case("bias keeps the first row only", lambda x, b: x + b, lambda g, x, b: (g, g[0]), (ROWS, BIAS)),
    Case("bias: mean in place of the sum", lambda x, b: x + b, lambda g, x, b: (g, g.mean(axis=0)),
         (ROWS, BIAS)),
    Case("x @ S: S not transposed", lambda x: x @ S, lambda g, x: g @ S, (X,)),
    Case("variance: N - 1 in place of N", lambda x: x.var(axis=-1),
         lambda g, x: g[:, None] * 2 * (x - x.mean(axis=-1, keepdims=True)) / (x.shape[-1] - 1), (X,)),
    Case("softmax without the - p sum(g p)", softmax, lambda g, x: g * softmax(x), (X,)),
    Case("layer norm without the path of the variance", layer_norm, layer_norm_without_variance, (X,)),
    Case("sort: 2 of 400 swapped", np.sort, unsorted_but_two, (MANY,)),
    Case("one of 400 off by 1 %", np.tanh, but_one, (MANY,)),
    Case("|x| at 0: 7", np.abs, lambda g, x: 7 * g, at(0.0)),
)  # fmt: skip

HARD = (
    Case("relu at 0", lambda x: np.maximum(x, 0), lambda g, x: g * (x > 0), at(0.0)),
    Case("|x| at 0", np.abs, lambda g, x: g * np.sign(x), at(0.0)),
    Case("relu at 1e-7", lambda x: np.maximum(x, 0), lambda g, x: g * (x > 0), at(1e-7)),
    Case("relu at 1e-4", lambda x: np.maximum(x, 0), lambda g, x: g * (x > 0), at(1e-4)),
    Case("x^2 at 1e6", np.square, lambda g, x: g * 2 * x, at(1e6)),
    Case("exp at 30", np.exp, lambda g, x: g * np.exp(x), at(30.0)),
    Case("log at 1e-5", np.log, lambda g, x: g / x, at(1e-5)),
    Case("sqrt at 1e-8", np.sqrt, lambda g, x: g / (2 * np.sqrt(x)), at(1e-8)),
    Case("sin(100 x)", lambda x: np.sin(100 * x), lambda g, x: g * 100 * np.cos(100 * x), at(0.7)),
    Case("1e8 + sin x", lambda x: 1e8 + np.sin(x), lambda g, x: g * np.cos(x), at(0.7)),
)


def scaled(error: float) -> Case:
    """The gradient of tanh, wrong by this relative error."""
    return Case(f"tanh, off by {error:g}", np.tanh, lambda g, x: g * dtanh(x) * (1 + error), (X,))
