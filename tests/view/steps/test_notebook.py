"""A notebook shows the page in a frame, and of a long run the beginning and what to do."""

import numpy as np

import minigrad as mg
from minigrad.view import step, trace
from minigrad.view.steps import notebook
from tests.view.steps.programs import PROGRAMS


def test_a_cell_shows_the_page():
    shown = step(PROGRAMS["twice"]())._repr_html_()
    assert shown.startswith("<iframe srcdoc=")
    assert "&lt;script" in shown
    assert "<script" not in shown


def test_a_long_run_is_not_put_into_the_notebook():
    x = mg.Tensor(np.array(0.5), requires_grad=True)
    with trace() as t:
        y = x
        for _ in range(notebook.MOST):
            y = y * x
    shown = step(t)._repr_html_()
    assert shown.startswith("<pre>")
    assert 'steps.html("run.html")' in shown.replace("&quot;", '"')
    assert len(shown) < 50_000
