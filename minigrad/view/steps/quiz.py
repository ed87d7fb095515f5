"""Quiz: the next gradient is hidden, and a wrong answer is recognised by the mistake that leads to it.

    question = quiz.question(step)            what is dL/dw[1, 2]? None where there is nothing to ask
    quiz.judge("3*2 + 1", step).says          "Correct.", or "That is only the first of 2 uses: ..."

What each mistake would have given is computed from the record, so a page has only to compare numbers.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from minigrad.errors import ParameterError
from minigrad.typing import Array
from minigrad.view.formulas import numbers
from minigrad.view.steps.mistakes import Mistake, mistaken
from minigrad.view.steps.step import Step

CLOSE = 0.005
"""An answer is accepted, and a mistake recognised, within half a percent."""

SMALL = 64
"""Of tensors with more elements nothing is asked."""


class Wrong(NamedTuple):
    """An answer that a usual mistake leads to, and the sentence that names the mistake."""

    value: float
    says: str


@dataclass(frozen=True)
class Question:
    """label      what is asked for: "dL/dw[1, 2]"
    index      which element of the step's result that is
    answer     the correct one, and `bound` how far from it one may be
    mistakes   the answers that the usual mistakes lead to, none of them within the bound of the correct one
    """

    label: str
    index: tuple[int, ...]
    answer: float
    bound: float
    mistakes: tuple[Wrong, ...]

    @property
    def text(self) -> str:
        return f"What is {self.label}?"


@dataclass(frozen=True)
class Verdict:
    correct: bool
    says: str

    def __bool__(self) -> bool:
        return self.correct


def question(step: Step) -> Question | None:
    """What can be asked at this step: a gradient that is one number, or an element of a small tensor."""
    correct = hidden(step)
    if correct is None:
        return None
    known = [(m, np.broadcast_to(m.values, correct.shape)) for m in mistaken(step)]
    index = max(np.ndindex(correct.shape), key=lambda i: telling(correct, known, i))
    answer = float(correct[index])
    bound = tolerance(answer, correct)
    found: list[Wrong] = []
    for mistake, values in known:
        value = float(values[index])
        near = [answer, *(w.value for w in found)]
        if np.isfinite(value) and all(abs(value - x) > 2 * tolerance(x, correct) for x in near):
            found.append(Wrong(value, mistake.says))
    assert step.result is not None  # it is what is hidden
    place = f"[{', '.join(map(str, index))}]" if index else ""
    return Question(f"{step.result.label}{place}", index, answer, bound, tuple(found))


def mistakes(step: Step) -> tuple[Wrong, ...]:
    """The wrong answers that are recognised at this step; none where nothing is asked."""
    asked = question(step)
    return () if asked is None else asked.mistakes


def judge(answer: str | float, step: Step) -> Verdict:
    """Whether a learner's answer is correct, and if it is not, what the mistake may have been.

    The answer may be a number, or arithmetic: "3*2 + 1*4". Raises `ParameterError` for anything else, and
    where the step asks nothing.
    """
    asked = question(step)
    if asked is None:
        raise ParameterError(f"nothing is asked at this step: {step.title}")
    value = calculated(answer) if isinstance(answer, str) else float(answer)
    if abs(value - asked.answer) <= asked.bound:
        exact = "" if value == asked.answer else f" Exactly: {numbers.exact(asked.answer)}."
        return Verdict(True, f"Correct.{exact}")
    for wrong in asked.mistakes:
        if abs(value - wrong.value) <= max(CLOSE * abs(wrong.value), asked.bound * 1e-3):
            return Verdict(False, f"Not quite. {wrong.says}")
    return Verdict(
        False, f"No. Look at the formula again, and at the numbers that go into {asked.label}."
    )


def hidden(step: Step) -> Array | None:
    """The gradient that is asked for, where it is small, finite and kept."""
    if step.phase != "backward" or step.kind not in ("contribution", "unbroadcast", "accumulate"):
        return None
    value = None if step.result is None else step.result.value
    if value is None or value.array is None or not 0 < value.size <= SMALL:
        return None
    return value.array if bool(np.isfinite(value.array).all()) else None


def telling(
    correct: Array, known: list[tuple[Mistake, Array]], index: tuple[int, ...]
) -> tuple[Any, ...]:
    """How much an element tells: a correct answer that is not 0, and as many mistakes apart as can be."""
    answer = float(correct[index])
    apart = {round(float(v[index]), 9) for _, v in known if abs(float(v[index]) - answer) > 1e-9}
    return answer != 0, len(apart), tuple(-i for i in index)


def tolerance(answer: float, correct: Array) -> float:
    """Half a percent; of 0, next to nothing of the largest element."""
    return CLOSE * abs(answer) or 1e-6 * (float(np.abs(correct).max()) or 1.0)


# ---- arithmetic that somebody types ----

OPERATORS: dict[type, Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}


def calculated(text: str) -> float:
    """The value of "1/3" or "3*2 + 1": numbers, + - * / ** and parentheses."""
    try:
        value = float(evaluated(ast.parse(text.strip().replace("^", "**"), mode="eval").body))
    except (
        SyntaxError,
        KeyError,
        TypeError,
        ValueError,
        OverflowError,
        ZeroDivisionError,
        RecursionError,
    ):
        value = math.nan
    if not math.isfinite(value):
        raise ParameterError(
            f"{text.strip()!r} is no number: type one, as 0.25, or arithmetic, as 1/4 or 3*2 + 1"
        )
    return value


def evaluated(e: ast.expr) -> float:
    if isinstance(e, ast.BinOp):
        return float(OPERATORS[type(e.op)](evaluated(e.left), evaluated(e.right)))
    if isinstance(e, ast.UnaryOp):
        return float(OPERATORS[type(e.op)](evaluated(e.operand)))
    if isinstance(e, ast.Constant) and isinstance(e.value, int | float):
        return float(e.value)
    raise ValueError
