"""What holds for every op, as functions of an op and of one of its cases.

`test_every_op` lets hypothesis look for a case that breaks one of them; `test_the_tests` breaks the ops
and sees to it that they notice. The reference is `minigrad.check.oracle`, which knows numpy alone.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from minigrad import Op, Tensor, grad
from minigrad.check import oracle
from minigrad.domain import Array, Case

CORE_AXES = {"matmul": 2}
"""How many of the last axes of an op's inputs do not broadcast: none, but for these."""

ULPS = 32
"""How far rounding may carry two computations of the same value, in units of the last place of each
intermediate value, carried through to the result: for all ops, all dtypes, all shapes."""


class UndecidedError(Exception):
    """The oracle cannot judge this case: neither for nor against the op."""


# ---- calling an op ----


def differentiable(op: Op, case: Case) -> list[int]:
    """The slots that gradients flow to: labels, masks and conditions are none."""
    return [
        i
        for i, x in enumerate(case.inputs)
        if isinstance(x, np.ndarray | np.generic)
        and x.dtype.kind == "f"
        and (op.joint or op.rules[i] is not None)
    ]


def leaves_of(op: Op, case: Case) -> tuple[list[Any], list[Tensor]]:
    """The inputs with Tensors where gradients flow, and these Tensors alone."""
    inputs = list(case.inputs)
    slots = differentiable(op, case)
    for i in slots:
        inputs[i] = Tensor(inputs[i], requires_grad=True)
    return inputs, [inputs[i] for i in slots]


def pull(
    f: Op | Callable[..., Any], op: Op, case: Case, upstream: Array, record: bool = False
) -> list[Array]:
    """The gradients of <upstream, f(inputs)>, one for each differentiable input."""
    inputs, leaves = leaves_of(op, case)
    if not leaves:
        return []
    out = f(*inputs, **case.params)
    grads = grad(out, leaves, upstream, create_graph=record, allow_unused=True)
    return [np.zeros(x.shape, x.dtype) if g is None else g.data for x, g in zip(leaves, grads)]


def random_upstream(like: Any, rng: np.random.Generator) -> Array:
    """Of mixed signs and never close to 0, nor all alike: ones would hide whole classes of errors."""
    v = rng.standard_normal(np.shape(like))
    return np.asarray(np.where(v < 0, v - 0.1, v + 0.1), np.asarray(like).dtype)


def with_arrays(case: Case, change: Callable[[Array], Array]) -> Case:
    """The case with `change` applied to its arrays."""
    arrays = (change(x) if isinstance(x, np.ndarray | np.generic) else x for x in case.inputs)
    return Case(tuple(arrays), case.params)


# ---- the same numbers ----


def rounding_terms(
    op: Op, case: Case, upstream: Array, rng: np.random.Generator
) -> tuple[float, float]:
    """Sum |d result / d value| |value| over all values computed on the way: of the output, of the gradients.

    An intermediate value rounded by a relative eps changes the result by eps times its term, and the
    backward pass knows all these derivatives at once: Linnainmaa, "Taylor expansion of the accumulated
    rounding error" (1976), which is where reverse mode comes from.
    """
    inputs, leaves = leaves_of(op, case)
    v = Tensor(upstream.astype(np.float64), requires_grad=True)
    out = (op.definition or op)(*inputs, **case.params)
    if not leaves:
        return float(np.abs(out).max(initial=0.0)), 0.0
    grads = [g for g in grad(out, leaves, v, create_graph=True, allow_unused=True) if g is not None]
    return total(out, [*leaves, v], rng), sum(total(g, [*leaves, v], rng) for g in grads)


def total(result: Tensor, leaves: list[Tensor], rng: np.random.Generator) -> float:
    w = rng.choice([-1.0, 1.0], result.shape)
    terms = float(np.abs(result.data).sum())
    if result.requires_grad:
        values = list(computed_for(result, leaves))
        slopes = grad(result, values, w, retain_graph=True, allow_unused=True)
        for g, x in zip(slopes, values):
            if g is not None:
                used = g.data != 0  # max pooling pads with -inf
                terms += float(np.abs(g.data[used] * x.data[used]).sum())
    return terms


def computed_for(result: Tensor, leaves: list[Tensor]) -> set[Tensor]:
    """The leaves, and all that was recorded on the way to the result."""
    found, waiting = set(leaves), [result]
    while waiting:
        x = waiting.pop()
        if x not in found and x.node is not None:
            found.add(x)
            waiting += [y for y in x.node.inputs if isinstance(y, Tensor)]
    return found


