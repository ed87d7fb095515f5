"""The complex step: correct to the last digits where f is analytic, and not believed where it is not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from minigrad import check
from minigrad.check import complex_step as module
from minigrad.check.complex_step import complex_step

X = np.random.default_rng(2).uniform(0.3, 2.0, (3, 4))
V = np.random.default_rng(3).standard_normal((3, 4))
U = np.random.default_rng(4).standard_normal(12)


@pytest.mark.parametrize(
    ("f", "df"),
    [
        (np.sin, np.cos),
        (np.exp, np.exp),
        (np.log, lambda x: 1 / x),
        (np.sqrt, lambda x: 0.5 / np.sqrt(x)),
        (lambda x: 1e8 + np.sin(x), np.cos),
        (lambda x: x**3 / (1 + x * x), lambda x: (3 * x**2 + x**4) / (1 + x * x) ** 2),
    ],
)
def test_exact_where_analytic(f: Callable[..., Any], df: Callable[..., Any]) -> None:
    found = complex_step(f, [X], U, V)
    exact = float(np.sum(V * df(X) * U.reshape(X.shape)))
    assert found.trusted, found.objection
    assert found.agrees(exact, 0.0)
    assert found.bound < 1e-12 * np.sum(np.abs(V * df(X) * U.reshape(X.shape)))


@pytest.mark.parametrize(
    ("f", "objection"),
    [
        (np.abs, "turns complex numbers into real ones"),
        (lambda x: x * np.conj(x), "Cauchy-Riemann"),
        (lambda x: x + 0j * np.abs(x) + np.abs(x) ** 2, "Cauchy-Riemann"),
        (lambda x: (1 + 1j) * x, "conj z"),
        (lambda x: np.asarray(x, float) ** 2, "fails with complex numbers: ComplexWarning"),
        (lambda x: np.var(x, axis=1), "turns complex numbers into real ones"),
        (lambda x: x - np.var(x), "Cauchy-Riemann"),
    ],
)
def test_not_believed_where_it_is_not(f: Callable[..., Any], objection: str) -> None:
    found = complex_step(f, [X], U)
    assert not found.trusted
    assert objection in found.objection


def test_what_fails_with_complex_numbers() -> None:
    def f(x: Any) -> Any:
        if x.dtype.kind == "c":
            raise TypeError("no complex numbers here")
        return x

    assert "TypeError: no complex numbers here" in complex_step(f, [X], U).objection


# ---- as a second oracle ----


def layer_norm(x: Any) -> Any:
    """By np.var, which of complex numbers takes |z|^2: a peer agrees with a wrong gradient here."""
    return (x - x.mean(axis=-1, keepdims=True)) / np.sqrt(x.var(axis=-1, keepdims=True) + 1e-5)


def without_the_variance_path(g: Any, x: Any) -> Any:
    return (g - g.mean(axis=-1, keepdims=True)) / np.sqrt(x.var(axis=-1, keepdims=True) + 1e-5)


def test_oracles_that_contradict_each_other_accuse_nobody() -> None:
    alone = check.gradient(layer_norm, without_the_variance_path, X)
    both = check.gradient(layer_norm, without_the_variance_path, X, analytic=True)
    assert (alone.verdict, both.verdict) == ("wrong", "undecided")
    assert "layer_norm was declared analytic, but the Cauchy-Riemann equations" in both.analytic
    assert "UNDECIDED" in str(both)
    assert not both.passed
    assert both.causes == ()


def test_differences_that_are_wrong_are_found_out() -> None:
    """A function whose real and complex branches differ: one of the oracles must be wrong."""

    def f(x: Any) -> Any:
        return np.sin(x) if x.dtype.kind == "c" else np.sin(x) + 0.1 * x

    report = check.gradient(f, lambda g, x: g * np.cos(x), X, analytic=True)
    assert report.verdict == "undecided"
    assert "one of them is wrong, and neither may accuse the gradient" in report.analytic


def test_oracles_that_agree_say_so() -> None:
    correct = check.gradient(np.sin, lambda g, x: g * np.cos(x), X, analytic=True)
    wrong = check.gradient(np.sin, lambda g, x: 1.001 * g * np.cos(x), X, analytic=True)
    assert (correct.verdict, wrong.verdict) == ("correct", "wrong")
    assert "agrees with the complex step to 1" in correct.analytic
    assert "agrees with the complex step to 3." in wrong.analytic


def test_it_imports_numpy_alone() -> None:
    lines = Path(module.__file__).read_text(encoding="utf-8").splitlines()
    imported = {
        line.split()[1].split(".")[0] for line in lines if line.startswith(("import", "from"))
    }
    standard = {"__future__", "collections", "dataclasses", "itertools", "typing", "warnings"}
    assert imported - standard == {"numpy"}
