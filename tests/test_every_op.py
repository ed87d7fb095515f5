"""Every op of the register keeps every promise: the gradient against differences, and the identities.

The ops say themselves where they may be evaluated; hypothesis takes the choices, and looks for the
smallest call that breaks a promise. An op that is added is tested here, without a line being written.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

import numpy as np
import pytest

from minigrad import OPS, Op, Tensor
from minigrad.check import properties
from minigrad.check.property import search
from minigrad.check.recorded import CORE_AXES, OpFunction
from minigrad.check.report import Report
from minigrad.check.table import at_a_kink
from minigrad.domain import Domain, RandomDraw

every_op = pytest.mark.parametrize("op", OPS.values(), ids=list(OPS))


@every_op
def test_every_op(op: Op) -> None:
    """All properties are asked of the same cases: to draw and to record these takes the most time."""
    function = OpFunction(op)
    search(function, op.cases, properties.of(function))


def at_zeros_and_ties(op: Op, draws: int = 6) -> list[Report]:
    """The reports at whole numbers, which is where zeros and ties are, as far as the op has kinks there."""
    rng = np.random.default_rng(0)
    cases = [op.cases(RandomDraw(rng)) for _ in range(draws)]
    reports = (at_a_kink(OpFunction(op), case, rng) for case in cases)
    return [report for report in reports if report is not None]


def test_at_zeros_and_ties_every_gradient_is_a_subgradient() -> None:
    failed = [
        report for op in OPS.values() for report in at_zeros_and_ties(op) if not report.passed
    ]
    assert not failed, "\n".join(map(str, failed))


@pytest.mark.parametrize("name", ["relu", "abs", "maximum", "max"])
def test_zeros_and_ties_are_met_and_wrong_gradients_there_refused(name, monkeypatch):
    op = OPS[name]
    assert at_zeros_and_ties(op)
    doubled = [
        lambda g, *args, rule=rule, **kw: 2 * rule(g, *args, **kw) + g.sum() for rule in op.rules
    ]
    monkeypatch.setattr(op, "rules", tuple(doubled))
    assert not all(report.passed for report in at_zeros_and_ties(op))


def test_bad_calls_are_refused_in_words_that_name_the_op() -> None:
    for op in OPS.values():
        assert op.rejects, f"{op.__name__}: calls that must raise"
        for bad in op.rejects:
            for as_tensors in (False, True):
                inputs = [
                    Tensor(x, requires_grad=True)
                    if as_tensors and isinstance(x, np.ndarray) and x.dtype.kind == "f"
                    else x
                    for x in bad.inputs
                ]
                with pytest.raises(bad.error, match=bad.words) as caught:
                    op(*inputs, **bad.params)
                said = str(caught.value)
                assert re.search(rf"\b{op.__name__}\b|a Tensor holds", said), said
            assert len(bad.words) >= 3, f"{op.__name__}: {bad.words!r} could be said of anything"


def incomplete(op: Op) -> Iterator[str]:
    """What the registration of an op lacks."""
    if not op.__doc__:
        yield "a docstring says what it computes"
    if len(op.rules) != (1 if op.joint else len(op.input_names)) or not any(op.rules):
        yield "one gradient rule for each input, or a joint one"
    kinds = {p.kind for p in inspect.signature(op.forward).parameters.values()}
    if not kinds <= {
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
        inspect.Parameter.KEYWORD_ONLY,
        inspect.Parameter.VAR_POSITIONAL,
    }:
        yield "its parameters are named"


def test_every_op_is_complete() -> None:
    found = [f"{op.__name__}: {fault}" for op in OPS.values() for fault in incomplete(op)]
    assert not found, "\n".join(found)


def unreached_corners(op: Op) -> Iterator[str]:
    """More than one element always; and for what works element by element 0-d, size 0 and size 1."""
    drawn = [op.cases(RandomDraw(np.random.default_rng(seed))) for seed in range(200)]
    shapes = [np.shape(case.inputs[i]) for case in drawn for i in OpFunction(op).slots(case)]
    sizes = {int(np.prod(shape)) for shape in shapes}
    if max(sizes) < 6:
        yield "a gradient of one element says little"
    single = len(op.input_names) == 1 and "axis" not in op.defaults
    if (op.broadcasts or single) and op.__name__ not in CORE_AXES:
        outs = [np.shape(op(*case.inputs, **case.params)) for case in drawn]
        elementwise = outs == [np.broadcast_shapes(*map(np.shape, case.inputs)) for case in drawn]
        if elementwise and not (() in shapes and {0, 1} <= sizes):
            yield "no case without axes, with no element, or with one"


def test_cases_reach_the_corners() -> None:
    found = [f"{op.__name__}: {fault}" for op in OPS.values() for fault in unreached_corners(op)]
    assert not found, "\n".join(found)


def test_values_keep_away_from_kinks() -> None:
    """A difference must not straddle one: near, down to 10**-nearness, but never on it."""
    domain = Domain(-1.0, 1.0, kinks=(0.0, 0.5))
    for nearness in (1, 2, 4, 7):
        x = domain.values(np.random.default_rng(nearness), (10_000,), nearness, 0)
        distance = np.minimum(np.abs(x), np.abs(x - 0.5))
        assert distance.min() >= 0.99 * 10.0**-nearness
        assert distance.min() <= 2.01 * 10.0**-nearness


def test_an_op_without_cases_cannot_be_made() -> None:
    from minigrad import op as make

    with pytest.raises(TypeError, match="cases"):
        make()(lambda x: x)  # type: ignore[call-arg]
