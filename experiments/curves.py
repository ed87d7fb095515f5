"""Learning curves of several seeds as panels: cost, loss and accuracy, above the learning rate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean, stdev
from typing import Any

from experiments.blocks import GREY, TRAINING, VALIDATION, Figure, Line, Panel
from experiments.parts import Settings

Runs = Sequence[Mapping[str, Any]]
"""Results of `training.train` that differ only in their seed."""

PARTS = (("training", "train", TRAINING, "-"), ("validation", "validation", VALIDATION, "--"))


def averaged(runs: Runs, name: str) -> tuple[list[float], list[float]]:
    """Mean and standard deviation of a curve over the runs, at each step."""
    columns = list(zip(*(run["curves"][name] for run in runs)))
    spread = [stdev(column) if len(runs) > 1 else 0.0 for column in columns]
    return [fmean(column) for column in columns], spread


def line(runs: Runs, name: str, label: str, colour: str, style: str = "-") -> Line:
    mean, spread = averaged(runs, name)
    return Line(label, runs[0]["curves"]["step"], mean, colour, style, band=spread)


def rate(settings: Settings) -> Line:
    """The corners of the cyclical rate's triangles."""
    n_s, steps = settings["n_s"], settings["steps"]
    corners = [*range(0, steps, n_s), steps]

    def height(step: int) -> float:
        half, since = divmod(step, n_s)
        rise = since / n_s * (settings["eta_max"] - settings["eta_min"])
        low, high = settings["eta_min"], settings["eta_max"]
        return float(high - rise if half % 2 else low + rise)

    return Line("", corners, [height(step) for step in corners], GREY)


def panel(runs: Runs, measure: str, settings: Settings) -> Panel:
    lines = [line(runs, f"{part}_{measure}", label, c, s) for label, part, c, s in PARTS]
    label = "accuracy" if measure == "accuracy" else f"{measure} (nats)"
    # The first points, at the highest rates, may be far outside the range of all others.
    top = None if measure == "accuracy" else 1.05 * ceiling(lines)
    return Panel(measure, "update step", label, lines, rate(settings), ylim=(0, top))


def ceiling(lines: Sequence[Line]) -> float:
    """A limit that all points but a few lie below."""
    values = sorted(value for each in lines for value in each.y)
    return max(values[int(0.98 * (len(values) - 1))], *(each.y[-1] for each in lines))


def figure(name: str, caption: str, runs: Runs, settings: Settings) -> Figure:
    """Cost, loss and accuracy against the update step; the band is the standard deviation over the seeds."""
    panels = [panel(runs, measure, settings) for measure in ("cost", "loss", "accuracy")]
    return Figure(name, caption, panels)
