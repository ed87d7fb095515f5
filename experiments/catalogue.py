"""The reports by name. Each is imported when it is needed."""

from __future__ import annotations

from importlib import import_module

from experiments.parts import Report

REPORTS = {
    "dd2424-a2": (
        "experiments.dd2424_a2",
        "a two-layer network on CIFAR-10 (DD2424, assignment 2)",
    ),
    "dd2424-a3": (
        "experiments.dd2424_a3",
        "k layers and batch norm on CIFAR-10 (DD2424, assignment 3)",
    ),
    "cs5787": ("experiments.cs5787", "LeNet-5 on Fashion-MNIST, four ways (CS5787)"),
    "ift6135": ("experiments.ift6135", "an MLP and a CNN on MNIST (IFT6135)"),
}


def report(name: str) -> Report:
    """The report with this name. Raises KeyError."""
    found: Report = import_module(REPORTS[name][0]).REPORT
    return found
