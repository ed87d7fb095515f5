"""The HTML file: a template, a style sheet, a script, and the data of a run.

The data is compressed: the words and formulas of steps repeat each other, and a page of 200 nodes is a
tenth of what it would be. Browsers unpack it by themselves.
"""

from __future__ import annotations

import base64
import gzip
import html as markup
import json
from functools import cache
from pathlib import Path
from string import Template
from typing import Any

from minigrad.errors import ParameterError
from minigrad.view.compare import Comparison
from minigrad.view.draw import Picture
from minigrad.view.page.data import data
from minigrad.view.steps.list import Steps

SCRIPTS = ("tensors", "graph", "replay", "quiz", "whatif", "stepper")


def html(
    steps: Steps,
    title: str = "Step by step",
    what_if: bool = True,
    check: bool | None = None,
    compare: Comparison | None = None,
    picture: Picture | None = None,
) -> str:
    """One self-contained file to walk through these steps: it opens from a disk and fetches nothing.

    `what_if` lets the reader of a run on single numbers change its inputs, and have the page compute it
    again. With `check` every gradient rule is checked numerically first; by default if `steps.check()` has
    been called, or where that takes a second or two, as for a few single numbers. `compare` is a comparison
    whose second run these steps are: what differs from the first is lit. `picture` is the graph, where it is
    to be drawn in another way.

    Raises `ParameterError` for a comparison of other runs.
    """
    if compare is not None and compare.b is not steps.trace:
        raise ParameterError("html: compare=... is of other runs; comparison.html() makes its page")
    return Template(read("stepper.html")).substitute(
        title=markup.escape(title),
        style=read("stepper.css"),
        script="\n".join(read(f"{name}.js") for name in SCRIPTS),
        data=packed(data(steps, what_if, check, compare, picture)),
    )


def frame(page: str, height: str = "46rem") -> str:
    """The page in an <iframe>, for a notebook or for documentation: what is around it is left alone."""
    return (
        f'<iframe srcdoc="{markup.escape(page)}" title="Step by step" sandbox="allow-scripts" '
        f'style="width: 100%; height: {markup.escape(height)}; border: 0"></iframe>'
    )


@cache
def read(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


def packed(page: dict[str, Any]) -> str:
    """The same text for the same data: without the time that gzip would write."""
    text = json.dumps(page, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return base64.b64encode(gzip.compress(text.encode(), 9, mtime=0)).decode()
