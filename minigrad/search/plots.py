"""Pictures of a search, by Optuna's matplotlib backend: history, slices, parallel coordinates."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from minigrad.search.library import quiet

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from minigrad.search.study import Study


def draw(study: Study, folder: Path) -> list[Path]:
    """history, slice and parallel, each as .svg and .png in the folder."""
    import matplotlib
    from matplotlib import pyplot

    study.top(1)  # or it says that there is nothing to draw
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    with quiet() as package, matplotlib.rc_context({"svg.hashsalt": "minigrad"}):
        trials = in_memory(study)
        backend = package.visualization.matplotlib
        for name, plot in (
            ("history", backend.plot_optimization_history),
            ("slice", backend.plot_slice),
            ("parallel", backend.plot_parallel_coordinate),
        ):
            figure: Figure = np.ravel(plot(trials))[0].figure
            for suffix in (".svg", ".png"):
                paths.append(folder / f"{name}{suffix}")
                save(figure, paths[-1])
            pyplot.close(figure)
    return paths


def in_memory(study: Study) -> Any:
    """The trials as an Optuna study in the order of their numbers, without the attempts that died."""
    with quiet() as package:
        made = package.create_study(direction=study.direction)
        distributions = {name: domain.distribution() for name, domain in study.space.items()}
        for trial in study.trials:
            made.add_trial(
                package.trial.create_trial(
                    params=trial.params, distributions=distributions, value=trial.value
                )
            )
    return made


def save(figure: Figure, path: Path) -> None:
    part = path.with_name(f".{path.stem}.part{path.suffix}")
    dateless: dict[str, Any] = {"Date": None} if path.suffix == ".svg" else {}
    figure.savefig(part, dpi=150, bbox_inches="tight", metadata=dateless)
    os.replace(part, path)
