"""What a report says, in numbers, for a terminal and for a notebook."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigrad import check
from minigrad.check.report import Worst

X = np.random.default_rng(0).standard_normal((3, 4))
CORRECT = check.derivative(np.tanh, lambda x: 1 - np.tanh(x) ** 2, X)
WRONG = check.derivative(np.tanh, lambda x: 1 - np.tanh(x), X)
LINEAR = check.derivative(lambda x: 3 * x, lambda x: 3 + 0 * x, X)
KINK = check.gradient(np.abs, lambda g, x: g * np.sign(x), np.array([0.0, 1.0]))
FAULT = check.gradient(np.tanh, lambda g, x: g[0], X, names=["x"])


def test_a_report_is_true_if_the_gradient_passed():
    """`assert check.gradient(...)` asserts what it says."""
    assert CORRECT
    assert KINK
    assert not WRONG
    assert not FAULT


# ---- numbers ----


@given(a=st.floats(-1e6, 1e6), n=st.floats(-1e6, 1e6))
def test_errors_by_the_formulas_of_the_course_reports(a: float, n: float) -> None:
    worst = Worst("x[0]", a, n, 0.0)
    assert worst.absolute_error == abs(a - n)
    assert worst.relative_error == abs(a - n) / max(np.finfo(float).eps, abs(a) + abs(n))
    assert 0 <= worst.relative_error <= 1


@given(n=st.floats(-10, 10), off=st.floats(1e-12, 0.3))
def test_decimals_are_those_that_numpy_passes_with(n: float, off: float) -> None:
    worst = Worst("x[0]", n + off, n, 0.0)
    np.testing.assert_almost_equal(worst.claimed, worst.numeric, decimal=worst.decimals)
    with pytest.raises(AssertionError):
        np.testing.assert_almost_equal(worst.claimed, worst.numeric, decimal=worst.decimals + 1)


def test_what_is_equal_has_all_decimals() -> None:
    assert Worst("x[0]", 1.0, 1.0, 0.0).decimals == 17
    assert Worst("x[0]", 1.0, 1.0, 0.0).relative_error == 0.0


def test_a_right_gradient() -> None:
    assert CORRECT.digits > 10
    assert 1e-16 < CORRECT.resolution < 1e-10
    assert CORRECT.truncation_slope == pytest.approx(2, abs=0.05)
    assert 1e-7 < CORRECT.step < 1e-3
    assert CORRECT.discarded == 0
    assert CORRECT.samples == sum(2 * len(t.sweep.steps) + 1 for t in CORRECT.trials)
    worst = CORRECT.worst
    assert worst is not None
    index = tuple(int(i) for i in re.findall(r"\d+", worst.label))
    v = CORRECT.by_element[0].upstream
    assert worst.claimed == pytest.approx(v[index] * (1 - np.tanh(X[index]) ** 2))
    assert worst.absolute_error <= 1e-9


def test_a_wrong_gradient_names_the_worst_element() -> None:
    v = WRONG.by_element[0].upstream
    off = v * ((1 - np.tanh(X)) - (1 - np.tanh(X) ** 2))
    index = tuple(int(i) for i in np.unravel_index(np.argmax(np.abs(off)), off.shape))
    assert WRONG.worst is not None
    assert WRONG.worst.label == f"x[{index[0]}, {index[1]}]"
    assert WRONG.worst.claimed - WRONG.worst.numeric == pytest.approx(off[index])


def test_a_linear_function_has_no_right_arm() -> None:
    assert LINEAR.truncation_slope is None
    assert "no truncation arm" in str(LINEAR)


def test_the_table_is_the_curve() -> None:
    lines = CORRECT.table().splitlines()
    assert CORRECT.worst is not None
    assert lines[0] == CORRECT.worst.label
    assert lines[1].split() == ["epsilon", "D(epsilon)", "gradient", "difference", "noise"]
    rows = np.array([[float(cell) for cell in line.split()] for line in lines[2:]])
    assert rows.shape == (44, 5)
    assert np.allclose(rows[:, 1] - rows[:, 2], rows[:, 3], atol=1e-11, rtol=1e-2)
    assert np.all(np.diff(rows[:, 0]) < 0)
    # The textbook's difference, of the same function and element.
    index = tuple(int(i) for i in re.findall(r"\d+", lines[0]))
    v, x = CORRECT.by_element[0].upstream[index], X[index]
    h = CORRECT.shown.curve()[0][8]
    textbook = v * (np.tanh(x + h) - np.tanh(x - h)) / (2 * h)
    assert rows[8, 1] == pytest.approx(textbook, rel=1e-9)


# ---- words ----


@pytest.mark.parametrize("report", [CORRECT, WRONG, LINEAR, KINK, FAULT], ids=lambda r: r.verdict)
def test_it_fits_a_terminal(report: check.Report) -> None:
    text = str(report)
    assert max(map(len, text.splitlines())) <= 90
    assert max(map(len, text.partition("This shows it")[0].splitlines())) <= 80
    assert text == "\n".join(line.rstrip() for line in text.splitlines())
    assert text.isascii()


def test_the_first_line_is_the_verdict() -> None:
    firsts = [str(report).splitlines()[0] for report in (CORRECT, WRONG, KINK, FAULT)]
    assert re.fullmatch(r"df, the derivative of tanh: correct, to 1\d\.\d digits", firsts[0])
    assert firsts[1] == "df, the derivative of tanh: WRONG"
    assert firsts[2] == "backward, the gradient of absolute: kink (correct: a subgradient)"
    assert firsts[3] == "backward, the gradient of tanh: WRONG"


def test_what_a_pass_says() -> None:
    text = " ".join(str(CORRECT).split())
    assert re.search(r"a relative error of \de-1\d would have been seen", text)
    assert re.search(r"truncation slope \+2\.0\d.*lowest at epsilon = \d", text)
    assert "in 4 random directions and 12 elements; 0 not finite" in text


def test_what_a_failure_says() -> None:
    text = " ".join(str(WRONG).split())
    assert "These are the worst elements, and others are wrong or not examined." in text
    assert "levels off at" in text
    assert "This shows it: import numpy as np" in text


def test_many_inputs_are_not_all_listed() -> None:
    xs = [np.ones(2) * k for k in range(1, 25)]

    def backward(g: Any, *xs: Any) -> Any:
        return tuple(g * (1 + (k == 22)) for k in range(24))

    report = check.gradient(lambda *xs: sum(xs), backward, *xs)
    text = str(report)
    assert "x22                   (2,)                WRONG" in text
    assert "and 6 more" in text


def test_undecided() -> None:
    """So noisy that a check could not see an error of 1e-4: nothing is claimed, and nothing passes."""

    def noisy(x: Any) -> Any:
        return np.sin(x) + 1e-2 * np.sin(1e13 * x)

    report = check.gradient(noisy, lambda g, x: g * np.cos(x), X)
    assert report.verdict == "undecided"
    assert not report.passed
    assert "UNDECIDED" in str(report)
    with pytest.raises(AssertionError, match="UNDECIDED"):
        report.raise_if_wrong()


# ---- a notebook ----


class Tags(HTMLParser):
    """That every tag is closed, in its order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.ids += [value for name, value in attrs if name == "id"]
        if tag not in ("br", "img", "path", "use"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.open and self.open[-1] == tag:
            self.open.pop()
        elif tag not in ("path", "use"):
            raise AssertionError(f"</{tag}> closes {self.open[-1:]}")


@pytest.mark.parametrize("report", [KINK, FAULT], ids=lambda r: r.verdict)
def test_html(report: check.Report) -> None:
    page = report._repr_html_()
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    assert str(report).splitlines()[0] in page
    assert ("<svg" in page) == bool(report.trials)
    assert "<script" not in page
    assert page == report._repr_html_(), "the same bytes for the same report"


def test_two_curves_on_one_page_do_not_share_ids() -> None:
    tags = [Tags(), Tags()]
    for each, report in zip(tags, (CORRECT, WRONG)):
        each.feed(report._repr_html_())
        assert each.open == []
    assert tags[0].ids
    assert not set(tags[0].ids) & set(tags[1].ids)


def test_what_is_shown_is_escaped() -> None:
    report = check.gradient(np.tanh, lambda g, x: g, X, names=["<b>"])
    assert "<b>" not in report._repr_html_()
