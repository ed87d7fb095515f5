"""Locations and annotations as text: lines of the source, and beside them what they compute."""

from __future__ import annotations

import linecache
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from minigrad.check.locate import Located, Location

AROUND = 1
"""Lines of the source that are shown before and after a wrong one."""


def format_annotated(located: Located) -> str:
    """Each line of the backward functions, with what it computes where that is known."""
    wrong = {(place.file, line): place for place in located.locations for line in lines_of(place)}
    blocks = []
    for file, first, last in located.functions:
        rows = list(rows_of(located, wrong, file, range(first, last + 1)))
        blocks.append("\n".join(aligned(rows)))
    return "\n\n".join(blocks)


def format_location(place: Location, located: Located) -> str:
    """The lines around a wrong line, what to write there, and the proof."""
    wrong = {(place.file, line): place for line in lines_of(place)}
    around = range(place.line - AROUND, place.end_line + AROUND + 1)
    rows = [row for row in rows_of(located, wrong, place.file, around) if row[1].strip()]
    said = ["\n".join(f"  {row}" for row in aligned(rows)), ""]
    if place.remedy:
        said.append(f"  Write {place.remedy} in place of {place.expression}.")
    many = "gradients" if len(place.gradients) > 1 else "gradient"
    verb = "are" if len(place.gradients) > 1 else "is"
    change = "that change" if place.remedy else "the needed value"
    names = joined(place.gradients)
    said.append(
        f"  Proof: with {change} in line {place.line}, the {many} of {names} {verb} correct."
    )
    return "\n".join(said)


def lines_of(place: Location) -> range:
    return range(place.line, place.end_line + 1)


def rows_of(
    located: Located, wrong: dict[tuple[str, int], Location], file: str, lines: Sequence[int]
) -> Iterator[tuple[str, str, str]]:
    """The address of each line, its source, and a note."""
    notes = {(each, line): text for each, line, text in located.lines}
    for line in lines:
        place = wrong.get((file, line))
        note = notes.get((file, line), "")
        if place is not None and line == place.line:
            needed = f"should be {place.needed}" if place.needed else note
            note = f"{needed}  <- first wrong line".strip()
        text = linecache.getline(file, line).rstrip()
        yield f"{Path(file).name}:{line}", text, note


def aligned(rows: Sequence[tuple[str, str, str]]) -> list[str]:
    """Three columns, without the indentation that all lines share."""
    shared = min((len(t) - len(t.lstrip()) for _, t, _ in rows if t.strip()), default=0)
    width = max((len(address) for address, _, _ in rows), default=0)
    code = max((len(text) - shared for _, text, note in rows if note), default=0)
    return [
        f"{address:<{width}}  {text[shared:]:<{code}}  {note}".rstrip()
        for address, text, note in rows
    ]


def joined(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + f" and {names[-1]}"
