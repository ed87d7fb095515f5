"""Numbers are judged by the rule that the pages state, and by nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.judge import Number, unexplained

shares = st.floats(0.01, 0.99)


@pytest.mark.parametrize(
    ("ours", "reference", "spread", "agrees"),
    [
        ([0.460, 0.464], 0.4625, 0.002, True),
        ([0.4677], 0.4625, 0.002, False),  # 2 * (.002 + .0005) = .005 is allowed
        ([0.4674], 0.4625, 0.002, True),
        ([0.5175], 0.5170, 0.000, True),  # .000 stands for less than .0005
        ([0.5185], 0.5170, 0.000, False),
        ([0.5990], 0.5893, None, True),  # one run: .01
        ([0.5994], 0.5893, None, False),
        ([0.9], None, None, None),
    ],
)
def test_ours_by_the_reference(ours, reference, spread, agrees):
    assert Number("x", None, ours, reference, spread).agrees is agrees


@pytest.mark.parametrize(
    ("report", "ours", "spread", "reproduced"),
    [
        (0.46, [0.452, 0.4539], None, True),
        (0.46, [0.449], None, False),
        (0.46, [0.40, 0.50], None, True),  # within two deviations between our runs, .14
        (0.46, [0.445], 0.008, True),  # or between the reference's
        (None, [0.4], 0.1, None),
        ("56 %", [0.4], None, None),
    ],
)
def test_the_report_by_ours(report, ours, spread, reproduced):
    assert Number("x", report, ours, 0.5, spread).reproduced is reproduced


@pytest.mark.parametrize(
    ("rule", "value", "wanted", "agrees"),
    [
        ("at least", 0.5349, 0.535, False),
        ("at least", 0.535, 0.535, True),
        ("at most", 1.1, 1.0, False),
        ("at most", 1.0, 1.0, True),
        ("equal", 5, 5, True),
        ("equal", 5.0001, 5, False),
        ("order", 9e-7, 1e-6, True),
        ("order", 1.1e-5, 1e-6, False),
        ("order", 0.9e-7, 1e-6, False),
        ("order", 0.0, 1e-6, False),
    ],
)
def test_other_rules(rule, value, wanted, agrees):
    assert Number("x", None, [value], wanted, rule=rule).agrees is agrees
    assert Number("x", wanted, [value], rule=rule).reproduced is agrees


@given(st.lists(shares, min_size=2, max_size=6), shares)
def test_the_mean_lies_among_the_runs_and_is_what_is_judged(ours, reference):
    number = Number("x", None, ours, reference)
    assert min(ours) - 1e-12 <= number.mean <= max(ours) + 1e-12
    assert number.agrees is (abs(sum(ours) / len(ours) - reference) <= 0.01 + 1e-12)


@given(shares, shares, st.sampled_from([None, 0.0, 0.004]))
def test_what_agrees_with_one_side_off_agrees_with_the_other(reference, off, spread):
    above = Number("x", None, [reference + off], reference, spread)
    below = Number("x", None, [reference - off], reference, spread)
    assert above.agrees is below.agrees


def test_as_it_is_shown():
    number = Number("x", 0.4589, [0.46, 0.47], 0.4625, 0.002)
    assert number.shown(number.report) == "0.4589"
    assert number.ours_shown == "0.4650 ± 0.0071"
    assert number.reference_shown == "0.4625 ± 0.002"
    assert Number("x", None, [1.0]).reference_shown == "–"
    assert Number("x", None, [1.0], 0.535, rule="at least").reference_shown == "≥ 0.5350"
    assert Number("x", 3e-7, [2.25e-8], form=".1e").ours_shown == "2.2e-08"


def test_what_differs_needs_a_note():
    good, bad = Number("good", 0.5, [0.5]), Number("bad", 0.5, [0.6])
    off = Number("off", None, [0.6], 0.5)
    said = Number("said", 0.5, [0.6], note="It is a misprint.")
    assert unexplained([good, bad, off, said]) == ["bad", "off"]
