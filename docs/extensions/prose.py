"""Docstrings as reStructuredText.

The docstrings of minigrad are written to be read where they stand, in an editor or with `help`: formulas with
asterisks, names in single backticks, tables in columns. Here they become paragraphs, lists and code.
"""

from __future__ import annotations

import inspect
import re
from typing import Any

from sphinx.application import Sphinx

COLUMNS = re.compile(r"(\S+(?:(?:, | )\S+)*?) {2,}(\S.*)")
"""A name, or some, and at least two spaces before what it means."""


def rst(docstring: str) -> list[str]:
    """The lines of a docstring, as reStructuredText that looks the same."""
    lines: list[str] = []
    for block in blocks(inspect.cleandoc(docstring)):
        lines += [*as_rst(block), ""]
    return lines


def blocks(text: str) -> list[list[str]]:
    """Runs of lines: a blank one ends a block, and so does the beginning or the end of an indented part."""
    found: list[list[str]] = []
    last = None
    for line in text.splitlines():
        kind = not line.strip() or line.startswith(" ")
        table = bool(found and found[-1] and COLUMNS.fullmatch(found[-1][0]))
        if not line.strip():
            last = None
        elif last is None or (kind != last and not table):
            found.append([line])
            last = kind
        else:
            found[-1].append(line)
    return together(found)


def together(found: list[list[str]]) -> list[list[str]]:
    """Indented blocks that follow one another are one listing."""
    result: list[list[str]] = []
    for block in found:
        if result and block[0].startswith(" ") and result[-1][0].startswith(" "):
            result[-1] += ["", *block]
        else:
            result.append(block)
    return result


def as_rst(block: list[str]) -> list[str]:
    if block[0].startswith(" "):
        least = min(len(line) - len(line.lstrip()) for line in block if line)
        return [".. code-block:: text", "", *(f"   {line[least:]}" for line in block)]
    if COLUMNS.fullmatch(block[0]):
        return definitions(block)
    if re.match(r"(-|\*|\d+\.) ", block[0]):
        return [line[: len(line) - len(line.lstrip())] + listed(line.lstrip()) for line in block]
    return [inline(line) for line in block]


def definitions(block: list[str]) -> list[str]:
    """A name in each line, and what it means, which may go on in the next line."""
    lines: list[str] = []
    for line in block:
        match = COLUMNS.fullmatch(line)
        if match and not line.startswith(" "):
            lines += [f"``{match[1]}``", f"   {inline(match[2])}"]
        else:
            lines.append(f"   {inline(line.strip())}")
    return lines


def listed(line: str) -> str:
    mark = re.match(r"(-|\*|\d+\.) ", line)
    start = mark.end() if mark else 0
    return line[:start] + inline(line[start:])


def inline(line: str) -> str:
    """Names in backticks become code; nothing else is markup."""
    parts = re.split(r"(``.+?``|`[^`]+`)", line)
    return "".join(
        f"``{part.strip('`')}``" if part.startswith("`") and len(part) > 1 else escaped(part)
        for part in parts
    ).replace("````", "")


def escaped(text: str) -> str:
    text = re.sub(r"([\\*|`])", r"\\\1", text)
    return re.sub(r"_(?=\W|$)", r"\\_", text)


def processed(
    app: Sphinx, what: str, name: str, thing: Any, options: Any, lines: list[str]
) -> None:
    lines[:] = rst("\n".join(lines))


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("autodoc-process-docstring", processed)
    return {"parallel_read_safe": True}
