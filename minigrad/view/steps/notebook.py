"""The steps in a notebook: the page in a frame of its own; a long run as the beginning of its transcript."""

from __future__ import annotations

import html as markup
from typing import TYPE_CHECKING

from minigrad.view.steps.text import lines

if TYPE_CHECKING:
    from minigrad.view.steps.list import Steps

MOST = 1_500
"""A page of more steps is not put into a notebook, which would keep it."""

BEGINNING = 30


def shown(steps: Steps) -> str:
    """HTML for a cell."""
    if len(steps) <= MOST:
        from minigrad.view.page.page import frame, html

        return frame(html(steps))
    text = "\n\n".join("\n".join(line.text for line in lines(s)) for s in steps[:BEGINNING])
    more = (
        f"{len(steps):,} steps are too many for a notebook: these are the first {BEGINNING}. Write them to a "
        'file with steps.html("run.html"), or walk through them in a terminal with steps.terminal().'
    )
    return f"<pre>{markup.escape(text)}</pre>\n<p>{markup.escape(more)}</p>"
