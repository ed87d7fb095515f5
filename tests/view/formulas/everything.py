"""Every formula of the register, at the cases that the ops themselves draw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from minigrad import Op
from minigrad.domain import Case, RandomDraw
from minigrad.view import formulas
from minigrad.view.formulas import Formula


@dataclass
class At:
    """A formula of an op, and the values it was read at; `slot` is None for what the op computes."""

    op: Op
    case: Case
    slot: int | None
    formula: Formula
    values: dict[str, Any]

    def rule(self) -> Any:
        """What the engine would compute here, on arrays; of a fused op, by its fast pair."""
        if self.slot is None:
            return self.values["out"]
        inputs = [x for name, x in self.values.items() if name not in ("g", "out")]
        params = {**self.op.defaults, **self.case.params}
        out = self.values["out"]
        with np.errstate(all="ignore"):
            if self.op.definition is not None:
                out = self.op.forward(*inputs, **self.case.params)[1]
            rule = self.op.rules[0] if self.op.joint else self.op.rules[self.slot]
            assert rule is not None
            got = rule(self.values["g"], out, *inputs, **params)
        return got[self.slot] if self.op.joint else got


def formulas_of(op: Op, case: Case, seed: int = 0, dtype: Any = None) -> list[At]:
    """The forward formula, and one for each input that has a gradient."""
    arrays = [
        x.astype(dtype) if dtype and isinstance(x, np.ndarray) and x.dtype.kind == "f" else x
        for x in map(as_recorded, case.inputs)
    ]
    with np.errstate(all="ignore"):
        out = np.asarray(op(*arrays, **case.params))
    g = np.random.default_rng(seed).normal(size=out.shape).astype(out.dtype)
    values = {"g": g, "out": out, **{op.input_name(i): x for i, x in enumerate(arrays)}}
    found = [At(op, case, None, formulas.forward(op, arrays, case.params, out), values)]
    for slot, x in enumerate(arrays):
        if x is not None and (op.joint or op.rules[slot] is not None):
            formula = formulas.contribution(op, slot, arrays, case.params, out, g)
            found.append(At(op, case, slot, formula, values))
    return found


def as_recorded(x: Any) -> Any:
    return np.asarray(x) if isinstance(x, np.generic) and not isinstance(x, float) else x


def drawn(op: Op, seeds: range, dtype: Any = None) -> list[At]:
    found = []
    for seed in seeds:
        found += formulas_of(op, op.cases(RandomDraw(np.random.default_rng(seed))), seed, dtype)
    return found
