"""Blocks of the pages on CIFAR-10: runs by name, tables and pictures of a search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from experiments.blocks import OTHERS, TEST, TRAINING, VALIDATION, Figure, Line, Panel, Table
from experiments.judge import Number
from experiments.searching import MEASURES, sorted_rows
from experiments.training import last

LABELS = {"train": "training", "validation": "validation", "test": "test"}


def runs(part: Mapping[str, Any], name: str) -> list[Any]:
    """The results of NAME-seed-0, NAME-seed-1, ... of a part."""
    return [result for task, result in part.items() if task.rpartition("-seed-")[0] == name]


def numbers(
    what: str, found: Sequence[Any], given: Mapping[str, tuple[Any, ...]], **more: Any
) -> list[Number]:
    """Lines for the measures in `given`: measure -> report[, reference[, spread[, note]]]."""
    return [
        Number(
            f"{what}: {measure.replace('_', ' ').replace('train ', 'training ')}",
            report,
            [last(run, measure) for run in found],
            *rest,
            **more,
        )
        for measure, (report, *rest) in given.items()
    ]


def trials(name: str, title: str, result: Mapping[str, Any]) -> Table:
    """All trials of a search, in decreasing order of validation accuracy."""
    rows = [
        [row["number"], f"{row['lambda']:.4g}", *(f"{row[measure]:.4f}" for measure in MEASURES)]
        for row in sorted_rows(dict(result))
    ]
    head = ["trial", "lambda", "training accuracy", "validation accuracy", "test accuracy"]
    return Table(name, title, head, rows, highlight=(0,))


def search_panel(title: str, result: Mapping[str, Any], log: bool = True) -> Panel:
    """Training and validation accuracy against lambda."""
    rows = sorted(result["trials"], key=lambda row: row["lambda"])
    x = [row["lambda"] for row in rows]
    lines = [
        Line("training", x, [row["train_accuracy"] for row in rows], TRAINING, "o"),
        Line("validation", x, [row["validation_accuracy"] for row in rows], VALIDATION, "s"),
        Line("test", x, [row["test_accuracy"] for row in rows], TEST, "^"),
    ]
    return Panel(title, "lambda", "accuracy", lines, xscale="log" if log else "linear")


def compared(
    name: str,
    caption: str,
    groups: Mapping[str, Sequence[Any]],
    measures: Sequence[str],
    columns: int = 2,
) -> Figure:
    """One panel for each measure, one line for each group of runs: the mean over its seeds, and a band."""
    from experiments.curves import line

    panels = [
        Panel(
            measure.replace("_", " ").replace("train ", "training "),
            "update step",
            measure.rpartition("_")[2] + ("" if measure.endswith("accuracy") else " (nats)"),
            [
                line(found, measure, label, OTHERS[k])
                for k, (label, found) in enumerate(groups.items())
            ],
        )
        for measure in measures
    ]
    return Figure(name, caption, panels, columns)
