"""The usual mistakes in a gradient, and what each would give at a step: computed from the record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from minigrad.typing import Array
from minigrad.view.formulas.expression import Name, inner_first
from minigrad.view.steps.equation import Equation
from minigrad.view.steps.step import Operand, Step
from minigrad.view.steps.words import times


class Mistake(NamedTuple):
    """What the mistake gives, in the shape of the step's result or to be broadcast to it."""

    values: Array
    says: str


def mistaken(step: Step) -> list[Mistake]:
    """All that apply, the likeliest first."""
    of_kind = {
        "contribution": of_contribution,
        "unbroadcast": of_unbroadcast,
        "accumulate": of_accumulate,
    }
    correct = array(step.result)
    found = list(of_kind[step.kind](step)) if step.kind in of_kind and correct is not None else []
    if correct is not None and found:
        found.append(Mistake(-correct, "The sign is wrong."))
    return [m for m in found if fits(m, correct)]


def fits(mistake: Mistake, correct: Array | None) -> bool:
    try:
        return (
            correct is not None
            and np.broadcast_shapes(mistake.values.shape, correct.shape) == correct.shape
        )
    except ValueError:
        return False


def of_accumulate(step: Step) -> Iterator[Mistake]:
    before, added = (array(o) for o in step.operands)
    if before is None or added is None:
        return
    label = step.result.label if step.result else ""
    arrived = len(step.terms) or step.uses
    told = f"{step.trace.nodes[step.node].label} is used {times(step.uses)}"
    yield Mistake(
        before,
        f"That is what had arrived before. {told}: this contribution is added to it.",
    )
    yield Mistake(added, f"That is only the last use. {told}, and every use contributes.")
    for i, term in enumerate(step.terms[:-1]):
        if term.g.array is not None and i:
            yield Mistake(
                term.g.array, f"That is only one of the uses. {told}, and every use contributes."
            )
    with np.errstate(all="ignore"):
        yield Mistake(before * added, "What different uses contribute is added, not multiplied.")
        yield Mistake(before - added, "What different uses contribute is added, not subtracted.")
        yield Mistake(
            (before + added) / arrived, f"{label} is the sum over the uses, not their mean."
        )


SHOWN = 8
"""So many copies are told apart."""


def of_unbroadcast(step: Step) -> Iterator[Mistake]:
    wide, correct = array(step.operands[0]), array(step.result)
    if wide is None or correct is None or correct.size == wide.size:
        return
    count = wide.size // correct.size
    flat = (
        wide.reshape(-1, *correct.shape)
        if wide.shape[wide.ndim - correct.ndim :] == correct.shape
        else None
    )
    if flat is not None:
        for i, copy in enumerate(flat[:SHOWN]):
            yield Mistake(
                copy,
                f"That is the gradient of copy {i} alone. The sum over the {count} copies, the batch, was "
                "forgotten.",
            )
    yield Mistake(correct / count, f"That is the mean over the {count} copies. They are added up.")


def of_contribution(step: Step) -> Iterator[Mistake]:
    g, correct, equation = array(step.operands[0]), array(step.result), step.formula
    if g is None or correct is None:
        return
    op = step.trace.nodes[step.node].op
    whole = step.operands[0].label
    yield from of_counts(step, op or "", correct)
    if equation is not None and equation.formula.expression is not None:
        yield from by_formula(step, equation, op or "", whole)
    yield Mistake(
        g, f"That is {whole}, what has arrived. It is still to be multiplied by the slope of {op}."
    )
    yield from transposed(step, op or "", correct)


