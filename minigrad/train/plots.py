"""Pictures of a run: learning curves, the confusion matrix, and the worst mistakes.

Each function makes a matplotlib `Figure` of its own: no global state changes, and no figure needs to be
closed. `save_figure` writes one as PNG or SVG. Training is blue and validation is orange, in the colours
of Okabe and Ito, which colour-blind readers can tell apart; line styles differ too.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from minigrad.errors import ParameterError
from minigrad.files import replacing
from minigrad.ops import softmax
from minigrad.train.history import History
from minigrad.typing import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#777777"
AVERAGED = (
    "training: mean over the epoch, while the weights still changed; validation: after the epoch"
)


def save_figure(figure: Figure, path: Path | str) -> None:
    """Write a figure in the format that the suffix names. The same figure gives the same bytes."""
    import matplotlib

    path = Path(path)
    dateless: dict[str, Any] = {"Date": None} if path.suffix == ".svg" else {}
    with replacing(path) as part, matplotlib.rc_context({"svg.hashsalt": "minigrad"}):
        figure.savefig(part, dpi=150, metadata=dateless)


# ---- learning curves ----


def learning_curves(
    history: History, *, against: str = "step", title: str = "Learning curves"
) -> Figure:
    """Cost, loss and accuracy against the update step or the "epoch"; below them, the learning rate.

    The thin line is the batch of each update. The thick line is the training set: measured by the run, or
    the mean over the updates since the last evaluation. The dashed line is the validation set. The cost
    has a panel only where it differs from the loss, that is, with a penalty.
    """
    from matplotlib.figure import Figure

    if against not in ("step", "epoch"):
        raise ParameterError(f'learning_curves: against={against!r}, needed: "step" or "epoch"')
    measured = {name: history.series("update", name)[1] for name in ("cost", "loss", "accuracy")}
    if np.array_equal(measured["cost"], measured["loss"]):
        del measured["cost"]
    names = [name for name, values in measured.items() if len(values)]
    if not names:
        raise ParameterError("learning_curves: this history has no updates to draw")
    steps, rates = history.series("update", "rate")
    epochs = history.series("update", "epoch")[1]
    unit = 1 if against == "step" else int(np.count_nonzero(epochs == 1))
    figure = Figure(figsize=(1 + 4.6 * len(names), 5), layout="constrained")
    figure.suptitle(title, fontsize=15)
    above, below = figure.subplots(2, len(names), sharex=True, squeeze=False, height_ratios=(4, 1))
    for panel, strip, name in zip(above, below, names):
        draw_measure(panel, history, name, unit)
        strip.plot(steps / unit, rates, color=GREY, linewidth=1.5)
        strip.set_ylim(0, 1.15 * rates.max() or 1)
        strip.set_xlabel("update step" if against == "step" else "epoch", fontsize=12)
        for axes in (panel, strip):
            axes.grid(axis="y", color="#dddddd", linewidth=0.8)
            axes.set_axisbelow(True)
            axes.tick_params(labelsize=10)
            axes.margins(x=0.01)
            axes.spines[["top", "right"]].set_visible(False)
    below[0].set_ylabel("learning\nrate", fontsize=12)
    averaged = (history.last() or {}).get("train_averaged", False)
    handles, labels = above[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False, fontsize=11,
                  title=AVERAGED if averaged else None, title_fontsize=11)  # fmt: skip
    return figure


def draw_measure(axes: Axes, history: History, name: str, unit: float) -> None:
    scale, digits = (100, ".2%") if name == "accuracy" else (1, ".3g")
    steps, batches = history.series("update", name)
    axes.plot(steps / unit, scale * batches, color=BLUE, alpha=0.25, lw=0.8, label="one batch")
    last = []
    parts = (("train", "training", BLUE, "-"), ("validation", "validation", ORANGE, "--"))
    for part, label, colour, style in parts:
        steps, values = history.series("evaluation", f"{part}_{name}")
        if len(steps) == 0:
            continue
        marker = "o" if len(steps) <= 30 else ""
        look: dict[str, Any] = {"color": colour, "marker": marker, "markersize": 5, "lw": 2.2}
        axes.plot(steps / unit, scale * values, style, **look, label=label)
        last.append(f"{label} {values[-1]:{digits}}")
    axes.set_title(f"{name}{' (%)' if scale == 100 else ''}", fontsize=13, loc="left")
    # The first batches of a run may be far outside the range of all others.
    everything = np.concatenate([batches, history.series("evaluation", f"validation_{name}")[1]])
    if name == "accuracy":
        axes.set_ylim(max(0, 100 * np.quantile(everything, 0.03) - 8), 101)
    else:
        axes.set_ylim(0, 1.1 * max(np.quantile(everything, 0.97), everything[-1]))
    # The corner without curves: losses fall, accuracies rise.
    height, va = (0.04, "bottom") if name == "accuracy" else (0.97, "top")
    axes.text(0.98, height, "\n".join(["at the end", *last]), transform=axes.transAxes, ha="right",
              va=va, fontsize=11, color="#444444", linespacing=1.3,
              bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 2})  # fmt: skip


# ---- confusion matrix ----


def confusion_matrix(outputs: Array, labels: Array) -> NDArray[np.int64]:
    """(classes, classes): number of examples of class i (row) whose largest output is at j (column)."""
    classes = outputs.shape[1]
    pairs = labels * classes + outputs.argmax(axis=1)
    return np.bincount(pairs, minlength=classes**2).reshape(classes, classes)


def confusion(matrix: NDArray[np.int64], classes: Sequence[str], *, title: str = "") -> Figure:
    """The confusion matrix: correct answers on the blue diagonal, mistakes in orange, zeros left blank."""
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.figure import Figure

    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    diagonal = np.eye(len(matrix), dtype=bool)
    figure = Figure(figsize=(8.6, 7.8), layout="constrained")
    axes = figure.subplots()
    worst = max(shares[~diagonal].max(initial=0), 1e-9)
    for mask, colour, top in ((diagonal, BLUE, 1.0), (~diagonal, ORANGE, worst)):
        colours = LinearSegmentedColormap.from_list("", ["white", colour])
        axes.imshow(np.ma.masked_where(~mask, shares), cmap=colours, vmin=0, vmax=top)
    for (i, j), count in np.ndenumerate(matrix):
        if count:
            dark = shares[i, j] > 0.6 * (1 if i == j else worst)
            axes.text(j, i, str(count), ha="center", va="center", fontsize=10,
                      color="white" if dark else "black")  # fmt: skip
    ticks = np.arange(len(matrix))
    long = max(map(len, classes)) > 3
    turned: dict[str, Any] = {"rotation": 40, "ha": "right", "rotation_mode": "anchor"}
    axes.set_xticks(ticks, classes, fontsize=11, **turned if long else {})
    axes.set_yticks(ticks, classes, fontsize=11)
    axes.set_xlabel("predicted class", fontsize=13)
    axes.set_ylabel("label", fontsize=13)
    axes.set_title(title, fontsize=14)
    recall = axes.secondary_yaxis("right")
    recall.set_yticks(ticks, [f"{s:.1%}" for s in shares.diagonal()], fontsize=10)
    recall.set_ylabel("recall (share of the label predicted correctly)", fontsize=12)
    for edges in (axes, recall):
        edges.tick_params(length=0)
        edges.spines[:].set_visible(False)
    return figure


# ---- the worst mistakes ----


def worst_mistakes(outputs: Array, labels: Array, count: int) -> NDArray[np.intp]:
    """Indices of the examples that are predicted wrong, in increasing order of their label's probability."""
    p = softmax(outputs, axis=1)
    wrong = np.flatnonzero(outputs.argmax(axis=1) != labels)
    order: NDArray[np.intp] = wrong[np.argsort(p[wrong, labels[wrong]], kind="stable")]
    return order[:count]


