"""The V curve: what is drawn is what was measured and predicted."""

from __future__ import annotations

from typing import Any

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

from minigrad import check

X = np.array([0.7, -1.3])


def labelled(figure: Figure) -> dict[str, Any]:
    (axes,) = figure.axes
    return {str(line.get_label()): line for line in (*axes.lines, *axes.patches)}


def test_a_right_gradient_is_a_v() -> None:
    report = check.derivative(np.tanh, lambda x: 1 - np.tanh(x) ** 2, X)
    figure = report.plot()
    lines = labelled(figure)
    assert {"measured", "predicted round-off", "predicted truncation", "cannot be seen"} <= set(
        lines
    )
    epsilon, error = lines["measured"].get_data()
    _, _, difference, _ = report.shown.curve()
    assert np.array_equal(np.sort(error), np.sort(np.abs(difference[difference != 0])))
    truncation = np.interp(
        np.log(epsilon[:6])[::-1],
        *[np.log(a[::-1]) for a in lines["predicted truncation"].get_data()],
    )
    assert np.allclose(truncation, np.log(error[:6])[::-1], atol=1.0)
    roundoff = dict(zip(*lines["predicted round-off"].get_data()))
    assert all(e <= 2 * roundoff[h] for h, e in zip(epsilon[-15:], error[-15:]))
    (axes,) = figure.axes
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    assert axes.get_title(loc="left") == "df, the derivative of tanh: correct"


def test_a_wrong_gradient_has_a_floor() -> None:
    report = check.derivative(np.tanh, lambda x: 1.001 * (1 - np.tanh(x) ** 2), X)
    floor = labelled(report.plot())["floor: how much the gradient is off"]
    assert floor.get_ydata()[0] == abs(report.shown.error)


def test_a_linear_function_has_no_predicted_truncation() -> None:
    lines = labelled(check.derivative(lambda x: 3 * x, lambda x: 3 + 0 * x, X).plot())
    assert "predicted truncation" not in lines
    assert "measured" in lines


def test_a_kink_shows_its_jump_and_one_near_by_its_place() -> None:
    at = check.gradient(np.abs, lambda g, x: g * np.sign(x), np.array([0.0, 1.0]))
    assert "how much the slopes on both sides differ" in labelled(at.plot())

    def bent(x: Any) -> Any:
        return np.sin(x) + np.maximum(x, 0)

    near = check.gradient(bent, lambda g, x: g * (np.cos(x) + (x > 0)), np.array(1e-4))
    assert near.verdict == "correct"
    moved = check.gradient(
        lambda x: bent(x - 1), lambda g, x: g * (np.cos(x - 1) + (x > 1)), np.array(1.0001)
    )
    line = labelled(moved.plot())["a kink or an edge is nearer"]
    assert 0.5e-4 < line.get_xdata()[0] < 64e-4


def test_without_a_sweep_there_is_a_figure_that_says_why() -> None:
    report = check.gradient(np.tanh, lambda g, x: g[:1], X)
    (axes,) = report.plot().axes
    assert "has shape (1,)" in axes.texts[0].get_text()


@pytest.mark.parametrize("scale", [1e-30, 1e30])
def test_extreme_scales(scale: float) -> None:
    check.gradient(lambda x: scale * np.tanh(x), lambda g, x: scale * g / np.cosh(x) ** 2, X).plot()


def test_no_global_state_of_matplotlib_is_touched() -> None:
    before = dict(matplotlib.rcParams)
    report = check.derivative(np.tanh, lambda x: 1 - np.tanh(x) ** 2, X)
    report.plot()
    report._repr_html_()
    assert dict(matplotlib.rcParams) == before
    assert (
        "matplotlib.pyplot" not in __import__("sys").modules
        or not matplotlib._pylab_helpers.Gcf.figs
    )
