"""Snapshots for the page: each array once, as a number in full or as the corner of a heat map."""

from __future__ import annotations

from typing import Any, final

import numpy as np

from minigrad.typing import Array
from minigrad.view.formulas import numbers
from minigrad.view.snapshot import Snapshot

SIDE = 12
"""Of an array, so many rows and columns are on the page."""

ROWS, COLUMNS = 8, 6
"""Numbers stand in the cells of what is no larger than this; the others have a colour and a sign."""


@final
class Arrays:
    """entries    what the page is given, by number; equal arrays share one"""

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []
        self.places: dict[Any, int] = {}

    def place(self, value: Snapshot | None) -> int | None:
        """The number of its entry."""
        if value is None:
            return None
        shown = value.patch if value.array is None else value.array
        key: tuple[Any, ...] = (
            value.shape,
            str(value.dtype),
            np.ascontiguousarray(shown).tobytes(),
        )
        if value.array is None:
            key = (*key, repr(value.statistics))
        if key not in self.places:
            self.places[key] = len(self.entries)
            self.entries.append(entry(value))
        return self.places[key]


def entry(value: Snapshot) -> dict[str, Any]:
    kind = f"{value.dtype} {value.shape}" if value.shape else str(value.dtype)
    if value.size == 1 and value.array is not None:
        number = numbers.exact(np.asarray(value.array).reshape(()))
        return {"kind": kind, "number": number}
    patch = value.patch[:SIDE, :SIDE]
    written = patch.size > 0 and patch.shape[0] <= ROWS and patch.shape[1] <= COLUMNS
    said = described(value, patch)
    cells = [[cell(x, 4 if written else 2) for x in row] for row in patch]
    data: dict[str, Any] = {"kind": kind, "patch": cells, "written": written, "range": said}
    if value.size and patch.dtype.kind != "b":
        data |= {"low": float(value.statistics.min), "high": float(value.statistics.max)}
    rows = f". Row by row: {'; '.join(spoken(row) for row in cells)}" if written else ""
    return data | {"words": f"{kind}, {said}{rows}"}


def cell(x: Any, digits: int) -> float | int | str:
    """A number that has no more digits than are seen."""
    if x.dtype.kind == "b":
        return int(x)
    if not np.isfinite(x):
        return str(x)
    short = float(f"{x:.{digits}g}")
    return int(short) if short == int(short) and abs(short) < 1e6 else short


def spoken(row: list[Any]) -> str:
    return ", ".join(str(x) for x in row)


def described(value: Snapshot, patch: Array) -> str:
    """The range of all of it, what is not finite, and which part is shown."""
    if not value.size:
        return "empty"
    s = value.statistics
    odd = s.nans + s.infs
    said = []
    if value.size == odd:
        said.append(f"all {value.state}")
    elif s.min == s.max:
        said.append(f"all {numbers.brief(s.min)}")
    else:
        said.append(
            f"{numbers.brief(s.min)} to {numbers.brief(s.max)}, mean {numbers.brief(s.mean)}"
        )
    if odd and value.size != odd:
        said += [f"{n:,} {name}" for n, name in ((s.nans, "nan"), (s.infs, "inf")) if n]
    if patch.size < value.size:
        first = "".join("0, " for _ in value.shape[:-2])
        rows, columns = patch.shape
        where = f":{columns}" if len(value.shape) == 1 else f"{first}:{rows}, :{columns}"
        said.append(f"shown is [{where}]")
    return ", ".join(said).replace("-", "−")
