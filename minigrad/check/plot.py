"""The V curve: the error of the centered difference against epsilon, on log-log axes.

From the right the error falls with epsilon squared, as truncation does, until round-off, which grows with
1 / epsilon, takes over: a V. A wrong gradient levels off at its own error between the two arms. A linear
or quadratic function has no right arm. Beyond a kink the curve is that of another function.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from minigrad.check.report import Report
from minigrad.check.trial import Trial

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#777777"
"""Okabe and Ito's, which the colour-blind tell apart; the line styles differ too."""


def v_curve(report: Report) -> Figure:
    """The curve of the worst element, in a figure of its own: nothing global is touched."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.2, 4.6), layout="constrained")
    axes = figure.subplots()
    trial = report.shown
    if trial is None:
        axes.set_axis_off()
        axes.text(
            0.5, 0.5, report.fault or "No sweep was made.", ha="center", va="center", wrap=True
        )
        return figure
    draw(axes, trial)
    axes.set_title(
        f"{report.gradient}, the {report.noun} of {report.name}: {report.verdict}",
        loc="left",
        fontsize=13,
    )
    axes.set_xlabel(f"epsilon, at {trial.label(report.names)}", fontsize=11)
    axes.set_ylabel("|centered difference - gradient|", fontsize=11)
    return figure


def draw(axes: Axes, trial: Trial) -> None:
    epsilon, _, difference, noise = trial.curve()
    error = np.abs(difference)
    seen = np.isfinite(error) & (error > 0)
    exact = np.isfinite(error) & (error == 0)
    positive = np.concatenate([error[seen], noise[noise > 0], [max(trial.bound, 1e-300)]])
    positive = np.append(positive, trial.sweep.jump / trial.unit or trial.bound or 1e-300)
    low = 10.0 ** np.floor(np.log10(positive[np.isfinite(positive)].min()) - 0.5)
    high = 10.0 ** np.ceil(np.log10(positive[np.isfinite(positive)].max()) + 0.5)
    axes.loglog(
        epsilon[seen], error[seen], "o", color=BLUE, markersize=4.5, label="measured", zorder=3
    )
    if exact.any():
        axes.loglog(epsilon[exact], np.full(exact.sum(), low * 1.6), "v", color=BLUE, alpha=0.6,
                    markersize=5, label="exactly 0", zorder=3)  # fmt: skip
    axes.loglog(epsilon, noise, "--", color=ORANGE, linewidth=1.8, label="predicted round-off")
    curvature = truncation(trial)
    if curvature:
        axes.loglog(epsilon, curvature * epsilon**2, "-.", color=GREEN, linewidth=1.8,
                    label="predicted truncation")  # fmt: skip
    if trial.kinked:
        axes.axhline(trial.sweep.jump / trial.unit, color="black", linewidth=1.2,
                     label="how much the slopes on both sides differ")  # fmt: skip
    elif trial.sweep.verdict == "wrong":
        axes.axhline(abs(trial.error), color="black", linewidth=1.2,
                     label="floor: how much the gradient is off")  # fmt: skip
    if np.isfinite(trial.bound) and trial.bound > 0 and not trial.kinked:
        axes.axhspan(low, trial.bound, color=GREY, alpha=0.12, linewidth=0, label="cannot be seen")
    if trial.sweep.edge:
        axes.axvline(trial.sweep.edge * trial.unit, color=GREY, linestyle=":", linewidth=1.6,
                     label="a kink or an edge is nearer")  # fmt: skip
    axes.set_ylim(low, high * 10**2.5)  # and room for the legend
    axes.set_xlim(epsilon.min() / 2, epsilon.max() * 2)
    axes.legend(frameon=False, fontsize=9.5, loc="upper center", ncols=2)
    axes.grid(color="#dddddd", linewidth=0.7)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def truncation(trial: Trial) -> float:
    """C in C epsilon^2, from the steps at which truncation rules; 0 where it never does."""
    if trial.sweep.truncation_slope is None:
        return 0.0
    epsilon, _, difference, noise = trial.curve()
    off = np.abs(difference - trial.error)
    ruled = np.flatnonzero(np.isfinite(off) & (off > 100 * np.maximum(noise, trial.bound)))
    if trial.sweep.edge:
        ruled = ruled[trial.sweep.steps[ruled] < trial.sweep.edge]
    return float(np.median((off / epsilon**2)[ruled[-4:]])) if ruled.size else 0.0
