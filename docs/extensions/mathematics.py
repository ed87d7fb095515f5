"""Mathematics as MathML: browsers draw it without any script, and nothing is fetched.

docutils reads the LaTeX. A command that it does not know is a warning, and so an error of the build.
"""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx
from sphinx.util import logging

log = logging.getLogger(__name__)

UNKNOWN = {"dots": "ldots", "dotsb": "cdots", "dotsc": "ldots", "tfrac": "frac", "dfrac": "frac"}
"""LaTeX of the lessons, in commands that docutils knows."""

ACCENTED = re.compile(r"(\\(?:bar|hat|tilde|vec)\s*(?:\{[^{}]*\}|\\?[A-Za-z]+))\s*(?=[_^])")
"""docutils puts the index of such a letter beneath it, as that of a sum."""


def mathml(latex: str, block: bool) -> str:
    """One <math> element. Raises `MathError` for LaTeX that is not known."""
    latex = re.sub(r"\\([A-Za-z]+)", lambda m: "\\" + UNKNOWN.get(m[1], m[1]), latex)
    latex = ACCENTED.sub(r"\1{}", latex)
    if block and (r"\\" in latex or "&" in latex) and r"\begin" not in latex:
        latex = rf"\begin{{aligned}}{latex}\end{{aligned}}"
    return "".join(line.strip() for line in tex2mathml(latex, as_block=block).splitlines())


def visit(block: bool) -> Any:
    def write(writer: Any, node: nodes.Element) -> None:
        latex = node.astext()
        try:
            shown = mathml(latex, block)
        except MathError as error:
            log.warning("mathematics: %s: %s", latex, error, location=node)
            shown = writer.encode(latex)
        writer.body.append(f'<div class="math">{shown}</div>\n' if block else shown)
        raise nodes.SkipNode

    return write


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_html_math_renderer("mathml", (visit(False), None), (visit(True), None))
    app.config.html_math_renderer = "mathml"
    return {"parallel_read_safe": True}
