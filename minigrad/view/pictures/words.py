"""How shapes, values and gradients are put into words, short enough for a box."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from minigrad.view.pictures.graph import Line, Role
from minigrad.view.snapshot import Snapshot

if TYPE_CHECKING:
    from minigrad.view.trace import Trace

ROWS, COLUMNS = 4, 6
"""Arrays up to this size are written out."""

PLURAL = {"leaf": "leaves"}

WINDOW = {"kernel_size", "stride", "padding", "dilation"}

WIDTH = 44
"""Characters in a line of a box."""


def kind_of(value: Snapshot) -> str:
    """float32 (2, 3); a number on its own is a scalar."""
    return f"{value.dtype} {value.shape}" if value.shape else f"{value.dtype} scalar"


def number(x: Any) -> str:
    """In full: the shortest decimal that gives the same number back."""
    return str(x.item()) if x.dtype.kind != "f" else str(x)


def short(x: float) -> str:
    return f"{x:.3g}"


def value_lines(value: Snapshot, before: str = "") -> list[str]:
    """Numbers in full, small arrays row by row, large ones as their range."""
    array, shape = value.array, value.shape
    if array is not None and value.size == 1:
        return [before + "[" * array.ndim + number(array.reshape(())[()]) + "]" * array.ndim]
    if array is not None and array.ndim <= 2 and fits(shape):
        rows = array.reshape(1, -1) if array.ndim == 1 else array
        width = max(len(rounded(x)) for x in rows.flat)
        texts = ["[" + " ".join(rounded(x).rjust(width) for x in row) + "]" for row in rows]
        return [(before if i == 0 else " " * len(before)) + text for i, text in enumerate(texts)]
    if not value.size:
        return [before + "empty"]
    s = value.statistics
    if value.size == s.nans + s.infs:
        return [before + f"all {value.state}"]
    odd = "".join(f", {n:,} {what}" for n, what in ((s.nans, "nan"), (s.infs, "inf")) if n)
    if s.min == s.max:
        return [before + f"all {short(s.min)}{odd}"]
    return [before + f"{short(s.min)} … {short(s.max)}, mean {short(s.mean)}{odd}"]


def fits(shape: tuple[int, ...]) -> bool:
    return 0 < shape[-1] <= COLUMNS and (len(shape) == 1 or 0 < shape[0] <= ROWS)


def rounded(x: Any) -> str:
    if x == 0:
        return "0"
    return (
        np.format_float_positional(x, 4, unique=False, fractional=False, trim="-")
        if (x.dtype.kind == "f" and 1e-3 <= abs(x) < 1e5)
        else f"{x:.3g}"
        if x.dtype.kind == "f"
        else str(x.item())
    )


def gradient_lines(trace: Trace, node: int) -> list[Line]:
    """What is known of the gradient: the numbers, or why there are none."""
    state = trace.gradient_state(node)
    if state in ("not computed", "no gradient required"):
        return [Line(state if state.startswith("no ") else f"gradient {state}", "state")]
    g = trace.gradient(node)
    assert g is not None  # it has a state of its own
    if state == "zero":
        return [Line("gradient zero", "warn" if g.size > 1 else "grad")]
    role: Role = "warn" if state in ("nan", "inf") else "grad"
    lines = [Line(text, role) for text in value_lines(g, "grad ")]
    if role == "warn" and not any(state in line.text for line in lines):
        lines.append(Line(f"grad has {state}", role))
    return lines


def parameters_in_words(params: dict[str, Any], defaults: dict[str, Any]) -> list[str]:
    """The parameters of an op that are not what they are by default."""
    once = {name: of_a_window(name, value) for name, value in params.items()}
    return [
        f"{name}={brief(value)}"
        for name, value in once.items()
        if name not in defaults or brief(of_a_window(name, defaults[name])) != brief(value)
    ]


def of_a_window(name: str, value: Any) -> Any:
    """2 for (2, 2), where that is how one gives it."""
    square = isinstance(value, tuple) and len(value) == 2 and value[0] == value[1]
    return value[0] if square and name in WINDOW else value


def brief(value: Any) -> str:
    """A parameter as one would write it: [:, 0] for an index."""
    if is_index(value):
        parts = value if isinstance(value, tuple) else (value,)
        return f"[{', '.join(index_part(part) for part in parts)}]"
    if isinstance(value, np.ndarray):
        return f"array {value.shape}" if value.size > COLUMNS else str(value.tolist())
    text = repr(value)
    return text if len(text) <= WIDTH // 2 else text[: WIDTH // 2 - 1] + "…"


def is_index(value: Any) -> bool:
    parts = value if isinstance(value, tuple) else (value,)
    return any(isinstance(part, slice) or part is Ellipsis for part in parts)


def index_part(part: Any) -> str:
    if part is Ellipsis:
        return "..."
    if not isinstance(part, slice):
        return brief(part)
    ends = [part.start, part.stop] if part.step is None else [part.start, part.stop, part.step]
    return ":".join("" if end is None else str(end) for end in ends)


def of_bytes(n: float) -> str:
    for unit in ("B", "kB", "MB"):
        if n < 1000:
            return f"{n:.0f} {unit}" if unit == "B" or n >= 100 else f"{n:.1f} {unit}"
        n /= 1000
    return f"{n:.1f} GB"


def count(n: int, what: str) -> str:
    return f"{n:,} {what if n == 1 else PLURAL.get(what, what + 's')}"
