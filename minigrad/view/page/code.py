"""The user's code for the page: the lines that a run went through, with those around them."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any, final

from minigrad.view.records import Source
from minigrad.view.source import lines_of as text_of

AROUND = 6
"""So many lines before the first that was run, and after the last."""

MOST = 400
"""Of a longer stretch only the lines that were run are shown."""


@final
class Code:
    """Collects the places that steps point to."""

    def __init__(self) -> None:
        self.sources: dict[str, list[Source]] = {}

    def place(self, source: Source | None) -> dict[str, Any] | None:
        if source is None or not source.text:  # typed at a prompt, where no lines are kept
            return None
        numbers = list(self.sources)
        self.sources.setdefault(source.file, []).append(source)
        file = len(numbers) if source.file not in numbers else numbers.index(source.file)
        return {
            "file": file,
            "line": source.line,
            "end_line": source.end_line,
            "column": source.column,
            "end_column": source.end_column,
        }

    def files(self) -> list[dict[str, Any]]:
        """Names without folders: where a file lies is nobody's business."""
        return [lines_of(file, sources) for file, sources in self.sources.items()]


def lines_of(file: str, sources: list[Source]) -> dict[str, Any]:
    known = {s.line: s for s in sources}
    first, last = min(known), max(s.end_line for s in sources)
    whole = text_of(file)
    unchanged = all(n <= len(whole) and whole[n - 1].rstrip() == s.text for n, s in known.items())
    if whole and unchanged and last - first <= MOST:
        start = max(1, first - AROUND)
        lines = whole[start - 1 : last + AROUND]
    else:  # the file is not here, or is another by now: what the trace has kept of it
        start = first
        last = min(last, first + MOST)
        lines = [known[n].text if n in known else "" for n in range(first, last + 1)]
    return {"name": PurePath(file.replace("\\", "/")).name, "start": start, "lines": lines}
