"""Draw any computation, and walk through it forwards and backwards, one step at a time.

with view.trace() as t:             record a run: plain data, that everything here is a function of
    loss = model(x).mean()
    loss.backward()

t = view.trace(f, 2.0, 3.0)         or that of a function, from these inputs

view.draw(t)                        a picture: of a trace, of a Tensor's graph, or of a model and its inputs
view.step(t)                        a list of steps: in the terminal, in a notebook, as a page, as a transcript
view.compare(a, b)                  two runs, and where they differ first
"""

from minigrad.view.compare import Comparison as Comparison
from minigrad.view.compare import compare as compare
from minigrad.view.draw import Picture as Picture
from minigrad.view.draw import draw as draw
from minigrad.view.step import step as step
from minigrad.view.steps.list import Steps as Steps
from minigrad.view.steps.step import Step as Step
from minigrad.view.trace import Trace as Trace
from minigrad.view.trace import trace as trace
