"""Draw any computation, and walk through it forwards and backwards, one step at a time.

    with view.trace() as t:             record a run: plain data, that everything here is a function of
        loss = model(x).mean()
        loss.backward()
    t = view.trace(f, 2.0, 3.0)         or that of a function, from these inputs

    view.draw(t)                        a picture: of a trace, a Tensor's graph, or a model and its inputs
    view.step(t)                        the steps: for a terminal, a notebook, a page, or as text
    view.compare(a, b)                  what is different in two runs, and where it began

In a shell: `minigrad draw script.py -o graph.svg`, `minigrad step script.py`.
"""

from minigrad.view.compare import compare as compare
from minigrad.view.draw import Picture as Picture
from minigrad.view.draw import draw as draw
from minigrad.view.report import report as report
from minigrad.view.step import step as step
from minigrad.view.steps.list import Steps as Steps
from minigrad.view.steps.step import Step as Step
from minigrad.view.trace import Trace as Trace
from minigrad.view.trace import trace as trace
