"""The quiz accepts what is correct, and names the mistake that leads to a wrong answer."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minigrad as mg
from minigrad.check.strategies import expressions
from minigrad.errors import ParameterError
from minigrad.view import step, trace
from minigrad.view.steps import quiz
from tests.view.steps.programs import PROGRAMS


def steps_of(f, *inputs):
    return step(trace(f, *inputs))


def at(steps, title):
    (found,) = [s for s in steps if s.title == title]
    return found


def says(answer, s):
    verdict = quiz.judge(answer, s)
    assert not verdict.correct
    return verdict.says


def test_the_factors_of_a_product():
    s = at(steps_of(lambda x, y: x * y * 5.0, 2.0, 3.0), "mul sends a gradient to x")
    asked = quiz.question(s)
    assert asked.answer == 15.0
    assert asked.label.endswith("/dx")
    for correct in (15, "15.0", "5*3", "15.03"):
        assert quiz.judge(correct, s).correct
    assert "the wrong way round" in says(10.0, s)
    assert "the slope of mul alone" in says("3", s)
    assert "what has arrived" in says(5.0, s)
    assert "sign" in says(-15.0, s)
    assert says(1234.0, s).startswith("No.")


def test_the_second_use_is_forgotten():
    steps = steps_of(lambda x, y: x * y + x * x * y, 2.0, 3.0)
    total = [s for s in steps if s.kind == "accumulate" and s.result.label.endswith("/dx")][-1]
    asked = quiz.question(total)
    assert asked.answer == 15.0  # y + 2 x y
    assert "x is used 3 times" in says(12.0, total)
    assert "That is only the last use" in says(3.0, total)
    assert "That is only one of the uses" in says(6.0, total)
    assert "added, not multiplied" in says(36.0, total)
    assert "added, not subtracted" in says(9.0, total)


def test_the_input_in_the_place_of_the_result():
    s = at(steps_of(mg.tanh, 0.5), "tanh sends a gradient to x")
    assert "You took x, the input, where t1, the result, belongs." in says(1 - 0.5**2, s)
    assert quiz.judge(1 - np.tanh(0.5) ** 2, s)


def test_powers():
    s = at(steps_of(lambda x: x**3.0, 2.0), "pow sends a gradient to x")
    assert quiz.judge(12, s)
    assert "The factor 3 is missing" in says(4, s)
    assert "exponent goes down by one" in says(24, s)


def test_the_sum_over_the_batch_and_its_mean():
    steps = step(PROGRAMS["stretched"]())
    (s,) = [s for s in steps if s.kind == "unbroadcast"]
    asked = quiz.question(s)
    wide = s.operands[0].value.array
    column = asked.index[0]
    assert asked.answer == wide[:, column].sum()
    assert "The sum over the 2 copies, the batch, was forgotten." in says(float(wide[0, column]), s)
    assert "They are added up" in says(float(wide[:, column].mean()), s)


def test_the_mean_of_four():
    s = at(step(PROGRAMS["stretched"]()), "mean sends a gradient to t5")
    assert quiz.judge("1/4", s)
    assert "The division by 4 is missing" in says(1, s)


def test_a_matrix_that_is_not_transposed():
    rng = np.random.default_rng(0)
    x, w = (mg.Tensor(rng.normal(size=(2, 2)), requires_grad=True) for _ in range(2))
    v = rng.normal(size=(2, 2))
    with trace() as t:
        (x @ w).backward(v)
    s = at(step(t), "matmul sends a gradient to w")
    asked = quiz.question(s)
    correct = x.data.T @ v
    assert asked.answer == pytest.approx(correct[asked.index])
    assert "transpose" in says(float(correct.T[asked.index]), s)
    assert "transposed that should not be" in says(float((x.data @ v)[asked.index]), s)


@given(expressions(), st.sampled_from([np.float32, np.float64]))
def test_every_question_can_be_answered_and_every_mistake_is_told_from_it(expression, dtype):
    leaves = [mg.Tensor(x.astype(dtype), requires_grad=True) for x in expression.inputs]
    with trace() as t:
        expression(*leaves).sum().backward()
    for s in step(t):
        asked = quiz.question(s)
        if asked is None:
            assert quiz.mistakes(s) == ()
            continue
        assert quiz.judge(repr(asked.answer), s).correct
        assert asked.answer == float(s.result.value.array[asked.index])
        for wrong in asked.mistakes:
            verdict = quiz.judge(wrong.value, s)
            assert not verdict.correct
            assert verdict.says == f"Not quite. {wrong.says}"


@pytest.mark.parametrize(
    "text", ["", "x", "1 +", "__import__('os')", "1/0", "9**9**9", "1e400", "True or 1"]
)
def test_what_is_no_number(text):
    s = at(steps_of(mg.tanh, 0.5), "tanh sends a gradient to x")
    with pytest.raises(ParameterError, match=r"is no number: type one, as 0.25, or arithmetic"):
        quiz.judge(text, s)


def test_nothing_is_asked_of_the_forward_pass_or_of_large_arrays():
    steps = step(PROGRAMS["lenet"]())
    assert quiz.question(steps[0]) is None
    with pytest.raises(ParameterError, match="nothing is asked at this step"):
        quiz.judge(1.0, steps[0])
    large = [s for s in steps if s.kind == "contribution" and s.result.value.size > quiz.SMALL]
    x = mg.Tensor(np.ones((9, 9)), requires_grad=True)
    with trace() as t:
        mg.tanh(x).sum().backward()
    large += [s for s in step(t) if s.kind == "contribution" and s.result.value.size > quiz.SMALL]
    assert large
    assert all(quiz.question(s) is None for s in large)
