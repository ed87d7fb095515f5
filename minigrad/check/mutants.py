"""Every rule of an op replaced by wrong ones: a check that accepts one of them is blind.

A mutant counts where it is proved to differ: where its gradient is further from the correct one than a
hundred times what the check can see. Where none of the cases shows a difference it is equivalent.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from minigrad.check import oracle
from minigrad.check.functions import flat
from minigrad.check.mutations import EQUIVALENT, MUTATIONS, STALE, Change, Rule, elsewhere
from minigrad.check.recorded import OpFunction
from minigrad.check.slopes import Probe, probe
from minigrad.domain import RandomDraw
from minigrad.errors import GradientError
from minigrad.op import Op
from minigrad.typing import Array

PROBES = 8
"""At how many cases a mutant is looked at; it is refused if one of them refuses it."""

FAR = 100
"""How many times the bound of the correct gradient a mutant must be away from it to count."""

Fate = Literal["refused", "survived", "equivalent"]


@dataclass(frozen=True)
class Mutant:
    """What became of one bug in one rule; slot is -1 where all of them had it."""

    op: str
    slot: int
    bug: str
    fate: Fate


def mutants(op: Op, count: int = PROBES) -> Iterator[Mutant]:
    """Plant every bug in every rule of the op, one at a time, and tell what became of each."""
    function = OpFunction(op)
    tried = probes(op, count)
    claims = [function.pull(p.case, p.upstream) for p in tried]
    sweeps = [oracle.judge(p.samples, claim) for p, claim in zip(tried, claims)]
    inputs = min((len(p.case.inputs) for p in tried), default=0)
    planned = [
        (bug, slot, rules)
        for bug, change in MUTATIONS.items()
        for slot, rules in changed_rules(op, change, inputs)
    ]
    for bug, slot, rules in [*planned, (STALE, -1, stale_outputs(op))]:
        with planted(op, rules):
            met = worst(fate(function, *each) for each in zip(tried, claims, sweeps))
        yield Mutant(op.__name__, slot, bug, met)


def worst(fates: Iterable[Fate]) -> Fate:
    """Refused if it is refused anywhere, which is as far as one need look."""
    found: Fate = "equivalent"
    for each in fates:
        if each == "refused":
            return each
        found = "survived" if each == "survived" else found
    return found


def fate(function: OpFunction, probed: Probe, claim: list[Array], sweep: oracle.Sweep) -> Fate:
    """What becomes of the op as it is now, a mutant, at this probe."""
    try:
        with np.errstate(all="ignore"):
            mutant = function.pull(probed.case, probed.upstream)
    except GradientError:
        return "refused"
    off = np.abs(flat(mutant) - flat(claim))
    if off @ np.abs(probed.samples.direction) <= FAR * sweep.bound:
        return "equivalent"
    return "survived" if oracle.judge(probed.samples, mutant).verdict == "correct" else "refused"


@contextlib.contextmanager
def planted(op: Op, rules: tuple[Any, ...]) -> Iterator[None]:
    """Within it the op has other rules."""
    before, op.rules = op.rules, rules
    try:
        yield
    finally:
        op.rules = before


def probes(op: Op, count: int = PROBES) -> list[Probe]:
    """A few cases that are not tiny, sampled once: the samples hold whatever the rules are."""
    function = OpFunction(op)
    found: list[Probe] = []
    for seed in range(200):
        case = op.cases(RandomDraw(np.random.default_rng(seed)))
        sizes = [np.size(case.inputs[i]) for i in function.slots(case)]
        if 4 <= sum(sizes) <= 200 and min(sizes) > 0:
            probed = probe(function, case, np.random.default_rng(seed))
            if probed is not None and probed.upstream.size:
                found.append(probed)
        if len(found) == count:
            break
    return found


def changed_rules(op: Op, change: Change, count: int) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """The rules of the op with one of them changed: for each slot in turn, those of a joint rule too."""
    if op.joint:
        joint: Any = op.rules[0]
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


# ---- the tally ----


def tally(found: Iterable[Mutant]) -> dict[str, Counter[Fate]]:
    """For each bug, how many of its mutants met which fate."""
    table: dict[str, Counter[Fate]] = {bug: Counter() for bug in (*MUTATIONS, STALE)}
    for mutant in found:
        table[mutant.bug][mutant.fate] += 1
    return table


def killed(table: dict[str, Counter[Fate]]) -> tuple[int, int, int]:
    """How many mutants were refused, of how many that differ; and how many do not."""
    total: Counter[Fate] = sum(table.values(), Counter())
    return total["refused"], total["refused"] + total["survived"], total["equivalent"]


def as_text(table: dict[str, Counter[Fate]], ops: int) -> str:
    refused, differing, equivalent = killed(table)
    lines = [
        f"mutants of {ops} op{'s' * (ops != 1)}: {refused} of {differing} refused "
        f"({refused / max(differing, 1):.1%}); {equivalent} are equivalent"
    ]
    for bug, row in table.items():
        why = f": {EQUIVALENT.get(bug, '?')}" if row["equivalent"] else ""
        survived = f"{row['survived']:>4} SURVIVED" if row["survived"] else ""
        lines.append(
            f"  {bug:<31}{row['refused']:>5} refused{survived}{row['equivalent']:>4} equivalent{why}"
        )
    return "\n".join(lines)
