"""The dtype, as a property of its own: a float32 gradient is the float64 one, but for rounding.

Whether a gradient is correct is judged in float64, where differences have digits to spare. What is left to
ask of float32 is that it keeps its dtype and stays within the forward error that rounding explains.
That error is measured rather than assumed: every input of the float64 gradient is moved by up to one
unit of float32's last place, several times over, and the largest movement of the gradient, together with
the rounding of its own value, is what a stable computation may lose a few times (Higham, "Accuracy and
Stability of Numerical Algorithms", section 1.5: forward error = condition times backward error).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from minigrad.check.subject import Fault, Subject
from minigrad.check.trial import upstream
from minigrad.typing import Array

PERTURBATIONS = 8

SAFETY = 32.0
"""How many times the measured forward error is granted: one for each rounding in a row, and to spare."""


@dataclass(frozen=True)
class Precision:
    """A gradient in single (or half) precision against that in double.

    dtype      of the inputs
    digits     to which the two agree, at the worst element, relative to the largest
    excess     the largest difference over what rounding explains: up to 1 is correct
    returned   the dtype of the gradients, if it is another
    where      the input at which `excess` is worst
    """

    dtype: str
    digits: float
    excess: float
    returned: str
    where: str

    @property
    def passed(self) -> bool:
        return self.excess <= 1.0

    def __str__(self) -> str:
        upcast = f"; it is returned as {self.returned}" if self.returned else ""
        if self.passed:
            return (
                f"{self.dtype} agrees with float64 to {self.digits:.1f} digits, as rounding explains"
                + upcast
            )
        return (
            f"the {self.dtype} gradient of {self.where} is {self.excess:.3g} times as far from the float64 "
            f"one as rounding explains ({self.digits:.1f} digits agree){upcast}"
        )


def compared(
    subject: Subject, given: tuple[Array, ...], rng: np.random.Generator
) -> Precision | None:
    """The gradients in the dtype of the inputs against those in float64; None for float64 inputs."""
    narrow = [x.dtype for x in given if x.dtype.itemsize < 8]
    if not narrow or not subject.size:
        return None
    dtype = min(narrow, key=lambda d: d.itemsize)
    out = np.asarray(subject.f(*(x.copy() for x in given)))
    eps = float(np.finfo(dtype).eps)
    v = upstream(subject, out.shape, rng).astype(out.dtype)
    raw = gradients(subject, v, given)
    exact = subject.gradients(v.astype(np.float64))
    moved = [np.zeros(x.shape) for x in subject.inputs]
    for _ in range(PERTURBATIONS):
        nudged = [x * (1 + eps * rng.uniform(-1, 1, x.shape)) for x in subject.inputs]
        w = v * (1 + eps * rng.uniform(-1, 1, v.shape)) if subject.upstream else v
        shifted = subject.gradients(np.asarray(w, np.float64), nudged)
        moved = [np.maximum(m, np.abs(a - b)) for m, a, b in zip(moved, shifted, exact)]
    worst, digits, where = 0.0, 16.0, ""
    for name, single, double, movement in zip(subject.names, raw, exact, moved):
        if not double.size:
            continue
        largest = float(np.abs(double).max())
        # Nothing is known of cancellation inside: the whole array answers for each of its elements.
        explained = SAFETY * (float(movement.max()) + eps * largest)
        off = float(np.abs(np.asarray(single, np.float64) - double).max())
        excess = off / explained if explained else float(off > 0) * np.inf
        if not np.isfinite(off) or excess >= worst:
            worst, where = (excess if np.isfinite(off) else np.inf), name
        if off and largest:
            digits = min(digits, -float(np.log10(off / largest))) if np.isfinite(off) else 0.0
    others = {str(g.dtype) for g, x in zip(raw, given) if g.dtype != x.dtype}
    return Precision(str(dtype), max(digits, 0.0), worst, ", ".join(sorted(others)), where)


def gradients(subject: Subject, v: Array, given: tuple[Array, ...]) -> list[Any]:
    """The gradients as they come, in the dtype that they come in."""
    arrays = [x.copy() for x in given]
    with np.errstate(all="ignore"):  # an overflow in single precision is a finding, not a warning
        subject.f(*arrays)
        found = [np.asarray(g) for g in subject.apart(subject.pull(v.copy(), *arrays))]
    for g, x, name in zip(found, given, subject.names):
        if g.shape != x.shape:
            raise Fault(
                f"the gradient of {name} has shape {g.shape} in {x.dtype}, and not {x.shape}"
            )
    return found
