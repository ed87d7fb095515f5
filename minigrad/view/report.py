"""The report on a trained model: a picture of its graph, a page of steps, and a check of its gradients."""

from __future__ import annotations

from minigrad import check
from minigrad.arguments import format_line
from minigrad.check.report import Report
from minigrad.errors import MinigradError
from minigrad.train.folder import GRAPH, STEPS
from minigrad.train.job import Job
from minigrad.view.draw import draw
from minigrad.view.step import step
from minigrad.view.training import training_step

DRAWN, STEPPED, CHECKED = 32, 2, 2
"""Number of examples: the graph shows statistics of many, the page and the check show few in full."""


def report(run: Job) -> bool:
    """Draw the model into the folder of its run, and check its gradients; returns whether they are correct.

    The model is restored at the end.

    graph.svg shows a training step on 32 examples of the test set, steps.html one on the first two. A
    picture that cannot be drawn, for want of Graphviz, is reported and left out. The gradients are checked
    at the two examples with the largest loss: where the loss is almost 0, differences are only rounding.
    """
    inputs, labels = run.test[:DRAWN]
    with run.model.preserved() as model:
        model.train()
        try:
            step(training_step(model, inputs[:STEPPED], labels[:STEPPED])).html(run.folder / STEPS)
            draw(training_step(model, inputs, labels), overlay="gradient").save(run.folder / GRAPH)
        except MinigradError as error:
            print(f"the model was not drawn: {format_line(error)}")
        found = check.model(model.eval(), *run.hardest(CHECKED))
    print(format_check(found, f"models.{run.options.model}"))
    return found.passed


def format_check(found: Report, module: str) -> str:
    """One line for a check that passed, else a line and the whole report."""
    line = f"gradients checked against finite differences: {found.format_summary('parameters')}"
    return (
        f"{line}; `minigrad check {module}` shows more" if found.passed else f"{line}\n\n{found}\n"
    )
