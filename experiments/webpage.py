"""A report as one self-contained HTML page, for light and dark mode, and for screens of any width."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

from experiments import markdown, pictures
from experiments.blocks import Figure, Heading, Numbers, Page, Table, Text
from experiments.judge import RULES

if TYPE_CHECKING:
    from experiments.publish import About

STYLE = Path(__file__).with_name("page.css")

PAGE = Template("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>$style</style>
</head>
<body>
<h1>$title</h1>
$warning
<p>$intro</p>
<p class="soft">$about</p>
<p class="soft">$rules</p>
$blocks
<h2>$missing</h2>
$reasons
</body>
</html>
""")

LONG = 14
"""A table with more rows scrolls in its own window."""


def page(page: Page, about: About) -> str:
    from experiments.publish import QUICK

    reasons = [markdown.sentence(n) for n in page.numbers if False in (n.reproduced, n.agrees)]
    return PAGE.substitute(
        title=html.escape(about.title),
        style=STYLE.read_text(encoding="utf-8"),
        warning=f'<p class="quick">{QUICK}</p>' if about.quick else "",
        intro=prose(page.intro),
        about=prose(about.sentence),
        rules=prose(RULES),
        blocks="\n".join(map(shown, page.blocks)),
        missing=markdown.MISSING,
        reasons=listed(reasons) if reasons else "<p>Everything was reproduced.</p>",
    )


def prose(text: str) -> str:
    """Escaped text, with `code` and **bold**."""
    text = re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text, quote=False))
    return re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", text)


def listed(lines: Sequence[str]) -> str:
    return f"<ul>{''.join(f'<li>{prose(each)}</li>' for each in lines)}</ul>"


def shown(block: object) -> str:
    match block:
        case Heading():
            return f"<h2>{prose(block.text)}</h2>"
        case Text():
            return paragraph(block.text)
        case Numbers():
            head = ["", "report", "ours", "reference", "agrees", "reproduced"]
            rows = [
                [
                    n.what,
                    n.shown(n.report),
                    n.ours_shown,
                    n.reference_shown,
                    mark(n.agrees),
                    mark(n.reproduced),
                ]
                for n in block.numbers
            ]
            return f'<h3>{prose(block.title)}</h3><div class="scroll numbers">{table(head, rows)}</div>'
        case Table():
            window = "scroll tall" if len(block.rows) > LONG else "scroll"
            inside = table(
                block.header, [list(map(str, row)) for row in block.rows], block.highlight
            )
            return f'<h3>{prose(block.title)}</h3><div class="{window}">{inside}</div>'
        case Figure():
            panels = f'<div class="panels">{"".join(pictures.inline(block))}</div>'
            return f"<figure>{panels}<figcaption>{prose(block.caption)}</figcaption></figure>"
    raise TypeError(f"{type(block).__name__} is not a block of a page")


def paragraph(text: str) -> str:
    lines = text.splitlines()
    if lines and all(line.startswith("- ") for line in lines):
        return listed([line[2:] for line in lines])
    return f"<p>{prose(text)}</p>"


def mark(verdict: bool | None) -> str:
    return {
        True: '<span class="correct">✓ yes</span>',
        False: '<span class="wrong">✗ no</span>',
        None: "–",
    }[verdict]


def table(header: Sequence[Any], rows: Sequence[Sequence[str]], best: Sequence[int] = ()) -> str:
    head = "".join(f"<th>{prose(str(cell))}</th>" for cell in header)
    lines = []
    for k, row in enumerate(rows):
        cells = "".join(
            f"<td>{cell if cell.startswith('<span') else prose(cell)}</td>" for cell in row
        )
        lines.append(f"<tr{' class=best' if k in best else ''}>{cells}</tr>")
    return f"<table><tr>{head}</tr>{''.join(lines)}</table>"
