"""Check a layer or a model: every parameter and every input, in training and in evaluation mode.

    check.module(layer, x)        the gradients of <v, layer(x)>
    check.model(model, x, y)      the gradients of each example's loss

A module is a function only while its random generators and its running statistics stand still, so they
are set back before every call; and everything is afterwards what it was. All is computed in float64.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np

from minigrad import ops
from minigrad.check import oracle
from minigrad.check.examine import Effort, examine
from minigrad.check.given import as_input, input_names
from minigrad.check.report import Report
from minigrad.check.subject import Subject
from minigrad.check.tensors import pulled
from minigrad.errors import CheckError
from minigrad.nn import Module
from minigrad.recording import no_grad
from minigrad.tensor import Tensor
from minigrad.typing import Array

STEPS = oracle.STEPS[5:37]
"""Networks bend, and break, at larger steps; at smaller ones there is only noise."""


def module(layer: Module, *inputs: Any, seed: int = 0) -> Report:
    """Check the gradients of `layer(*inputs)` with respect to its parameters, and to inputs of floats.

    In training and in evaluation mode, where they compute different things.
    """
    return examined(layer, layer, inputs, input_names(layer.forward, len(inputs), None), seed)


def model(
    network: Module,
    x: Any,
    y: Any,
    *,
    loss: Callable[..., Any] = ops.cross_entropy,
    seed: int = 0,
) -> Report:
    """Check the gradients of the loss of each example with respect to every parameter of `network`.

    x     the examples, an array or a Tensor; a few are enough
    y     their targets; `loss(network(x), y, reduction="none")` gives a loss for each example

    In training and in evaluation mode, where they compute different things. Where ReLU or max-pooling
    switches near by, only steps count that do not reach so far, and the resolution is less.
    """
    x = x.data if isinstance(x, Tensor) else np.asarray(x)
    constant = np.asarray(x, np.float64) if x.dtype.kind == "f" else x

    def losses() -> Any:
        return loss(network(constant), y, reduction="none")

    return examined(network, losses, (), (), seed, Effort(joint=2, own=1, elements=50, steps=STEPS))


def examined(
    owner: Module,
    compute: Callable[..., Any],
    inputs: Sequence[Any],
    names: Sequence[str],
    seed: int,
    effort: Effort | None = None,
) -> Report:
    """One report on both modes."""
    arguments = [x.data if isinstance(x, Tensor) else x for x in inputs]
    moving = {
        name: as_input(x, name)
        for name, x in zip(names, arguments)
        if np.asarray(x).dtype.kind == "f"
    }
    parameters = {name: p for name, p in owner.named_parameters() if p.requires_grad and p.size}
    if not parameters and not moving:
        raise CheckError(
            f"{type(owner).__name__} has no parameters that require a gradient, and no input of floats: "
            "there is nothing to differentiate with respect to"
        )
    given = (*moving.values(), *(p.data for p in parameters.values()))
    with in_float64(owner) as restore:

        def run(
            arrays: Sequence[Array], make: Callable[[Array], Tensor]
        ) -> tuple[Any, list[Tensor]]:
            restore()
            places = dict(zip(moving, arrays))
            free = {name: make(x) for name, x in places.items()}
            for p, array in zip(parameters.values(), arrays[len(moving) :]):
                p.data = array
            out = compute(*(free.get(name, x) for name, x in zip(names, arguments)))
            if not isinstance(out, Tensor):
                raise CheckError(
                    f"{type(owner).__name__} returned a {type(out).__name__}; needed: a Tensor"
                )
            return out, [*free.values(), *parameters.values()]

        def f(*arrays: Array) -> Array:
            with no_grad():
                return np.asarray(run(arrays, Tensor)[0].data)

        def pull(v: Array, *arrays: Array) -> list[Array]:
            out, leaves = run(arrays, lambda x: Tensor(x, requires_grad=True))
            found = pulled(out, leaves, v)
            return [np.zeros(x.shape) if g is None else g.data for x, g in zip(leaves, found)]

        subject = Subject(
            name=type(owner).__name__,
            f=f,
            pull=pull,
            inputs=tuple(np.asarray(x, np.float64) for x in given),
            names=(*moving, *parameters),
            gradient="grad",
        )
        reports = []
        for mode in modes(owner, subject):
            owner.train(mode == "train")
            report = examine(replaced(subject), subject.inputs, seed=seed, effort=effort)
            reports.append((mode, report))
    return merged(reports)


def modes(owner: Module, subject: Subject) -> list[str]:
    """Both modes, or the one that the module is in where they compute the same."""
    values = []
    for mode in (True, False):
        owner.train(mode)
        values.append(subject.value(*subject.inputs))
    return ["train"] if np.array_equal(values[0], values[1]) else ["train", "eval"]


def replaced(subject: Subject) -> Subject:
    """The subject without the counts and notes of an earlier check."""
    return replace(subject, notes=[], calls=0, failures=0, failure="")


def merged(reports: list[tuple[str, Report]]) -> Report:
    """The report on both modes: the verdict of the worse one, and the trials of both."""
    if len(reports) == 1:
        return reports[0][1]
    worst = next((each for each in reports if not each[1].passed), reports[0])
    others = [mode for mode, report in reports if report.passed]
    said = "in training and in evaluation mode"
    if not worst[1].passed:
        said = f"this is {worst[0]} mode" + (
            f"; in {others[0]} mode all is correct" if others else ""
        )
    trials = worst[1].trials
    if worst[1].passed:
        trials = tuple(t for _, report in reports for t in report.trials)
    notes = dict.fromkeys(note for _, report in reports for note in report.notes)
    return replace(
        worst[1],
        trials=trials,
        notes=(said, *notes),
        samples=sum(report.samples for _, report in reports),
        discarded=sum(report.discarded for _, report in reports),
    )


@contextmanager
def in_float64(owner: Module) -> Iterator[Callable[[], None]]:
    """In float64 and without gradients. The function that is given restores buffers and generators.

    At the end of the block, the module is restored.
    """
    with owner.preserved():
        for each in (*owner.parameters(), *owner.buffers()):
            each.grad = None
            if each.dtype.kind == "f":
                each.data = each.data.astype(np.float64)
        buffers = [(each, each.data.copy()) for each in owner.buffers()]
        generators = [(each, each.bit_generator.state) for _, each in owner.named_rngs()]

        def restore() -> None:
            for buffer, data in buffers:
                buffer.data = data.copy()
            for generator, state in generators:
                generator.bit_generator.state = state

        yield restore
