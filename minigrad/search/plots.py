"""Pictures of a search, by Optuna's matplotlib backend: history, slices, parallel coordinates."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from minigrad.search.library import quiet
from minigrad.search.space import Choice, Domain

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from minigrad.search.study import Study


def draw(study: Study, folder: Path) -> list[Path]:
    """history, slice and parallel, each as .svg and .png in the folder. matplotlib is left as it was."""
    import matplotlib
    from matplotlib import pyplot

    study.top(1)  # or it says that there is nothing to draw
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    with quiet() as package, matplotlib.rc_context({"svg.hashsalt": "minigrad"}):
        trials = in_memory(study)
        backend = package.visualization.matplotlib
        for name, plot, title in (
            ("history", backend.plot_optimization_history, "each trial, and the best so far"),
            ("slice", backend.plot_slice, "the value against each parameter"),
            ("parallel", backend.plot_parallel_coordinate, "each trial a line"),
        ):
            figure: Figure = np.ravel(plot(trials, target_name="value"))[0].figure
            retouch(figure, name, f"{study.name}: {title}", len(study.space))
            for suffix in (".svg", ".png"):
                paths.append(folder / f"{name}{suffix}")
                save(figure, paths[-1])
            pyplot.close(figure)
    return paths


def in_memory(study: Study) -> Any:
    """The trials as an Optuna study in the order of their numbers, without the attempts that died."""
    with quiet() as package:
        made = package.create_study(direction=study.direction)
        distributions = {name: in_order(d).distribution() for name, d in study.space.items()}
        for trial in study.trials:
            made.add_trial(
                package.trial.create_trial(
                    params=trial.params, distributions=distributions, value=trial.value
                )
            )
    return made


def in_order(domain: Domain) -> Domain:
    """Numbers to choose from by size: the axis of a picture has them in their order."""
    if isinstance(domain, Choice) and all(isinstance(o, int | float) for o in domain.options):
        return Choice(tuple(sorted(domain.options)))  # type: ignore[type-var]
    return domain


def retouch(figure: Figure, name: str, title: str, parameters: int) -> None:
    """Our title; whole numbers of trials; and parallel axes that are lines, with legible figures."""
    from matplotlib.ticker import MaxNLocator

    first, last = figure.axes[0], figure.axes[-1]
    if name == "slice":
        figure.suptitle(title, fontsize=14, y=0.96)
        last.yaxis.set_major_locator(MaxNLocator(integer=True))  # the scale of colours
    else:
        first.set_title(title, fontsize=14)
    if name == "history":
        first.xaxis.set_major_locator(MaxNLocator(integer=True))
    if name != "parallel":
        return
    figure.set_size_inches(max(7.0, 2.2 * (parameters + 1)), 5.2)
    shade = {"facecolor": "white", "alpha": 0.6, "edgecolor": "none", "pad": 0.8}
    for axes in figure.axes:
        axes.grid(False, which="both")  # the grid of one axis means nothing on the others
        axes.spines["right"].set(visible=True, color="#777777", linewidth=1)
        for label in axes.get_yticklabels(which="both"):
            label.set(bbox=shade, color="black")
    for label in first.get_xticklabels():
        label.set(rotation=0, horizontalalignment="center")


def save(figure: Figure, path: Path) -> None:
    """In one piece, and with the same bytes for the same figure."""
    part = path.with_name(f".{path.stem}.part{path.suffix}")
    dateless: dict[str, Any] = {"Date": None} if path.suffix == ".svg" else {}
    figure.savefig(part, dpi=150, bbox_inches="tight", metadata=dateless)
    os.replace(part, path)
