"""The suite's check of gradients, checked: it must refuse the rules that are wrong, and only those.

Every rule of every op is replaced by wrong ones, the bugs that people write. A mutant counts where it is
proved to differ: its gradient is further from the right one than a hundred times what the check can see.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from minigrad import OPS, Op
from minigrad.check import mutants, properties, slopes
from minigrad.check.mutations import EQUIVALENT, HARMLESS, MUTATIONS
from minigrad.check.recorded import OpFunction, plain
from minigrad.domain import RandomDraw
from minigrad.errors import GradientError


def test_every_wrong_rule_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    found = []
    for op in OPS.values():
        assert len(mutants.probes(op)) > 1, f"{op.__name__}: no cases of four elements"
        found += mutants.mutants(op)
    table = mutants.tally(found)
    with capsys.disabled():
        print("\n" + mutants.as_text(table, len(OPS)))
    survivors = [f"{m.op}, input {m.slot}: {m.bug}" for m in found if m.fate == "survived"]
    assert not survivors, "wrong rules that were accepted: " + "; ".join(survivors)
    assert all(row["refused"] for row in table.values()), "a kind of mutant that never differs"
    for name, row in table.items():
        assert name in EQUIVALENT or not row["equivalent"], f"{name}: nothing explains these"


def test_every_harmless_rewrite_is_accepted() -> None:
    for op in OPS.values():
        for probed in mutants.probes(op, 2):
            for name, change in HARMLESS.items():
                for slot, rules in mutants.changed_rules(op, change, len(probed.case.inputs)):
                    with mutants.planted(op, rules):
                        sweep = slopes.judged(OpFunction(op), probed)
                    assert sweep.verdict == "correct", f"{op.__name__}, {slot}: {name}: {sweep}"


def refuses(holds: Callable[..., None], op: Op) -> bool:
    """Whether a property fails on some case of the op, as it is now."""
    for seed in range(8):
        case = op.cases(RandomDraw(np.random.default_rng(seed)))
        try:
            holds(OpFunction(op), case, np.random.default_rng(seed))
        except (AssertionError, GradientError):
            return True
    return False


@pytest.mark.parametrize("name", ["tanh", "mul", "matmul", "softmax", "cumsum"])
def test_a_misused_upstream_gradient_breaks_linearity(name: str) -> None:
    op = OPS[name]
    assert not refuses(properties.gradient_is_linear_in_the_upstream_one, op)
    for mutation in ("upstream replaced by ones", "upstream squared", "upstream without its sign"):
        _, rules = next(mutants.changed_rules(op, MUTATIONS[mutation], 1))
        with mutants.planted(op, rules):
            assert refuses(properties.gradient_is_linear_in_the_upstream_one, op)


def test_a_saved_constant_breaks_the_second_derivative(monkeypatch: pytest.MonkeyPatch) -> None:
    """The trap of recorded backward passes: first order right, second order wrong."""
    op = OPS["tanh"]
    detached = lambda g, out, x: g * (1 - plain(out) * plain(out))
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
