"""The suite's check of gradients, checked: it must refuse the rules that are wrong, and only those.

Every rule of every op is replaced by wrong ones, the bugs that people write. A mutant counts where it is
proved to differ: its gradient is further from the right one than a hundred times what the check can see.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from minigrad import OPS, Op
from minigrad.check import oracle
from minigrad.domain import Array, RandomDraw
from minigrad.errors import GradientError
from tests import properties

Rule = Callable[..., Any]
Change = Callable[..., Any]
"""change(rule, x, g, out, inputs, params): a gradient for x, made from what the rule was given."""

PROBES = 8


def of_result(change: Callable[[Array, Array], Any]) -> Change:
    """A change of what the rule returns: change(gradient, x)."""

    def changed(rule: Rule, x: Array, g: Array, out: Any, inputs: Any, params: Any) -> Any:
        return np.asarray(change(np.array(rule(g, out, *inputs, **params)), x))

    return changed


def of_upstream(change: Callable[[Array], Array]) -> Change:
    """A change of what arrives at the rule."""
    return lambda rule, x, g, out, inputs, params: rule(change(g), out, *inputs, **params)


def one_element(factor: float) -> Change:
    def change(r: Array, x: Array) -> Array:
        if r.size:
            r.flat[-1] *= factor
        return r

    return of_result(change)


def along_last(move: Callable[[Array], Array]) -> Change:
    return of_result(lambda r, x: move(r) if r.ndim else r)


def shifted_axes(rule: Rule, x: Array, g: Array, out: Any, inputs: Any, params: Any) -> Any:
    """Every axis off by one, as far as it then exists."""

    def shifted(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(map(shifted, value))
        return (value + 1) % max(np.ndim(x), 1) if isinstance(value, int) else value

    moved = {k: shifted(v) if k.startswith("ax") else v for k, v in params.items()}
    return rule(g, out, *inputs, **moved)


def elsewhere(inputs: Any) -> list[Any]:
    """Inputs that have moved on: what a rule sees that keeps arrays of an earlier call."""
    return [x * 1.25 if isinstance(x, np.ndarray) and x.dtype.kind == "f" else x for x in inputs]


def times(rule: Rule, g: Array, factor: Any, x: Array, *rest: Any) -> Any:
    """g times something other than the derivative, where the shapes allow for it."""
    factor = np.asarray(factor)
    return g * factor if g.shape == factor.shape == np.shape(x) else rule(g, *rest)


MUTATIONS: dict[str, Change] = {
    "sign flipped": of_result(lambda r, x: -r),
    "factor 2": of_result(lambda r, x: 2 * r),
    "factor 1/2": of_result(lambda r, x: r / 2),
    "factor 1 + 1e-6": of_result(lambda r, x: r * (1 + 1e-6)),
    "gradient dropped": of_result(lambda r, x: np.zeros_like(r)),
    "upstream replaced by ones": of_upstream(lambda g: 0 * g + 1),
    "upstream averaged": of_upstream(lambda g: np.full_like(g, g.mean() if g.size else 0.0)),
    "upstream squared": of_upstream(lambda g: g * g),
    "upstream without its sign": of_upstream(lambda g: g * np.sign(properties.plain(g))),
    "mean in place of broadcast sum": of_result(lambda r, x: r * (np.size(x) / max(r.size, 1))),
    "transposed": of_result(lambda r, x: r.T.reshape(r.shape)),
    "flipped": along_last(lambda r: np.flip(r, -1)),
    "rolled": along_last(lambda r: np.roll(r, 1, -1)),
    "axis off by one": shifted_axes,
    "one element 1 % off": one_element(1.01),
    "last element forgotten": one_element(0.0),
    "stale inputs": lambda rule, x, g, out, inputs, params: rule(
        g, out, *elsewhere(inputs), **params
    ),
    "output for derivative": lambda rule, x, g, out, inputs, params: times(
        lambda g, *_: rule(g, out, *inputs, **params), g, out if isinstance(out, np.ndarray) else 0.0, x
    ),
    "input for derivative": lambda rule, x, g, out, inputs, params: times(
        lambda g, *_: rule(g, out, *inputs, **params), g, x, x
    ),
    "constant leaked in": of_result(lambda r, x: r + 1e-3 * np.abs(r).max(initial=0.0)),
}  # fmt: skip

EQUIVALENT = {
    "upstream averaged": "a scalar output",
    "mean in place of broadcast sum": "the op does not broadcast: the engine has nothing to sum",
    "transposed": "a vector, which is its own transpose",
    "axis off by one": "no axis among the parameters",
    "one element 1 % off": "an element whose gradient is 0",
    "last element forgotten": "an element whose gradient is 0",
    "stale inputs": "the rule does not look at the values of its inputs",
    "output for derivative": "output and input differ in shape, so that it cannot be written",
    "input for derivative": "output and input differ in shape, so that it cannot be written",
    "stale output": "the rule does not look at the output",
}
"""Why some mutants of a kind do not differ from the op, as they were looked at one by one."""

HARMLESS: dict[str, Change] = {
    "times one": of_result(lambda r, x: 1.0 * r),
    "plus zero": of_result(lambda r, x: 0.0 + r),
    "negated twice": of_upstream(lambda g: -1 * (-g)),
    "scaled there and back": lambda rule, x, g, out, inputs, params: (
        rule(3.0 * g, out, *inputs, **params) / 3.0
    ),
    "upstream in two parts": lambda rule, x, g, out, inputs, params: (
        rule(0.3 * g, out, *inputs, **params) + rule(g - 0.3 * g, out, *inputs, **params)
    ),
    "halves added": of_result(lambda r, x: r / 2 + r / 2),
    "other memory order": of_result(lambda r, x: np.array(r, order="F")),
}


def changed_rules(op: Op, change: Change, count: int) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """The rules of the op with one of them changed: for each slot in turn, those of a joint rule too."""
    if op.joint:
        (joint,) = op.rules
        for slot in range(count):

            def one(
                g: Any, out: Any, *inputs: Any, slot: int = slot, joint: Rule = joint, **params: Any
            ) -> Any:
                grads = list(joint(g, out, *inputs, **params))
                if slot < len(grads) and grads[slot] is not None:
                    pick = lambda *args, **more: joint(*args, **more)[slot]
                    grads[slot] = change(pick, inputs[slot], g, out, inputs, params)
                return grads

            yield slot, (one,)
        return
    for slot, rule in enumerate(op.rules):
        if rule is not None:

            def alone(
                g: Any, out: Any, *inputs: Any, slot: int = slot, rule: Rule = rule, **params: Any
            ) -> Any:
                return change(rule, inputs[slot], g, out, inputs, params)

            yield slot, (*op.rules[:slot], alone, *op.rules[slot + 1 :])


def stale_outputs(op: Op) -> tuple[Any, ...]:
    """The rules, given the output, or what was saved, of another call."""

    def stale(rule: Rule) -> Rule:
        def changed(g: Any, out: Any, *inputs: Any, **params: Any) -> Any:
            out = op.forward(*elsewhere(inputs), **params)
            return rule(g, out if op.definition is None else out[1], *inputs, **params)

        return changed

    return tuple(rule and stale(rule) for rule in op.rules)


def probes(op: Op, count: int = PROBES) -> list[properties.Probe]:
    """A few cases that are not tiny, sampled once: the samples hold whatever the rules are."""
    found: list[properties.Probe] = []
    for seed in range(200):
        case = op.cases(RandomDraw(np.random.default_rng(seed)))
        sizes = [np.size(case.inputs[i]) for i in properties.differentiable(op, case)]
        if 4 <= sum(sizes) <= 200 and min(sizes) > 0:
            probed = properties.probe(op, case, np.random.default_rng(seed))
            if probed is not None and probed.upstream.size:
                found.append(probed)
        if len(found) == count:
            break
    return found


def outcome(op: Op, probed: properties.Probe, right: list[Array], sweep: oracle.Sweep) -> str:
    """What becomes of the op as it is now, a mutant: refused, survived, or the same at this probe."""
    try:
        with np.errstate(all="ignore"):
            mutant = properties.pull(op, op, probed.case, probed.upstream)
    except GradientError:
        return "refused"
    off = np.abs(properties.flat(mutant) - properties.flat(right))
    distance = off @ np.abs(probed.samples.direction)
    if distance <= 100 * sweep.bound:
        return "the same"
    return "survived" if oracle.judge(probed.samples, mutant).verdict == "right" else "refused"


def test_every_wrong_rule_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tally: dict[str, Counter[str]] = {name: Counter() for name in (*MUTATIONS, "stale output")}
    survivors = []
    for op in OPS.values():
        tried = probes(op)
        assert tried, f"{op.__name__}: no case of four elements"
        rights = [properties.pull(op, op, p.case, p.upstream) for p in tried]
        sweeps = [oracle.judge(p.samples, right) for p, right in zip(tried, rights)]
        count = min(len(p.case.inputs) for p in tried)
        mutants = [
            (name, slot, rules)
            for name, change in MUTATIONS.items()
            for slot, rules in changed_rules(op, change, count)
        ]
        mutants.append(("stale output", -1, stale_outputs(op)))
        for name, slot, rules in mutants:
            with monkeypatch.context() as patch:
                patch.setattr(op, "rules", rules)
                outcomes = {outcome(op, *each) for each in zip(tried, rights, sweeps)}
            if "refused" in outcomes:
                tally[name]["refused"] += 1
            elif "survived" in outcomes:
                tally[name]["survived"] += 1
                survivors.append(f"{op.__name__}, input {slot}: {name}")
            else:
                tally[name]["equivalent"] += 1
    total: Counter[str] = sum(tally.values(), Counter())
    differing = total["refused"] + total["survived"]
    with capsys.disabled():
        print(f"\nmutants of {len(OPS)} ops: {total['refused']} of {differing} refused "
              f"({total['refused'] / differing:.1%}); {total['equivalent']} are equivalent")  # fmt: skip
        for name, row in tally.items():
            why = f": {EQUIVALENT[name]}" if row["equivalent"] else ""
            print(f"  {name:<31}{row['refused']:>5} refused{row['equivalent']:>4} equivalent{why}")
    assert not survivors, "wrong rules that were accepted: " + "; ".join(survivors)
    assert all(row["refused"] for row in tally.values()), "a kind of mutant that never differs"
    for name, row in tally.items():
        assert name in EQUIVALENT or not row["equivalent"], f"{name}: nothing explains these"


def test_every_harmless_rewrite_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    for op in OPS.values():
        for probed in probes(op, 2):
            for name, change in HARMLESS.items():
                for slot, rules in changed_rules(op, change, len(probed.case.inputs)):
                    with monkeypatch.context() as patch:
                        patch.setattr(op, "rules", rules)
                        sweep = properties.judged(op, probed)
                    assert sweep.verdict == "right", f"{op.__name__}, {slot}: {name}: {sweep}"


def refuses(holds: Callable[..., None], op: Op) -> bool:
    """Whether a property fails on some case of the op, as it is now."""
    for seed in range(8):
        case = op.cases(RandomDraw(np.random.default_rng(seed)))
        try:
            holds(op, case, np.random.default_rng(seed))
        except (AssertionError, GradientError):
            return True
    return False


@pytest.mark.parametrize("name", ["tanh", "mul", "matmul", "softmax", "cumsum"])
def test_a_misused_upstream_gradient_breaks_linearity(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    op = OPS[name]
    assert not refuses(properties.gradient_is_linear_in_the_upstream_one, op)
    for mutation in ("upstream replaced by ones", "upstream squared", "upstream without its sign"):
        _, rules = next(changed_rules(op, MUTATIONS[mutation], 1))
        with monkeypatch.context() as patch:
            patch.setattr(op, "rules", rules)
            assert refuses(properties.gradient_is_linear_in_the_upstream_one, op)


def test_a_saved_constant_breaks_the_second_derivative(monkeypatch: pytest.MonkeyPatch) -> None:
    """The trap of recorded backward passes: first order right, second order wrong."""
    op = OPS["tanh"]
    detached = lambda g, out, x: g * (1 - properties.plain(out) * properties.plain(out))
    monkeypatch.setattr(op, "rules", (detached,))
    assert not refuses(properties.gradient_is_the_slope, op)
    assert refuses(properties.second_gradient_is_the_slope_of_the_first, op)


def test_rules_that_write_into_what_they_are_given_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    op = OPS["mul"]

    def in_place(g: Any, out: Any, x: Any, y: Any) -> Any:
        g *= y
        return g

    monkeypatch.setattr(op, "rules", (op.rules[0], in_place))
    assert refuses(properties.nothing_is_mutated_or_aliased, op)