def assert_close(got: Any, wanted: Any, bound: float, what: str) -> None:
    got, wanted = np.asarray(got), np.asarray(wanted)
    assert got.shape == wanted.shape, f"{what}: shape {got.shape} in the place of {wanted.shape}"
    off = np.abs(got - wanted)
    worst = np.unravel_index(np.argmax(off), off.shape) if off.size else None
    assert worst is None or off[worst] <= bound, (
        f"{what}: {got[worst]} in the place of {wanted[worst]} at {worst}, "
        f"off by {off[worst]:.2g}, and rounding explains {bound:.2g}"
    )


def eps(dtype: Any) -> float:
    return float(np.finfo(dtype).eps)


# ---- first order against differences ----


@dataclass(frozen=True)
class Probe:
    """A case, an upstream gradient, and the values of the op around the case: whatever the rules are."""

    case: Case
    upstream: Array
    samples: oracle.Samples


def probe(op: Op, case: Case, rng: np.random.Generator) -> Probe | None:
    """None where there is no element to move."""
    slots = differentiable(op, case)
    inputs = [case.inputs[i] for i in slots]
    if not sum(np.size(x) for x in inputs):
        return None

    def f(*xs: Array) -> Array:
        arrays = list(case.inputs)
        for i, x in zip(slots, xs):
            arrays[i] = x
        return np.asarray(op(*arrays, **case.params))

    out = f(*inputs)
    upstream = random_upstream(out, rng)
    direction = oracle.random_direction(inputs, rng)
    return Probe(case, upstream, oracle.sample(f, inputs, direction, upstream))


def judged(op: Op, probed: Probe) -> oracle.Sweep:
    """What the oracle says of the gradient that the engine and the rules of `op`, as they are now, give."""
    return oracle.judge(probed.samples, pull(op, op, probed.case, probed.upstream))


def accept(sweep: oracle.Sweep) -> None:
    """The verdict, and both arms of the V wherever they can be seen."""
    if sweep.verdict == "undecided":
        raise UndecidedError(str(sweep))
    assert sweep.verdict == "right", str(sweep)
    assert sweep.truncation_slope is None or sweep.truncation_slope > 1.75, str(sweep)
    assert sweep.roundoff_slope is None or -1.75 < sweep.roundoff_slope < -0.25, str(sweep)


def gradient_is_the_slope(op: Op, case: Case, rng: np.random.Generator) -> None:
    probed = probe(op, case, rng)
    if probed is not None:
        accept(judged(op, probed))


def second_gradient_is_the_slope_of_the_first(op: Op, case: Case, rng: np.random.Generator) -> None:
    """Differences of gradients, not of values: with respect to the inputs and to the upstream gradient."""
    slots = differentiable(op, case)
    inputs, leaves = leaves_of(op, case)
    v = random_upstream(op(*case.inputs, **case.params), rng)
    points = [*(case.inputs[i] for i in slots), v]
    if not slots or not sum(np.size(x) for x in points[:-1]) or not v.size:
        return

    def first(*xs: Array) -> Array:
        arrays = list(case.inputs)
        for i, x in zip(slots, xs):
            arrays[i] = x
        return flat(pull(op, op, Case(tuple(arrays), case.params), xs[-1]))

    ws = [random_upstream(x.data, rng) for x in leaves]
    seed = Tensor(v, requires_grad=True)
    grads = grad(op(*inputs, **case.params), leaves, seed, create_graph=True, allow_unused=True)
    curved = [(g, w) for g, w in zip(grads, ws) if g is not None and g.requires_grad]
    second = [np.zeros(x.shape) for x in points]
    if curved:
        found = grad(
            [g for g, _ in curved], [*leaves, seed], [w for _, w in curved], allow_unused=True
        )
        second = [zero if h is None else h.data for zero, h in zip(second, found)]
    direction = oracle.random_direction(points, rng)
    accept(oracle.sweep(first, points, second, direction, flat(ws)))


def flat(arrays: Sequence[Any]) -> Array:
    return np.concatenate([np.ravel(x) for x in arrays])


# ---- identities that need no step ----


def recorded_gradient_is_the_gradient(op: Op, case: Case, rng: np.random.Generator) -> None:
    """The rules on Tensors, or the definition of a fused op, against the rules on arrays."""
    v = random_upstream(op(*case.inputs, **case.params), rng)
    _, terms = rounding_terms(op, case, v, rng)
    for plain, recorded in zip(pull(op, op, case, v), pull(op, op, case, v, record=True)):
        assert_close(recorded, plain, ULPS * eps(float) * terms, "the recorded gradient")
        assert recorded.dtype == plain.dtype


