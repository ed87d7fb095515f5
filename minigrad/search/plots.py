"""Pictures of a search, drawn by Optuna with matplotlib: history, slices, parallel coordinates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import optuna

from minigrad.search.storage import quiet


def draw_pictures(study: optuna.Study, name: str, folder: Path) -> list[Path]:
    """history, slice and parallel, each as .svg and .png in the folder. matplotlib keeps its settings."""
    from matplotlib import pyplot, rc_context
    from optuna.visualization import matplotlib as plots

    folder.mkdir(parents=True, exist_ok=True)
    paths: list[Path] = []
    drawn: Any = plots.plot_optimization_history, plots.plot_slice, plots.plot_parallel_coordinate
    with quiet(), rc_context({"svg.hashsalt": "minigrad"}):
        for kind, plot in zip(("history", "slice", "parallel"), drawn, strict=True):
            figure = np.ravel(plot(study, target_name=f"value of {name}"))[0].figure
            if kind == "parallel":
                separate_axes(figure)
            for path in (folder / f"{kind}.svg", folder / f"{kind}.png"):
                # Without the date, the same table gives the same bytes.
                metadata: Any = {"Date": None} if path.suffix == ".svg" else {}
                figure.savefig(path, dpi=150, bbox_inches="tight", metadata=metadata)
                paths.append(path)
            pyplot.close(figure)
    return paths


def separate_axes(figure: Any) -> None:
    """Parallel coordinates without a grid across the axes, and with labels in front of the lines."""
    figure.set_size_inches(max(7.0, 2.2 * len(figure.axes)), 5.2)
    for axes in figure.axes:
        axes.grid(False, which="both")  # the grid of one axis has no meaning for the others
        for label in axes.get_yticklabels(which="both"):
            label.set(bbox={"facecolor": "white", "alpha": 0.6, "edgecolor": "none", "pad": 0.8})
