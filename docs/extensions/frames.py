"""Steppers on a page: a file of its own for each, shown in a frame, with a link to open it alone.

    .. stepper:: front.py

runs a file of docs/ and shows what it calls `steps`.
"""

from __future__ import annotations

import html
import runpy
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx

from minigrad.view import Steps

BUILT = Path(__file__).parent.parent / "built"
"""Files made at build time: they go into the site's _static/."""


def kept(steps: Steps, name: str, title: str) -> str:
    """Write the page of the steps; returns its place below _static/."""
    path = BUILT / "steps" / f"{name}.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    steps.html(path, title=title)
    return f"steps/{name}.html"


def framed(place: str, title: str, root: str) -> str:
    """The frame, on a page from which the site's own folder is `root`."""
    url = f"{root}_static/{place}"
    said = html.escape(title)
    return (
        f'<div class="stepper-frame"><iframe src="{url}" title="Step by step: {said}" loading="lazy" '
        f'sandbox="allow-scripts allow-downloads"></iframe>'
        f'<p><a href="{url}">Open these steps on a page of their own</a>. '
        "Keys: <kbd>→</kbd> and <kbd>←</kbd> go on and back, <kbd>space</kbd> plays, "
        "<kbd>?</kbd> shows the others.</p></div>"
    )


class Stepper(Directive):
    required_arguments = 1
    option_spec = {"title": str}  # noqa: RUF012  # docutils asks for a dict

    def run(self) -> list[nodes.Node]:
        env = self.state.document.settings.env
        path = Path(env.srcdir) / self.arguments[0]
        env.note_dependency(str(path))
        steps = runpy.run_path(str(path))["steps"]
        title = self.options.get("title", "Step by step")
        place = kept(steps, path.stem, title)
        root = "../" * env.docname.count("/")
        return [nodes.raw("", framed(place, title, root), format="html")]


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("stepper", Stepper)
    return {"parallel_read_safe": True}