def by_formula(step: Step, equation: Equation, op: str, whole: str) -> Iterator[Mistake]:
    """What the formula gives if something else stands in the place of something."""
    values = equation.arrays
    if values is None:
        return
    used = {e.name for e in inner_first(equation.formula.expression) if isinstance(e, Name)}  # type: ignore[arg-type]
    words = equation.names

    def instead(**others: Any) -> Array | None:
        try:
            with np.errstate(all="ignore"):
                return np.asarray(equation.formula.evaluate({**values, **others}))
        except Exception:  # the rule does not take such values
            return None

    inputs = [name for name in values if name not in ("g", "out")]
    arrays = {name: x for name, x in values.items() if isinstance(x, np.ndarray)}
    candidates: list[tuple[Array | None, str]] = [
        (
            instead(g=np.ones_like(values["g"])),
            f"That is the slope of {op} alone. The chain rule multiplies it by {whole}, what has arrived.",
        )
    ]
    out = words["out"]
    for name in inputs:
        if name not in arrays or arrays[name].shape != np.shape(values["out"]):
            continue
        x = words[name]
        if "out" in used and name not in used:
            said = f"You took {x}, the input, where {out}, the result, belongs."
            candidates.append((instead(out=arrays[name]), said))
        elif name in used:
            said = f"You took {out}, the result, where {x}, the input, belongs."
            candidates.append((instead(**{name: values["out"]}), said))
    for i, a in enumerate(inputs):
        for b in inputs[i + 1 :]:
            if a in arrays and b in arrays and arrays[a].shape == arrays[b].shape:
                said = f"You took {words[a]} and {words[b]} the wrong way round."
                candidates.append((instead(**{a: arrays[b], b: arrays[a]}), said))
    yield from (Mistake(value, said) for value, said in candidates if value is not None)


def of_counts(step: Step, op: str, correct: Array) -> Iterator[Mistake]:
    node = step.trace.nodes[step.node]
    if op == "pow" and (n := exponent(step)) is not None and n not in (0.0, 1.0):
        yield Mistake(
            correct / n, f"The factor {n:g} is missing: the slope of x^{n:g} is {n:g} x^{n - 1:g}."
        )
        x = step.trace.nodes[node.inputs[0]].value
        if x is not None and x.array is not None:
            yield Mistake(correct * x.array, "The exponent goes down by one.")
    if op in SQUARES:
        yield Mistake(correct / 2, "The factor 2 is missing, which comes from the square.")
    averaged = op == "mean" or (op in LOSSES and node.params.get("reduction", "mean") == "mean")
    if averaged and node.value is not None and node.inputs:
        x = step.trace.nodes[node.inputs[0]].value
        if x is not None:
            n = (
                x.size // max(node.value.size, 1)
                if op != "cross_entropy"
                else x.shape[0]
                if x.shape
                else 1
            )
            if n > 1:
                yield Mistake(
                    correct * n, f"The division by {n} is missing: it is a mean, and not a sum."
                )
    if op == "sum":
        x = step.trace.nodes[node.inputs[0]].value
        if x is not None and node.value is not None and x.size > node.value.size > 0:
            yield Mistake(
                correct * node.value.size / x.size,
                "A sum divides by nothing: each element receives the whole gradient.",
            )


SQUARES = {"mse_loss", "var"}
LOSSES = {"mse_loss", "cross_entropy", "nll_loss", "binary_cross_entropy_with_logits"}


def exponent(step: Step) -> float | None:
    """That of a power, where it is a number that was given as it is."""
    slot = step.trace.nodes[step.node].slots[1]
    return (
        None
        if slot.constant is None or step.edge is None or step.edge.slot
        else float(slot.constant)
    )


def transposed(step: Step, op: str, correct: Array) -> Iterator[Mistake]:
    if op not in ("matmul", "linear") or correct.ndim != 2:
        return
    if correct.shape[0] == correct.shape[1] > 1:
        yield Mistake(correct.T, "That is the transpose of the correct matrix.")
    values = None if step.formula is None else step.formula.arrays
    if values is None or step.edge is None:
        return
    others = [x for name, x in values.items() if name not in ("g", "out", step.edge.name)]
    g, other = values["g"], others[0]
    if isinstance(other, np.ndarray) and other.ndim == g.ndim == 2:
        for a, b in ((g, other), (other, g), (g, other.T), (other.T, g)):
            product = a @ b if a.shape[1] == b.shape[0] else None
            if (
                product is not None
                and product.shape == correct.shape
                and not np.array_equal(product, correct)
            ):
                yield Mistake(
                    product, "A matrix is transposed that should not be, or is not and should be."
                )


def array(operand: Operand | None) -> Array | None:
    return None if operand is None or operand.value is None else operand.value.array
