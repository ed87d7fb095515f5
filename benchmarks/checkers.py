"""Which checker of gradients catches what: minigrad's and its peers' on the same thirty cases, in float64.

    python -m benchmarks.checkers

Each peer differentiates the same numpy functions with the same hand-written backward functions, through its
own interface for them. It checks them with its own checker and its own default tolerances.
"""

from __future__ import annotations

import sys
import time
import warnings
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.checker_cases import BUGS, FACTORS, HARD, Case, scaled
from minigrad import check

Accepts = Callable[[Case], bool]
"""Whether a checker accepts the gradient of a case."""


def as_tuple(grads: Any) -> tuple[Any, ...]:
    return grads if isinstance(grads, tuple) else (grads,)


def minigrad() -> Accepts:
    return lambda case: check.gradient(case.f, case.backward, *case.inputs).passed


def torch(fast: bool) -> Accepts:
    import torch

    def accepts(case: Case) -> bool:
        class Function(torch.autograd.Function):  # type: ignore[misc]
            @staticmethod
            def forward(ctx: Any, *inputs: Any) -> Any:
                ctx.save_for_backward(*inputs)
                return torch.from_numpy(np.array(case.f(*(x.detach().numpy() for x in inputs))))

            @staticmethod
            def backward(ctx: Any, g: Any) -> Any:
                arrays = [x.detach().numpy() for x in ctx.saved_tensors]
                grads = as_tuple(case.backward(g.numpy(), *arrays))
                return tuple(torch.from_numpy(np.array(each)) for each in grads)

        inputs = [torch.tensor(x, requires_grad=True) for x in case.inputs]
        return bool(
            torch.autograd.gradcheck(
                Function.apply, inputs, fast_mode=fast, raise_exception=False, nondet_tol=0.0
            )
        )

    return accepts


def hips() -> Accepts:
    from autograd.extend import defvjp, primitive
    from autograd.test_util import check_grads

    def accepts(case: Case) -> bool:
        f = primitive(case.f)
        places = range(len(case.inputs))
        defvjp(f, *(
            (lambda out, *x, k=k: lambda g: as_tuple(case.backward(g, *x))[k]) for k in places
        ))  # fmt: skip
        try:
            check_grads(lambda *x: f(*x), tuple(places), modes=["rev"], order=1)(*case.inputs)
        except AssertionError:
            return False
        return True

    return accepts


def jax() -> Accepts:
    import jax
    from jax.test_util import check_grads

    jax.config.update("jax_enable_x64", True)

    def accepts(case: Case) -> bool:
        like = jax.ShapeDtypeStruct(np.shape(case.f(*case.inputs)), np.float64)
        shapes = tuple(jax.ShapeDtypeStruct(x.shape, np.float64) for x in case.inputs)

        def value(*inputs: Any) -> Any:
            return np.asarray(case.f(*map(np.asarray, inputs)))

        def pull(g: Any, *inputs: Any) -> Any:
            return as_tuple(case.backward(*(np.array(each) for each in (g, *inputs))))

        f = jax.custom_vjp(lambda *x: jax.pure_callback(value, like, *x))
        f.defvjp(
            lambda *x: (jax.pure_callback(value, like, *x), x),
            lambda x, g: jax.pure_callback(pull, shapes, g, *x),
        )
        try:
            check_grads(f, case.inputs, order=1, modes=["rev"])
        except AssertionError:
            return False
        return True

    return accepts


def mygrad() -> Accepts:
    import mygrad

    raise ImportError(
        f"mygrad {mygrad.__version__} ships no checker: the checker of its own tests is not installed"
    )


CHECKERS: dict[str, Callable[[], Accepts]] = {
    "minigrad": minigrad,
    "torch gradcheck, slow": lambda: torch(fast=False),
    "torch gradcheck, fast": lambda: torch(fast=True),
    "jax check_grads": jax,
    "HIPS autograd check_grads": hips,
    "MyGrad": mygrad,
}


@dataclass(frozen=True)
class Result:
    """Wrong gradients that a checker missed, correct ones that it refused, and its seconds for all."""

    missed: tuple[str, ...]
    refused: tuple[str, ...]
    smallest: float
    seconds: float

    @property
    def score(self) -> tuple[int, int, float]:
        return len(self.missed), len(self.refused), self.smallest


def measured(accepts: Accepts) -> Result:
    begin = time.perf_counter()
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        missed = tuple(case.name for case in BUGS if accepts(case))
        refused = tuple(case.name for case in HARD if not accepts(case))
        caught = [error for error in FACTORS if not accepts(scaled(error))]
    return Result(missed, refused, min(caught, default=np.inf), time.perf_counter() - begin)


def first_everywhere(results: dict[str, Result]) -> bool:
    """Whether nothing does better than minigrad in any column."""
    ours = results["minigrad"].score
    return all(ours[k] <= r.score[k] for r in results.values() for k in range(3))


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table; 1 if a peer is better than minigrad in any column."""
    parser = ArgumentParser(prog="python -m benchmarks.checkers", description=__doc__)
    parser.add_argument(
        "--only", nargs="+", choices=CHECKERS, default=list(CHECKERS), metavar="NAME"
    )
    options = parser.parse_args(argv)
    results: dict[str, Result] = {}
    print(f"{'':<27}{'wrong, caught':>14}{'smallest factor':>17}{'right, refused':>16}{'time':>9}")
    for name in dict.fromkeys(["minigrad", *options.only]):
        try:
            results[name] = r = measured(CHECKERS[name]())
        except ImportError as error:
            print(f"{name:<27}skipped: {error}")
            continue
        caught = f"{len(BUGS) - len(r.missed)} of {len(BUGS)}"
        refused = f"{len(r.refused)} of {len(HARD)}"
        print(f"{name:<27}{caught:>14}{r.smallest:>17.0e}{refused:>16}{r.seconds:>7.1f} s")
    for name, r in results.items():
        for what, cases in (("missed", r.missed), ("refused", r.refused)):
            if cases:
                print(f"\n{name} {what}: {'; '.join(cases)}")
    return 0 if first_everywhere(results) else 1


if __name__ == "__main__":
    sys.exit(main())
