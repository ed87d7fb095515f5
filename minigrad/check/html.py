"""A report as HTML, for a notebook or a page: the verdict, the text, and the V curve as inline SVG."""

from __future__ import annotations

import html
import io
import re
import zlib

from minigrad.check.report import Report

COLOURS = {
    "correct": "#009E73",
    "wrong": "#D55E00",
    "kink": "#0072B2",
    "undecided": "#777777",
}


def as_html(report: Report) -> str:
    """One self-contained <div>: no script, no style sheet, nothing to be fetched."""
    head, _, body = str(report).partition("\n")
    colour = (
        COLOURS[report.verdict]
        if report.passed or report.verdict != "correct"
        else COLOURS["wrong"]
    )
    return (
        f'<div style="border-left: 6px solid {colour}; padding-left: 1em">'
        f'<strong style="color: {colour}">{html.escape(head)}</strong>'
        f'<div style="display: flex; flex-wrap: wrap; align-items: flex-start">'
        f'<pre style="margin-right: 2em">{html.escape(body.strip(chr(10)))}</pre>'
        f"{as_svg(report) if report.trials else ''}</div></div>"
    )


def as_svg(report: Report) -> str:
    """The V curve as an <svg> element: the same bytes for the same report, with ids of its own."""
    import matplotlib

    buffer = io.StringIO()
    salt = f"{report.gradient} {report.name}"
    with matplotlib.rc_context({"svg.hashsalt": salt, "svg.fonttype": "none"}):
        report.plot().savefig(buffer, format="svg", metadata={"Date": None})
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    # Ids such as figure_1 are those of every other figure on the page: they would be mixed up.
    own = f"v{zlib.crc32((salt + svg).encode()):x}-"
    svg = re.sub(r'\bid="', f'id="{own}', svg)
    return re.sub(r'(href="#|url\(#)', rf"\g<1>{own}", svg)
