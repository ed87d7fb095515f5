"""Planting bugs: what counts as a mutant, what becomes of it, and that the op is whole again afterwards."""

from __future__ import annotations

import numpy as np
import pytest

from minigrad import OPS
from minigrad.check import mutants, mutations
from minigrad.check.mutations import EQUIVALENT, HARMLESS, MUTATIONS, STALE


@pytest.mark.parametrize("name", ["tanh", "matmul", "conv2d", "concatenate"])
def test_every_bug_is_planted_in_every_rule_and_refused(name):
    op = OPS[name]
    before = op.rules
    found = list(mutants.mutants(op, 4))
    assert {m.bug for m in found} == {*MUTATIONS, STALE}
    assert {m.fate for m in found} <= {"refused", "equivalent"}
    assert {m.slot for m in found if m.bug == "sign flipped"} == set(
        range(min(len(p.case.inputs) for p in mutants.probes(op, 4)))
    )
    assert op.rules is before


def test_the_rules_come_back_after_an_error():
    op = OPS["tanh"]
    before = op.rules
    with pytest.raises(KeyError), mutants.planted(op, (None,)):
        raise KeyError
    assert op.rules is before


def test_a_blind_check_lets_mutants_survive(monkeypatch):
    class Blind:
        verdict = "correct"

    judge = mutants.oracle.judge
    calls = []

    def blinded(samples, gradients):
        calls.append(1)
        return judge(samples, gradients) if len(calls) <= 2 else Blind()

    monkeypatch.setattr(mutants.oracle, "judge", blinded)
    found = list(mutants.mutants(OPS["tanh"], 2))
    table = mutants.tally(found)
    refused, differing, equivalent = mutants.killed(table)
    assert {m.bug for m in found if m.fate == "refused"} == {"ravelled", "axis lost"}
    assert refused == 2, "what the engine refuses by itself, for its shape"
    assert differing > 15
    assert differing + equivalent == len(found)
    assert "SURVIVED" in mutants.as_text(table, 1)


def test_the_tally_says_why_some_are_equivalent():
    text = mutants.as_text(mutants.tally(mutants.mutants(OPS["relu"], 2)), 1)
    assert text.startswith("mutants of 1 op: ")
    assert "(100.0%)" in text
    assert "axis off by one                    0 refused   1 equivalent: no axis among" in text
    assert "?" not in text


def test_every_reason_belongs_to_a_bug():
    assert set(EQUIVALENT) <= {*MUTATIONS, STALE}


@pytest.mark.parametrize("name", HARMLESS)
def test_a_harmless_rewrite_changes_no_number_but_the_last_places(name):
    rule = lambda g, out, x: g * np.cos(x)
    rng = np.random.default_rng(0)
    g, x = rng.normal(size=(2, 3, 4))
    again = HARMLESS[name](rule, x, g, np.sin(x), [x], {})
    np.testing.assert_allclose(again, rule(g, None, x), rtol=1e-14, atol=1e-15)


def test_a_forgotten_sum_keeps_the_first_copy():
    copies = np.arange(24.0).reshape(2, 3, 4)
    first = mutations.first_copy(copies, np.ones((3, 1)))
    np.testing.assert_array_equal(first, [[0.0], [4.0], [8.0]])
    assert mutations.first_copy(copies, np.float64(2)) == 0.0


def test_dropped_terms_are_those_of_some_outputs():
    g = np.ones((2, 3))
    np.testing.assert_array_equal(mutations.half_of(g), [[1, 1, 1], [0, 0, 0]])
    np.testing.assert_array_equal(mutations.without_last_slice(g), [[1, 1, 0], [1, 1, 0]])
    assert mutations.half_of(np.array(2.0)) == mutations.without_last_slice(np.array(2.0)) == 2.0


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_mutation_changes_a_number_or_cannot(name):
    rule = lambda g, out, x, axis=0: g * np.cos(x) + np.sum(g, axis=axis, keepdims=True)
    rng = np.random.default_rng(0)
    g, x = rng.normal(size=(2, 4, 4))
    other = MUTATIONS[name](rule, x, g, np.sin(x), [x], {"axis": 0})
    correct = rule(g, None, x, axis=0)
    same = np.shape(other) == correct.shape and np.allclose(other, correct, rtol=1e-9)
    assert same == name.endswith("in place of broadcast sum")
    assert mutations.elsewhere([x, 3, None])[1:] == [3, None]