def mistakes(
    images: Array, outputs: Array, labels: Array, classes: Sequence[str], *, title: str = ""
) -> Figure:
    """The worst mistakes: each image (channels, height, width) in [0, 1] above its probabilities.

    The bars are the three most probable classes. The label is blue, and replaces the third class if it is
    not among them.
    """
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

    rows, columns = 3, 6
    chosen = worst_mistakes(outputs, labels, rows * columns)
    p = softmax(outputs, axis=1)
    figure = Figure(figsize=(2.1 * columns, 3.1 * rows), layout="constrained")
    figure.suptitle(title, fontsize=15)
    if len(chosen) == 0:
        figure.text(0.5, 0.5, "There are no mistakes.", ha="center", va="center", fontsize=18)
        return figure
    figure.legend(handles=[Patch(color=BLUE, label="the label"), Patch(color=ORANGE, label="other classes")],
                  title="probabilities", loc="outside lower center", ncols=2, frameon=False, fontsize=12,
                  title_fontsize=12)  # fmt: skip
    cells = figure.subplots(2 * rows, columns, height_ratios=(2.6, 1) * rows, squeeze=False)
    for axes in cells.flat:
        axes.set_axis_off()
    for example, above, below in zip(chosen, cells[::2].flat, cells[1::2].flat):
        # The colour map is for images of one channel; others have colours of their own.
        above.imshow(images[example].transpose(1, 2, 0), cmap="gray_r", vmin=0, vmax=1)
        draw_probabilities(below, p[example], int(labels[example]), classes)
    return figure


def draw_probabilities(axes: Axes, p: Array, label: int, classes: Sequence[str]) -> None:
    shown = np.argsort(-p, kind="stable")[:3].tolist()
    if label not in shown:
        shown[2] = label
    colours = [BLUE if k == label else ORANGE for k in shown]
    axes.barh(range(3), p[shown], color=colours, height=0.7)
    for i, k in enumerate(shown):
        axes.text(-0.04, i, classes[k], ha="right", va="center", fontsize=9.5,
                  fontweight="bold" if k == label else "normal", color=colours[i])  # fmt: skip
        share = f"{p[k]:.0%}" if p[k] >= 0.01 else "< 1%"
        axes.text(p[k] + 0.03, i, share, va="center", fontsize=9)
    axes.set_xlim(-0.9, 1.3)
    axes.set_ylim(2.6, -0.6)
