"""Question 3: the six partial derivatives of batch normalisation, each by three independent methods.

    mu = mean(x)   sigma^2 = mean((x - mu)^2)   x_hat = (x - mu) / sqrt(sigma^2 + eps)
    y = gamma x_hat + beta

The closed form is the report's, in numpy. Step by step, minigrad records each line above as ops and gives
the gradient of every intermediate. The finite differences move each number and evaluate f.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from experiments.blocks import Block, Heading, Numbers, Table, Text
from experiments.judge import Number
from experiments.parts import Results, Room, Settings
from minigrad import Tensor, grad, ops
from minigrad.check import oracle

Array = np.ndarray
NAMES = ("gamma", "beta", "x_hat", "sigma^2", "mu", "x")


@dataclass(frozen=True)
class Case:
    """m numbers x of one feature, and f = sum v tanh(y), so that df/dy differs from sample to sample."""

    x: Array
    gamma: float
    beta: float
    v: Array
    eps: float

    @classmethod
    def drawn(cls, m: int, seed: int) -> Case:
        rng = np.random.default_rng(seed)
        x = rng.normal(1.0, 2.0, m)
        return cls(x, rng.normal(1.5), rng.normal(), rng.normal(size=m), 1e-5)


# ---- three methods ----


def closed(c: Case) -> dict[str, Array]:
    """Equations a to f of the text, with the sums over the batch that its first lines omit."""
    m, centred = len(c.x), c.x - c.x.mean()
    spread = (centred**2).mean() + c.eps
    x_hat = centred / spread**0.5
    g = c.v / np.cosh(c.gamma * x_hat + c.beta) ** 2  # df/dy
    of_x_hat = g * c.gamma
    of_variance = (of_x_hat * -0.5 * centred * spread**-1.5).sum()
    of_mean = (-of_x_hat / spread**0.5).sum() + of_variance * (-2 / m) * centred.sum()
    of_x = of_x_hat / spread**0.5 + of_variance * (2 / m) * centred + of_mean / m
    found = ((g * x_hat).sum(), g.sum(), of_x_hat, of_variance, of_mean, of_x)
    return {name: np.atleast_1d(value) for name, value in zip(NAMES, found)}


def step_by_step(c: Case) -> dict[str, Array]:
    """The same by minigrad, from the definition alone."""
    x, gamma, beta = (
        Tensor(np.array(value), requires_grad=True) for value in (c.x, c.gamma, c.beta)
    )
    mu = x.mean()
    centred = x - mu
    variance = (centred * centred).mean()
    x_hat = centred / (variance + c.eps) ** 0.5
    f = (ops.tanh(gamma * x_hat + beta) * c.v).sum()
    found = grad(f, [gamma, beta, x_hat, variance, mu, x])
    return {name: np.atleast_1d(g.numpy()) for name, g in zip(NAMES, found)}


def fused(c: Case) -> dict[str, Array]:
    """gamma, beta and x again, by the op that the layers use."""
    x, gamma, beta = (Tensor(a, requires_grad=True) for a in
                      (c.x[:, np.newaxis], np.array([c.gamma]), np.array([c.beta])))  # fmt: skip
    f = (ops.tanh(ops.batch_norm(x, gamma, beta, eps=c.eps)) * c.v[:, np.newaxis]).sum()
    found = grad(f, [gamma, beta, x])
    return {name: g.numpy().ravel() for name, g in zip(("gamma", "beta", "x"), found)}


def by_differences(c: Case) -> dict[str, Array]:
    """The slope of f along each number, extrapolated to a step of 0 by the oracle of the checks."""
    x, mean = c.x, c.x.mean()
    variance = ((x - mean) ** 2).mean()

    def f(x_hat: Array, gamma: Any = c.gamma, beta: Any = c.beta) -> float:
        return float(c.v @ np.tanh(gamma * x_hat + beta))

    def normalised(mean: Any, variance: Any, x: Array = x) -> Array:
        return (x - mean) / np.sqrt(variance + c.eps)

    x_hat = normalised(mean, variance)
    moved: dict[str, tuple[Callable[[Array], float], Array]] = {
        "gamma": (lambda gamma: f(x_hat, gamma=gamma), np.array([c.gamma])),
        "beta": (lambda beta: f(x_hat, beta=beta), np.array([c.beta])),
        "x_hat": (f, x_hat),
        "sigma^2": (lambda variance: f(normalised(mean, variance)), np.array([variance])),
        # The text's derivative by mu is the total one: sigma^2 moves with it.
        "mu": (lambda mean: f(normalised(mean, ((x - mean) ** 2).mean())), np.array([mean])),
        "x": (lambda x: f(normalised(x.mean(), ((x - x.mean()) ** 2).mean(), x)), x),
    }
    return {name: np.array(list(slopes(*each))) for name, each in moved.items()}


def slopes(f: Callable[[Array], float], at: Array) -> Any:
    for direction in np.eye(len(at)):
        yield oracle.sweep(f, [at], [np.zeros(len(at))], direction, np.ones(())).derivative


# ---- the last lines of the text ----

MENDS = ("sigma", "mean", "root")
SLIPS = {
    "as printed": (),
    "the sum over the batch in f/sigma^2 put back": ("sigma",),
    "the sum over the batch in f/mu put back": ("mean",),
    "the square root in f/mu, not that of the cube": ("root",),
    "all three": MENDS,
}


def printed(c: Case, mended: tuple[str, ...] = ()) -> Array:
    """The expanded formula for f/x_i at the end of the text, with some of its slips corrected."""
    m, centred = len(c.x), c.x - c.x.mean()
    spread = (centred**2).mean() + c.eps
    g = c.v / np.cosh(c.gamma * centred / spread**0.5 + c.beta) ** 2 * c.gamma
    of_variance = g * -0.5 * centred * spread**-1.5
    of_mean = -g * spread ** (-0.5 if "root" in mended else -1.5)
    of_variance = of_variance.sum() if "sigma" in mended else of_variance
    of_mean = of_mean.sum() if "mean" in mended else of_mean
    of_mean = of_mean + of_variance * (-2 / m) * centred.sum()
    return g / spread**0.5 + of_variance * (2 / m) * centred + of_mean / m


# ---- the task and the page ----


def compared(settings: Settings, room: Room) -> dict[str, Any]:
    """The largest difference between the methods, over several random samples."""
    cases = [Case.drawn(settings["samples"], seed) for seed in settings["seeds"]]
    pairs: dict[str, list[dict[str, Array]]] = {
        "closed": [closed(c) for c in cases],
        "step by step": [step_by_step(c) for c in cases],
        "differences": [by_differences(c) for c in cases],
        "fused": [fused(c) for c in cases],
    }

    def off(a: str, b: str, name: str) -> float:
        return max(float(np.abs(p[name] - q[name]).max()) for p, q in zip(pairs[a], pairs[b]))

    rows = {
        name: {
            "example": pairs["closed"][0][name].tolist(),
            "closed - step by step": off("closed", "step by step", name),
            "closed - differences": off("closed", "differences", name),
            "step by step - differences": off("step by step", "differences", name),
            "fused - step by step": off("fused", "step by step", name)
            if name in pairs["fused"][0]
            else None,
        }
        for name in NAMES
    }
    slips = {
        title: max(
            float(np.abs(printed(c, mended) - d["x"]).max())
            for c, d in zip(cases, pairs["differences"])
        )
        for title, mended in SLIPS.items()
    }
    return {"partials": rows, "slips": slips}


def blocks(done: Results, quick: bool) -> list[Block]:
    found = done["theory"]["batch norm"]
    partials, slips = found["partials"], found["slips"]
    ways = ("closed - step by step", "closed - differences", "step by step - differences")
    worst = max(row[way] for row in partials.values() for way in ways)
    return [
        Heading("Question 3: batch normalisation backwards"),
        Text(
            "Each of the six partial derivatives is computed by three methods: the text's closed form in "
            "numpy; step by step by minigrad, which records `mu`, `sigma^2` and `x_hat` and gives the "
            "gradient of each; and finite differences extrapolated to a step of 0. There are twenty random "
            "batches of eight samples; f = sum v tanh(y); all is in float64."
        ),
        Table(
            "batch-norm",
            "The largest disagreement of any two ways, over all elements and draws",
            ("partial of f by", "first draw", *(way.replace(" - ", " / ") for way in ways),
             "fused op / step by step"),
            [
                (name, ", ".join(f"{v:.4f}" for v in row["example"][:2])
                 + (", ..." if len(row["example"]) > 2 else ""),
                 *(f"{row[way]:.1e}" for way in ways),
                 "–" if row["fused - step by step"] is None else f"{row['fused - step by step']:.1e}")
                for name, row in partials.items()
            ],
        ),
        Numbers(
            "Agreement",
            [Number("any two of the three ways, at most", None, [worst], 1e-9, rule="at most", form=".1e")],
        ),
        Text(
            "The formulas for gamma, beta, x_hat, sigma^2 and mu are right, and so is that for x as long "
            "as it is written with f/sigma^2 and f/mu. In their first lines a, b, d and e lack the sum "
            "over the batch that the second lines have; the second sum of e runs over an i that is taken, "
            "which does no harm, as the sum of x_i - mu is 0. The last formula, where the other two are "
            "put in, is wrong in three places:"
        ),
        Table(
            "slips",
            "The expanded f/x_i against the differences",
            ("the formula", "largest error"),
            [(title, f"{error:.1e}") for title, error in slips.items()],
            highlight=[len(slips) - 1],
        ),
    ]  # fmt: skip