def fused_op_is_its_definition(op: Op, case: Case, rng: np.random.Generator) -> None:
    if op.definition is None:
        return
    out = op(*case.inputs, **case.params)
    v = random_upstream(out, rng)
    value_terms, terms = rounding_terms(op, case, v, rng)
    inputs, _ = leaves_of(op, case)
    defined = op.definition(*inputs, **case.params)
    assert_close(out, defined.data, ULPS * eps(float) * value_terms, "the fast value")
    for fast, slow in zip(pull(op, op, case, v), pull(op.definition, op, case, v)):
        assert_close(fast, slow, ULPS * eps(float) * terms, "the fast gradient")


def broadcasting_is_expansion(op: Op, case: Case, rng: np.random.Generator) -> None:
    """The gradient of a stretched input is the sum of those of its copies."""
    core = CORE_AXES.get(op.__name__, 0)
    if not op.broadcasts or any(np.ndim(x) < core for x in case.inputs):
        return
    leading = np.broadcast_shapes(*(np.shape(x)[: np.ndim(x) - core] for x in case.inputs))
    wide = with_arrays(
        case, lambda x: np.broadcast_to(x, leading + x.shape[x.ndim - core :]).copy()
    )
    out = op(*case.inputs, **case.params)
    v = random_upstream(out, rng)
    value_terms, terms = rounding_terms(op, wide, v, rng)
    assert_close(op(*wide.inputs, **wide.params), out, ULPS * eps(float) * value_terms, "the value")
    for narrow, copies in zip(pull(op, op, case, v), pull(op, op, wide, v)):
        summed = copies.sum(axis=tuple(range(copies.ndim - narrow.ndim)))
        stretched = [i for i, n in enumerate(narrow.shape) if n == 1 and summed.shape[i] != 1]
        summed = summed.sum(axis=tuple(stretched), keepdims=True)
        assert_close(narrow, summed, ULPS * eps(float) * terms, "the gradient of a stretched input")


def gradient_is_linear_in_the_upstream_one(op: Op, case: Case, rng: np.random.Generator) -> None:
    """Which catches an upstream gradient that was dropped, averaged or squared. Of 0 it is 0 exactly."""
    out = op(*case.inputs, **case.params)
    v, w = random_upstream(out, rng), random_upstream(out, rng)
    terms = rounding_terms(op, case, v, rng)[1] + rounding_terms(op, case, w, rng)[1]
    parts = zip(pull(op, op, case, 2 * v - 3 * w), pull(op, op, case, v), pull(op, op, case, w))
    for both, of_v, of_w in parts:
        assert_close(both, 2 * of_v - 3 * of_w, 3 * ULPS * eps(float) * terms, "linearity")
    for g in pull(op, op, case, np.zeros_like(v)):
        assert not g.any(), f"an upstream gradient of 0 gives {g}"


def single_precision_is_double_precision_rounded(
    op: Op, case: Case, rng: np.random.Generator
) -> None:
    """At a point that both can represent, within the forward error of the computation. No upcast."""

    def floats(dtype: Any) -> Callable[[Array], Array]:
        return lambda x: x.astype(dtype) if x.dtype.kind == "f" else x

    single = with_arrays(case, floats(np.float32))
    double = with_arrays(single, floats(np.float64))
    out = np.asarray(op(*single.inputs, **case.params))
    wanted = np.asarray(op(*double.inputs, **case.params))
    v = random_upstream(wanted, rng).astype(np.float32).astype(wanted.dtype)
    value_terms, terms = rounding_terms(op, double, v, rng)
    assert out.dtype == case.params.get("dtype", np.float32), f"float32 gives {out.dtype}"
    assert_close(out, wanted, ULPS * eps(np.float32) * value_terms, "the value in float32")
    for g, double_g in zip(pull(op, op, single, v.astype(out.dtype)), pull(op, op, double, v)):
        assert g.dtype == np.float32, f"the gradient of a float32 input is {g.dtype}"
        assert_close(g, double_g, ULPS * eps(np.float32) * terms, "the gradient in float32")


def nothing_is_mutated_or_aliased(op: Op, case: Case, rng: np.random.Generator) -> None:
    case = with_arrays(case, np.array)
    before = with_arrays(case, np.copy)
    inputs, leaves = leaves_of(op, case)
    out = op(*inputs, **case.params)
    v = random_upstream(plain(out), rng)
    copies = [np.copy(plain(out)), v.copy()]
    grads: list[Array] = []
    if leaves:
        found = grad(out, leaves, v, retain_graph=True, allow_unused=True)
        out.backward(v)
        grads = [g.data for g in (*found, *(x.grad for x in leaves)) if g is not None]
    for x, was in zip(case.inputs, before.inputs):
        assert not isinstance(x, np.ndarray) or np.array_equal(x, was), "an input was changed"
    assert np.array_equal(plain(out), copies[0]), "the output was changed by the backward pass"
    assert np.array_equal(v, copies[1]), "the upstream gradient was changed"
    others = [x for x in case.inputs if isinstance(x, np.ndarray)] + [v, plain(out)]
    for g, other in itertools.chain(
        itertools.product(grads, others), itertools.combinations(grads, 2)
    ):
        assert not np.may_share_memory(g, other), "a gradient shares memory with another array"
    assert all(g.flags.writeable for g in grads), "a gradient that cannot be written to"


