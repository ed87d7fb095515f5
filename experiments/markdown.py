"""A report as a Markdown page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from experiments.blocks import Figure, Heading, Numbers, Page, Table, Text
from experiments.judge import RULES, Number

if TYPE_CHECKING:
    from experiments.publish import About

MARKS = {True: "✓", False: "**✗**", None: "–"}
MISSING = "Not reproduced, and why"
EXPLAINED = "The last two columns: does ours agree with the reference, and is the report's number reproduced?"


def page(page: Page, about: About) -> str:
    from experiments.publish import QUICK

    warning = [f"> **{QUICK}**"] if about.quick else []
    intro = [f"# {about.title}", *warning, page.intro, about.sentence]
    blocks = [text for block in page.blocks for text in shown(block)]
    return "\n\n".join([*intro, " ".join(RULES.split()), *blocks, *missing(page)]) + "\n"


def shown(block: object) -> list[str]:
    match block:
        case Heading():
            return [f"## {block.text}"]
        case Text():
            return [block.text]
        case Numbers():
            rows = [
                [
                    n.what,
                    n.shown(n.report),
                    n.ours_shown,
                    n.reference_shown,
                    MARKS[n.agrees],
                    MARKS[n.reproduced],
                ]
                for n in block.numbers
            ]
            head = ["", "report", "ours", "reference", "agrees", "reproduced"]
            return [f"### {block.title}", table(head, rows), EXPLAINED]
        case Table():
            rows = [[f"**{cell}**" if k in block.highlight else cell for cell in map(str, row)]
                    for k, row in enumerate(block.rows)]  # fmt: skip
            return [f"### {block.title}", table(block.header, rows)]
        case Figure():
            return [f"![{block.caption}](figures/{block.name}.png)", f"*{block.caption}*"]
    raise TypeError(f"{type(block).__name__} is not a block of a page")


def table(header: Any, rows: list[list[str]]) -> str:
    lines = [header, ["---", *["--:"] * (len(header) - 1)], *rows]
    return "\n".join(
        f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in line)} |"
        for line in lines
    )


def missing(page: Page) -> list[str]:
    lines = [f"- {sentence(n)}" for n in page.numbers if False in (n.reproduced, n.agrees)]
    return [f"## {MISSING}", "\n".join(lines) or "Everything was reproduced."]


def sentence(n: Number) -> str:
    wanted = (
        f"the report has {n.shown(n.report)}"
        if n.reproduced is False
        else f"the reference is {n.reference_shown}"
    )
    return f"**{n.what}**: {wanted}, ours is {n.ours_shown}. {n.note}".strip()
