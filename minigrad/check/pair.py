"""A numpy function with a gradient that somebody wrote by hand, as properties are asked of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from minigrad.check.examine import examine
from minigrad.check.failures import RaisedError, raised
from minigrad.check.functions import Function, floats, moved, with_arrays
from minigrad.check.given import input_names
from minigrad.check.gradient import (
    derivative,
    gradient,
    loss_gradient,
    pulled_through_derivative,
    pulled_through_loss,
)
from minigrad.check.report import Report
from minigrad.check.subject import Fault, Subject
from minigrad.domain import Case
from minigrad.errors import CheckError, WrongGradientError
from minigrad.op import format_value
from minigrad.typing import Array

PERTURBATIONS = 6
"""How often the inputs of a numpy pair are moved by their last place, to measure its rounding."""


class Pair(Function):
    """A numpy function and the backward function that somebody wrote for it: f(*x), backward(g, *x).

    Where the gradient was stated in another way, `backward` comes of that, `stated` is what was written,
    and `examine` the check that takes it.
    """

    def __init__(
        self,
        f: Callable[..., Any],
        backward: Callable[..., Any],
        broadcasts: bool = False,
        *,
        stated: Callable[..., Any] | None = None,
        examine: Callable[..., Report] = gradient,
    ):
        self.f, self.backward, self.broadcasts = f, backward, broadcasts
        self.stated, self.examine = stated or backward, examine
        self.name = getattr(f, "__name__", type(f).__name__)

    def slots(self, case: Case) -> list[int]:
        return floats(case.inputs)

    def value(self, case: Case) -> Array:
        out = np.array(self.f(*case.inputs, **case.params))
        if self.examine is loss_gradient and out.size != 1:
            raise CheckError(
                f"{self.name} returns shape {out.shape}, and {self.name}_gradient states the gradient of one "
                f"number: return a number, or write {self.name}_backward(g, ...) instead"
            )
        return out

    def pull(self, case: Case, upstream: Array) -> list[Array]:
        """f is called first with the same arrays, so that it may keep what its backward pass needs."""
        self.f(*case.inputs, **case.params)
        slots = self.slots(case)
        subject = self.subject(case)
        try:
            found = subject.apart(self.called(upstream, case))
            grads = [np.asarray(found[k]) for k in range(len(slots))]
            for g, i, name in zip(grads, slots, subject.names):
                if g.shape != np.shape(case.inputs[i]) or g.dtype.kind not in "fiub":
                    raise Fault(
                        f"the gradient of {name} is {g.dtype} of shape {g.shape}, and {name} has shape "
                        f"{np.shape(case.inputs[i])}: a gradient has the shape of its input"
                    )
        except Fault as fault:
            raise WrongGradientError(f"{self.name}: {fault}") from None
        return grads

    def called(self, upstream: Array, case: Case) -> Any:
        """What the gradient function returns; if it raises, what it was given and the line it was at."""
        try:
            return self.backward(upstream, *case.inputs, **case.params)
        except (NotImplementedError, CheckError):
            raise
        except Exception as error:
            given = {} if self.examine is not gradient else {"g": upstream}
            given |= dict(zip(input_names(self.f, len(case.inputs), None), case.inputs))
            shapes = "   ".join(f"{name}: {format_value(x)}" for name, x in given.items())
            name = getattr(self.stated, "__name__", "backward")
            raise RaisedError(f"{name} {raised(error)}\n  {shapes}") from error

    def rounding(
        self, case: Case, upstream: Array, rng: np.random.Generator
    ) -> tuple[float, float]:
        """Measured: how far the last places of all inputs carry the results, in units of eps."""
        eps = float(np.finfo(float).eps)

        def nudge(x: Array) -> Array:
            return x * (1 + eps * rng.uniform(-1, 1, x.shape)) if x.dtype.kind == "f" else x

        value, grads = self.value(case), self.pull(case, upstream)
        off = [0.0, 0.0]
        for _ in range(PERTURBATIONS):
            near = with_arrays(case, nudge)
            off[0] = max(off[0], furthest([self.value(near)], [value]))
            off[1] = max(off[1], furthest(self.pull(near, nudge(upstream)), grads))
        return off[0] / eps + largest([value]), off[1] / eps + largest(grads)

    def report(self, case: Case, seed: int = 0) -> Report:
        slots = self.slots(case)
        subject = self.subject(case)
        if slots == list(range(len(case.inputs))) and not case.params:
            return self.examine(self.f, self.stated, *case.inputs, names=subject.names, seed=seed)
        return examine(subject, subject.inputs, seed=seed)

    def subject(self, case: Case) -> Subject:
        slots = self.slots(case)
        names = input_names(self.f, len(case.inputs), None)
        gradient = getattr(self.stated, "__name__", "backward")

        def at(xs: Sequence[Array]) -> tuple[Any, ...]:
            return moved(self, case, xs).inputs

        return Subject(
            self.name,
            lambda *xs: self.f(*at(xs), **case.params),
            lambda v, *xs: self.backward(v, *at(xs), **case.params),
            tuple(np.asarray(case.inputs[i], np.float64) for i in slots),
            tuple(names[i] for i in slots),
            gradient=gradient,
            functions=((self.f, self.name), (self.stated, gradient)),
        )


def of_derivative(f: Callable[..., Any], df: Callable[..., Any]) -> Pair:
    """f and its derivative df(x), element by element."""
    return Pair(f, pulled_through_derivative(df), stated=df, examine=derivative)


def of_loss(loss: Callable[..., Any], grad: Callable[..., Any]) -> Pair:
    """A loss and its gradients grad(*x)."""
    return Pair(loss, pulled_through_loss(grad), stated=grad, examine=loss_gradient)


def furthest(got: list[Array], wanted: list[Array]) -> float:
    return max((float(np.abs(a - b).max(initial=0.0)) for a, b in zip(got, wanted)), default=0.0)


def largest(arrays: list[Array]) -> float:
    return max((float(np.abs(x).max(initial=0.0)) for x in arrays), default=0.0)