def plain(x: Any) -> Any:
    return x.data if isinstance(x, Tensor) else x


def fortran(x: Array) -> Array:
    return np.array(x, order="F")


def strided(x: Array) -> Array:
    """x as every second element of something larger, backwards along its first axis."""
    wide = np.full(tuple(2 * n for n in x.shape), 7, x.dtype)
    every_second = wide[(..., *(slice(None, None, -2 if i == 0 else 2) for i in range(x.ndim)))]
    every_second[...] = x
    return every_second


def locked(x: Array) -> Array:
    x = np.array(x)
    x.flags.writeable = False
    return x


def memory_layout_does_not_matter(op: Op, case: Case, rng: np.random.Generator) -> None:
    """Fortran order, strides in both directions, arrays that must not be written to; strides of 0."""
    out = op(*case.inputs, **case.params)
    v = random_upstream(out, rng)
    value_terms, terms = rounding_terms(op, case, v, rng)
    grads = pull(op, op, case, v)
    for layout in (fortran, strided, locked):
        same = with_arrays(case, lambda x, layout=layout: layout(np.asarray(x)))  # type: ignore[misc]
        bound = ULPS * eps(float)
        assert_close(op(*same.inputs, **case.params), out, bound * value_terms, layout.__name__)
        for g, wanted in zip(pull(op, op, same, layout(v)), grads):
            assert_close(g, wanted, bound * terms, f"the gradient with {layout.__name__}")
    constant = with_arrays(case, lambda x: np.broadcast_to(x.flat[0], x.shape) if x.size else x)
    copied = with_arrays(constant, np.copy)
    _, terms = rounding_terms(op, copied, v, rng)
    for g, wanted in zip(pull(op, op, constant, v), pull(op, op, copied, v)):
        assert_close(g, wanted, ULPS * eps(float) * terms, "the gradient with strides of 0")


def same_input_twice_adds_both_partials(op: Op, case: Case, rng: np.random.Generator) -> None:
    slots = differentiable(op, case)
    for i, j in itertools.combinations(slots, 2):
        if np.shape(case.inputs[i]) != np.shape(case.inputs[j]):
            continue
        inputs = list(case.inputs)
        inputs[j] = inputs[i]
        apart = Case(tuple(inputs), case.params)
        v = random_upstream(op(*inputs, **case.params), rng)
        _, terms = rounding_terms(op, apart, v, rng)
        partials = dict(zip(slots, pull(op, op, apart, v)))
        for record in (False, True):
            x = Tensor(inputs[i], requires_grad=True)
            shared = [x if k in (i, j) else each for k, each in enumerate(inputs)]
            (g,) = grad(op(*shared, **case.params), x, v, create_graph=record)
            wanted = partials[i] + partials[j]
            assert_close(g.data, wanted, ULPS * eps(float) * terms, f"f(x, x), recorded: {record}")


def shapes_and_types_are_kept(op: Op, case: Case, rng: np.random.Generator) -> None:
    """Plain arrays give plain arrays, Tensors Tensors of the same values; gradients fit their inputs."""
    out = op(*case.inputs, **case.params)
    assert isinstance(out, np.ndarray | np.generic), f"arrays give a {type(out).__name__}"
    inputs, leaves = leaves_of(op, case)
    tensor = op(*inputs, **case.params)
    assert isinstance(tensor, Tensor) == bool(leaves)
    assert np.array_equal(plain(tensor), out), "a Tensor gives other values than its array"
    for x, g in zip(leaves, pull(op, op, case, random_upstream(out, rng))):
        assert (g.shape, g.dtype) == (x.shape, x.dtype)


PROPERTIES: tuple[Callable[[Op, Case, np.random.Generator], None], ...] = (
    gradient_is_the_slope,
    second_gradient_is_the_slope_of_the_first,
    recorded_gradient_is_the_gradient,
    fused_op_is_its_definition,
    broadcasting_is_expansion,
    gradient_is_linear_in_the_upstream_one,
    single_precision_is_double_precision_rounded,
    nothing_is_mutated_or_aliased,
    memory_layout_does_not_matter,
    same_input_twice_adds_both_partials,
    shapes_and_types_are_kept,
)
