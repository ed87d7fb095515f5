"""The pages of the operations: of all of them, with readable calls, true conventions and their code."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("sphinx", reason="the site needs pip install -e '.[docs]'")

from docs.extensions import operations
from docs.extensions.example import example, usage
from docs.extensions.kinks import KINKS
from minigrad import OPS, Op

OWN = [op for op in OPS.values() if op.__module__.startswith("minigrad.ops.")]


def test_every_operation_has_a_family() -> None:
    found = [op for family in operations.families().values() for op in family]
    assert sorted(map(repr, found)) == sorted(map(repr, OWN))


@pytest.mark.parametrize("op", OWN, ids=repr)
def test_an_example_is_a_call_that_shows_something(op: Op) -> None:
    case = example(op)
    arrays = [np.asarray(x) for x in case.inputs if x is not None]
    assert all(x.size for x in arrays)
    assert 1 < max(x.size for x in arrays) <= 400
    op(*case.inputs, **case.params)
    assert usage(op, case).startswith(f"{op.__name__}(")


@pytest.mark.parametrize("op", OWN, ids=repr)
def test_the_code_has_the_function_and_its_rules(op: Op) -> None:
    text = "\n".join(operations.code(op))
    assert f"def {op.__name__}(" in text
    assert f"{op.__name__}.vjp" in text
    assert "cases=..., rejects=..." in text
    compile(text.replace("cases=..., rejects=...", "cases=None, rejects=None"), op.__name__, "exec")


@pytest.mark.parametrize("name", sorted(KINKS))
def test_conventions_at_kinks(name: str) -> None:
    said, _, computed = KINKS[name]
    gradients = [np.asarray(g) for g in computed()]
    assert all(np.isfinite(g).all() for g in gradients)
    words = {"half": 0.5, "first of": 1.0, "exactly 0": 0.0, "derivative at 0 is 0": 0.0}
    for words_said, value in words.items():
        if words_said in said:
            assert any((g == value).any() for g in gradients), (said, gradients)
    if "first of" in said:
        assert sum(g.sum() for g in gradients) == 1
