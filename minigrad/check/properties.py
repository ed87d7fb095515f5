"""What holds for every differentiable function, whoever wrote it: the set that `check.property` asks for.

A property is a function of a `Function`, one of its cases and a generator. It raises an AssertionError
that says what is broken, and returns how close it came to that: the largest error over its bound, which
is what a search for the worst case climbs. Two are held against differences (`slopes.py`); these here are
identities that need no step, and no tolerance but that of rounding.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from minigrad.backward import grad
from minigrad.check.functions import Function, random_upstream, with_arrays
from minigrad.check.layouts import fortran, locked, strided
from minigrad.check.pair import Pair
from minigrad.check.recorded import LayerFunction, Recorded, plain
from minigrad.check.rounding import close, hold
from minigrad.check.slopes import gradient_is_the_slope, second_gradient_is_the_slope_of_the_first
from minigrad.check.subject import Fault
from minigrad.domain import Case
from minigrad.errors import WrongGradientError
from minigrad.tensor import Tensor
from minigrad.typing import Array

Property = Callable[[Any, Case, np.random.Generator], float]


def recorded_gradient_is_the_gradient(
    function: Recorded, case: Case, rng: np.random.Generator
) -> float:
    """The rules on Tensors, or the definition of a fused op, against the rules on arrays."""
    v = random_upstream(function.value(case), rng)
    _, terms = function.rounding(case, v, rng)
    worst = 0.0
    for fast, recorded in zip(function.pull(case, v), function.pull(case, v, record=True)):
        worst = max(worst, close(recorded, fast, terms, float, "the recorded gradient"))
        hold(recorded.dtype == fast.dtype, f"the recorded gradient is {recorded.dtype}")
    return worst


def fused_op_is_its_definition(function: Recorded, case: Case, rng: np.random.Generator) -> float:
    out = function.value(case)
    v = random_upstream(out, rng)
    value_terms, terms = function.rounding(case, v, rng)
    defined = plain(function.applied(case, defined=True)[0])
    worst = close(out, defined, value_terms, float, "the fast value")
    for fast, slow in zip(function.pull(case, v), function.pull(case, v, defined=True)):
        worst = max(worst, close(fast, slow, terms, float, "the fast gradient"))
    return worst


def broadcasting_is_expansion(function: Function, case: Case, rng: np.random.Generator) -> float:
    """The gradient of a stretched input is the sum of those of its copies."""
    core = function.core_axes
    if any(np.ndim(x) < core for x in case.inputs):
        return 0.0
    leading = np.broadcast_shapes(*(np.shape(x)[: np.ndim(x) - core] for x in case.inputs))
    wide = with_arrays(
        case, lambda x: np.broadcast_to(x, leading + x.shape[x.ndim - core :]).copy()
    )
    out = function.value(case)
    v = random_upstream(out, rng)
    value_terms, terms = function.rounding(wide, v, rng)
    worst = close(function.value(wide), out, value_terms, float, "the value")
    for narrow, copies in zip(function.pull(case, v), function.pull(wide, v)):
        summed = copies.sum(axis=tuple(range(copies.ndim - narrow.ndim)))
        stretched = [i for i, n in enumerate(narrow.shape) if n == 1 and summed.shape[i] != 1]
        summed = summed.sum(axis=tuple(stretched), keepdims=True)
        what = "the gradient of a stretched input"
        worst = max(worst, close(narrow, summed, terms, float, what))
    return worst


def gradient_is_linear_in_the_upstream_one(
    function: Function, case: Case, rng: np.random.Generator
) -> float:
    """Which catches an upstream gradient that was dropped, averaged or squared. Of 0 it is 0 exactly."""
    out = function.value(case)
    v, w = random_upstream(out, rng), random_upstream(out, rng)
    terms = function.rounding(case, v, rng)[1] + function.rounding(case, w, rng)[1]
    of_both = function.pull(case, 2 * v - 3 * w)
    worst = 0.0
    for both, of_v, of_w in zip(of_both, function.pull(case, v), function.pull(case, w)):
        worst = max(worst, close(both, 2 * of_v - 3 * of_w, 3 * terms, float, "linearity"))
    for g in function.pull(case, np.zeros_like(v)):
        hold(not g.any(), f"an upstream gradient of 0 gives {g}")
    return worst


def single_precision_is_double_precision_rounded(
    function: Function, case: Case, rng: np.random.Generator
) -> float:
    """At a point that both can represent, within the forward error of the computation. No upcast, but in
    numpy functions written by hand: an `np.zeros(shape)` in one is float64, and no wrong gradient.
    """

    def floats(dtype: Any) -> Callable[[Array], Array]:
        return lambda x: x.astype(dtype) if x.dtype.kind == "f" else x

    single = with_arrays(case, floats(np.float32))
    double = with_arrays(single, floats(np.float64))
    out, wanted = function.value(single), function.value(double)
    v = random_upstream(wanted, rng).astype(np.float32).astype(wanted.dtype)
    value_terms, terms = function.rounding(double, v, rng)
    typed = not isinstance(function, Pair)
    kept = out.dtype == case.params.get("dtype", np.float32)
    hold(kept or not typed, f"float32 gives {out.dtype}")
    worst = close(out, wanted, value_terms, np.float32, "the value in float32")
    grads = zip(function.pull(single, v.astype(out.dtype)), function.pull(double, v))
    for g, double_g in grads:
        hold(g.dtype == np.float32 or not typed, f"the gradient of a float32 input is {g.dtype}")
        worst = max(worst, close(g, double_g, terms, np.float32, "the gradient in float32"))
    return worst


def nothing_is_mutated_or_aliased(
    function: Recorded, case: Case, rng: np.random.Generator
) -> float:
    case = with_arrays(case, np.array)
    before = with_arrays(case, np.copy)
    out, leaves = function.applied(case)
    v = random_upstream(plain(out), rng)
    copies = [np.copy(plain(out)), v.copy()]
    grads: list[Array] = []
    if leaves and out.requires_grad:
        found = grad(out, leaves, v, retain_graph=True, allow_unused=True)
        out.backward(v)
        grads = [g.data for g in (*found, *(x.grad for x in leaves)) if g is not None]
    kept = zip(function.slots(case), leaves)
    arrays = [(x.data, before.inputs[i]) for i, x in kept] + list(zip(case.inputs, before.inputs))
    for x, was in arrays:
        hold(not isinstance(x, np.ndarray) or np.array_equal(x, was), "an input was changed")
    same = np.array_equal(plain(out), copies[0])
    hold(same, "the output was changed by the backward pass")
    hold(np.array_equal(v, copies[1]), "the upstream gradient was changed")
    others = [x for x, _ in arrays if isinstance(x, np.ndarray)] + [v, plain(out)]
    for g, other in itertools.chain(
        itertools.product(grads, others), itertools.combinations(grads, 2)
    ):
        hold(not np.may_share_memory(g, other), "a gradient shares memory with another array")
    hold(all(g.flags.writeable for g in grads), "a gradient that cannot be written to")
    return 0.0


def promises_are_kept(function: Pair, case: Case, rng: np.random.Generator) -> float:
    """f is a function of its arguments alone, and neither it nor its gradient changes what it is given."""
    subject = function.subject(case)
    try:
        subject.gradients(random_upstream(subject.examined(), rng))
    except Fault as fault:
        raise WrongGradientError(str(fault)) from None
    return 0.0


def memory_layout_does_not_matter(
    function: Function, case: Case, rng: np.random.Generator
) -> float:
    """Fortran order, strides in both directions, arrays that must not be written to; strides of 0."""
    out = function.value(case)
    v = random_upstream(out, rng)
    value_terms, terms = function.rounding(case, v, rng)
    grads = function.pull(case, v)
    worst = 0.0
    for layout in (fortran, strided, locked):
        name = layout.__name__
        same = with_arrays(case, lambda x, layout=layout: layout(np.asarray(x)))  # type: ignore[misc]
        worst = max(worst, close(function.value(same), out, value_terms, float, name))
        for g, wanted in zip(function.pull(same, layout(v)), grads):
            worst = max(worst, close(g, wanted, terms, float, f"the gradient with {name}"))
    constant = with_arrays(case, lambda x: np.broadcast_to(x.flat[0], x.shape) if x.size else x)
    copied = with_arrays(constant, np.copy)
    _, terms = function.rounding(copied, v, rng)
    for g, wanted in zip(function.pull(constant, v), function.pull(copied, v)):
        worst = max(worst, close(g, wanted, terms, float, "the gradient with strides of 0"))
    return worst


def same_input_twice_adds_both_partials(
    function: Recorded, case: Case, rng: np.random.Generator
) -> float:
    slots = function.slots(case)
    worst = 0.0
    for i, j in itertools.combinations(slots, 2):
        if np.shape(case.inputs[i]) != np.shape(case.inputs[j]):
            continue
        inputs = list(case.inputs)
        inputs[j] = inputs[i]
        apart = Case(tuple(inputs), case.params)
        if (out := value_in_domain(function, apart)) is None:
            continue
        v = random_upstream(out, rng)
        _, terms = function.rounding(apart, v, rng)
        partials = dict(zip(slots, function.pull(apart, v)))
        for record in (False, True):
            x = Tensor(inputs[i], requires_grad=True)
            shared = Case(
                tuple(x if k in (i, j) else each for k, each in enumerate(inputs)), case.params
            )
            out, _ = function.applied(shared)
            (g,) = grad(out, x, v, create_graph=record, allow_unused=True)
            got = 0.0 * inputs[i] if g is None else g.data
            what = f"f(x, x), recorded: {record}"
            worst = max(worst, close(got, partials[i] + partials[j], terms, float, what))
    return worst


def value_in_domain(function: Function, case: Case) -> Array | None:
    """None where an input may not have these values: what is valid for one need not be so for another."""
    try:
        with np.errstate(all="ignore"):
            out = function.value(case)
    except Exception:  # a check of f's own may refuse them, with any error
        return None
    return out if np.all(np.isfinite(out)) else None


def shapes_and_types_are_kept(function: Recorded, case: Case, rng: np.random.Generator) -> float:
    """Tensors give the values that their arrays give; gradients fit their inputs."""
    out = function.value(case)
    result, leaves = function.applied(case)
    hold(isinstance(result, Tensor) or not leaves, f"Tensors give a {type(result).__name__}")
    hold(np.array_equal(plain(result), out), "a Tensor gives other values than its array")
    for x, g in zip(leaves, function.pull(case, random_upstream(out, rng))):
        hold((g.shape, g.dtype) == (x.shape, x.dtype), f"a gradient of {g.shape}, {g.dtype}")
    return 0.0


# ---- which of them hold for what ----

PROPERTIES: dict[Property, Callable[[Function], bool]] = {
    gradient_is_the_slope: lambda f: True,
    second_gradient_is_the_slope_of_the_first: lambda f: isinstance(f, Recorded),
    recorded_gradient_is_the_gradient: lambda f: isinstance(f, Recorded),
    fused_op_is_its_definition: lambda f: isinstance(f, Recorded) and f.definition is not None,
    broadcasting_is_expansion: lambda f: f.broadcasts,
    gradient_is_linear_in_the_upstream_one: lambda f: True,
    single_precision_is_double_precision_rounded: lambda f: True,
    nothing_is_mutated_or_aliased: lambda f: isinstance(f, Recorded),
    promises_are_kept: lambda f: isinstance(f, Pair),
    memory_layout_does_not_matter: lambda f: True,
    same_input_twice_adds_both_partials: lambda f: (
        isinstance(f, Recorded) and not isinstance(f, LayerFunction)
    ),
    shapes_and_types_are_kept: lambda f: isinstance(f, Recorded),
}


def of(function: Function) -> list[Property]:
    """The properties that can be asked of this function."""
    return [holds for holds, asked in PROPERTIES.items() if asked(function)]
