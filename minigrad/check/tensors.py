"""Check what the engine makes of a function of Tensors: its gradients, and the gradients of those.

    check.gradcheck(f, x, w)        d<v, f>/dx and /dw by `minigrad.grad`
    check.gradgradcheck(f, x, w)    the gradient of that gradient, with respect to x, w and v

The reference are differences of f's values, computed in float64 and recorded by nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from minigrad.backward import grad
from minigrad.check.examine import examine
from minigrad.check.given import as_input, called, input_names
from minigrad.check.report import Report
from minigrad.check.subject import Fault, Subject
from minigrad.check.trial import flat
from minigrad.errors import CheckError
from minigrad.tensor import Tensor
from minigrad.typing import Array


def gradcheck(
    f: Callable[..., Any], *inputs: Any, names: Sequence[str] | None = None, seed: int = 0
) -> Report:
    """Check the gradients of `f(*inputs)`, a Tensor, with respect to every Tensor of floats among `inputs`.

    Arrays, integers and Tensors that do not require a gradient are passed on as they are: constants. If
    no Tensor requires one, all of floats do. See `check.gradient` for what is raised.
    """
    subject, given = of_tensors(f, inputs, names)
    return examine(subject, given, seed=seed)


def gradgradcheck(
    f: Callable[..., Any], *inputs: Any, names: Sequence[str] | None = None, seed: int = 0
) -> Report:
    """Check the gradient of the gradient of `f`: differences of gradients, against `create_graph=True`.

    It is taken with respect to the inputs and to the upstream gradient, which is called g.
    """
    first, _ = of_tensors(f, inputs, names)
    out = first.examined()
    v = np.random.default_rng(seed).uniform(0.5, 1.5, out.shape)

    def gradient(*arrays: Array) -> Array:
        return flat(first.gradients(arrays[-1], arrays[:-1]))

    def pull(w: Array, *arrays: Array) -> list[Array]:
        leaves = [Tensor(x, requires_grad=True) for x in arrays]
        once = pulled(first.f_of_tensors(*leaves[:-1]), leaves[:-1], leaves[-1], create_graph=True)
        ends = np.cumsum([x.size for x in leaves[:-1]])[:-1]
        weighted = [
            (g, part.reshape(g.shape))
            for g, part in zip(once, np.split(w, ends))
            if g is not None and g.requires_grad
        ]
        twice: tuple[Tensor | None, ...] = (None,) * len(leaves)
        if weighted:
            outputs, weights = zip(*weighted)
            twice = grad(outputs, leaves, weights, allow_unused=True)
        return [np.zeros(x.shape) if g is None else g.data for x, g in zip(leaves, twice)]

    subject = Subject(
        name=f"the gradient of {first.name}",
        f=gradient,
        pull=pull,
        inputs=(*first.inputs, v),
        names=(*first.names, "g"),
        gradient="grad(create_graph=True)",
    )
    return examine(subject, subject.inputs, seed=seed)


class TensorSubject(Subject):
    """A subject that is a function of Tensors; the constants among its inputs stay where they are."""

    f_of_tensors: Callable[..., Tensor]


def of_tensors(
    f: Callable[..., Any], inputs: Sequence[Any], names: Sequence[str] | None
) -> tuple[TensorSubject, tuple[Array, ...]]:
    """f as a function of arrays, those of the inputs that are differentiated; and these as given."""
    if not callable(f):
        raise CheckError(f"f must be a function of Tensors, and is {type(f).__name__}")
    floats = [k for k, x in enumerate(inputs) if isinstance(x, Tensor) and x.dtype.kind == "f"]
    places = [k for k in floats if inputs[k].requires_grad] or floats
    if not places:
        raise CheckError(
            "gradcheck needs a Tensor of floats to differentiate with respect to; a function of arrays with "
            "a gradient of its own is checked by check.gradient(f, backward, x)"
        )
    all_names = input_names(f, len(inputs), names)
    given = tuple(as_input(inputs[k].data, all_names[k]) for k in places)
    name = called(f, "f")

    def of_leaves(*leaves: Tensor) -> Tensor:
        arguments = list(inputs)
        for k, leaf in zip(places, leaves):
            arguments[k] = leaf
        out = f(*arguments)
        if not isinstance(out, Tensor):
            raise CheckError(f"{name} returned a {type(out).__name__}; needed: a Tensor")
        return out

    def values(*arrays: Array) -> Array:
        # Not under no_grad: f may ask for gradients of its own, as a price on a slope does.
        return of_leaves(*(Tensor(x) for x in arrays)).data

    def pull(v: Array, *arrays: Array) -> list[Array]:
        leaves = [Tensor(x, requires_grad=True) for x in arrays]
        out = of_leaves(*leaves)
        if not (out.requires_grad or UNRECORDED in subject.notes):
            subject.notes.append(UNRECORDED)
        found = pulled(out, leaves, v)
        return [np.zeros(x.shape, x.dtype) if g is None else g.data for x, g in zip(leaves, found)]

    names = tuple(all_names[k] for k in places)
    complete = len(places) == len(inputs)
    subject = TensorSubject(
        name=name,
        f=values,
        pull=pull,
        inputs=tuple(np.asarray(x, np.float64) for x in given),
        names=names,
        gradient="grad",
        evaluate="value({x})",
        claim=CLAIM.format(f=name) if complete else "",
        functions=((f, name),),
        imports=(
            "from minigrad import Tensor, grad",
            "",
            "def value(*arrays):",
            f"    return {name}(*map(Tensor, arrays)).data",
            "",
        ),
    )
    subject.f_of_tensors = of_leaves
    return subject, given


UNRECORDED = (
    "no graph leads from the inputs to the output: .data, .detach(), no_grad() or numpy cut it off"
)

CLAIM = """\
leaves = [Tensor(each, requires_grad=True) for each in ({{x}},)]
claimed = grad({f}(*leaves), leaves, {{g}}){{pick}}.data[i]"""


def pulled(
    out: Tensor, leaves: Sequence[Tensor], v: Any, create_graph: bool = False
) -> tuple[Tensor | None, ...]:
    """The gradients of <v, out>; None for a leaf that out does not depend on."""
    if not out.requires_grad:
        return (None,) * len(leaves)
    if isinstance(v, Tensor) and v.dtype != out.dtype:
        raise Fault(f"the output is {out.dtype}, and its inputs are {v.dtype}")
    return grad(out, leaves, v, create_graph=create_graph, allow_unused=True)
