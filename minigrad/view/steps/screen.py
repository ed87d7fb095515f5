"""One step on a screen: the step itself, and where all gradients stand by then."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, final

from minigrad.view.snapshot import Snapshot
from minigrad.view.steps.equation import exact
from minigrad.view.steps.step import Change
from minigrad.view.steps.text import Line, cut, lines, written

if TYPE_CHECKING:
    from minigrad.view.steps.list import Steps

STYLES = {
    "section": "bold",
    "title": "bold",
    "sentence": "",
    "formula": "cyan",
    "sum": "cyan",
    "value": "",
    "result": "green",
    "source": "dim",
    "note": "yellow",
    "error": "bold red",
}

SIDE = 110
"""From so many columns on, the table of nodes stands beside the step, and not below it."""

TABLE = 52
"""Its width there."""

KEYS = "n next  p prev  f forward  b back  g go  / find  a ask  c check  h help  q quit"


@final
class Screen:
    """Shows one step in a rich console: beside the table of nodes, or above it in a narrow terminal."""

    def __init__(self, console: Any):
        self.console = console

    @property
    def width(self) -> int:
        """Of the step."""
        wide: int = self.console.width
        return wide - TABLE - 3 if wide >= SIDE else wide

    def show(
        self,
        steps: Steps,
        at: int,
        said: list[Line],
        breakpoints: set[str],
        scroll: int,
        hidden: str | None,
    ) -> None:
        """`hidden` is the question whose answer must not be seen yet."""
        from rich.text import Text

        console, step = self.console, steps[at]
        body = lines(step, self.width, steps.mark(step))
        if hidden is not None:
            body = covered(body, step.kind)
        body = [*said, Line("sentence", ""), *body] if said else body
        marks = {step.key: "▶"} | ({step.edge.target: "◁"} if step.edge else {})
        table = list(nodes(steps, at - (hidden is not None), breakpoints, TABLE, marks))
        height = max(console.height - 5, 6)
        side = console.width >= SIDE
        below = 0 if side else min(len(table), max(3, height - len(body) - 1), height // 2)
        room = height - below - (below > 0)
        most = max(0, len(body) - room)
        start = min(scroll, most)
        shown = body[start : start + room]
        console.clear()
        console.print(Text(header(steps, at, console.width), style="reverse"))
        console.print()
        beside = around_active(table, room) if side else []
        for i in range(max(len(shown), len(beside))):
            line = shown[i] if i < len(shown) else Line("sentence", "")
            text = Text()
            text.append(cut(line.text, self.width), style=STYLES[line.role])
            if side:
                mark, row = beside[i] if i < len(beside) else (False, "")
                text.append(" " * (self.width - len(text)) + " │ ", style="dim")
                text.append(row, style="bold" if mark else "")
            console.print(text, no_wrap=True, overflow="crop")
        if start < most:
            more = f"      … {most - start} more lines: j scrolls down"
            console.print(Text(more, style="yellow"))
        if below:
            console.print(Text("─" * console.width, style="dim"))
            for mark, row in around_active(table, below):
                console.print(
                    Text(cut(row, console.width), style="bold" if mark else ""), no_wrap=True
                )
        console.print()
        console.print(Text(cut(KEYS, console.width), style="dim"), end="\n")

    def prompt(self, text: str) -> None:
        """What is typed stands at the foot of the screen."""
        self.console.file.write(text)
        self.console.file.flush()


def header(steps: Steps, at: int, width: int) -> str:
    step = steps[at]
    whole = steps.whole(at)
    phase = f"backward from {whole}" if whole else step.phase
    left = f" step {at + 1} of {len(steps)}   {phase}"
    bar = width - len(left) - 4
    if bar >= 10:
        done = round(bar * (at + 1) / len(steps))
        left = f"{left}   {'━' * done}{'┄' * (bar - done)} "
    return left.ljust(width)


def covered(body: list[Line], kind: str) -> list[Line]:
    """The step without what would give the answer away."""
    found = []
    for line in body:
        if line.role == "title" and kind == "accumulate":
            line = Line("title", line.text.split(":")[0])
        if line.role in ("result", "note"):
            continue
        if line.role in ("formula", "sum"):
            parts = line.text.split(" = ")
            single = len(parts) > 2 or (len(parts) == 2 and is_number(parts[1]))
            line = Line(line.role, f"{' = '.join(parts[:-1])} = ?" if single else line.text)
        found.append(line)
    return found


def is_number(text: str) -> bool:
    try:
        float(text.strip("[] "))
    except ValueError:
        return False
    return True


# ---- the nodes and their gradients ----


def nodes(
    steps: Steps, at: int, breakpoints: set[str], width: int, marks: Mapping[str, str]
) -> Iterator[tuple[bool, str]]:
    """A row for each node that has been computed by then: value and gradient; ▶ is active, ◁ receives."""
    computed, changes = steps.standing(at)
    if not computed:
        return
    name_width = min(max(map(len, computed.values())), 16)
    rest = max((width - name_width - 6) // 2, 10)
    yield False, f"   {'':<{name_width}} {'value':<{rest}} gradient"
    for key, label in computed.items():
        value = brief(steps.values[key])
        gradient = standing(changes.get(key))
        mark = marks.get(key, " ") + ("●" if key in breakpoints else " ")
        row = f"{mark} {cut(label, name_width):<{name_width}} {cut(value, rest - 1):<{rest}} {gradient}"
        yield marks.get(key) == "▶", cut(row, width)


def standing(change: Change | None) -> str:
    """What is there of a gradient, and whether more will come."""
    if change is None:
        return "·"
    sign = {"partial": "+ …", "complete": "", "landed": "✓"}[change.state]
    return f"{brief(change.after)} {sign}".rstrip()


def brief(value: Snapshot | None) -> str:
    if value is None:
        return "failed"
    number = exact(value)
    if number is not None:
        return number
    said = written(value)
    if len(said) == 1 and value.array is not None and len(value.shape) == 1:
        return said[0]
    return f"{value.shape} {range_of(value)}"


def range_of(value: Snapshot) -> str:
    s = value.statistics
    if s.nans or s.infs:
        return value.state
    return f"{s.min:.2g}…{s.max:.2g}"


def around_active(rows: list[tuple[bool, str]], room: int) -> list[tuple[bool, str]]:
    """As many rows as there is room for, the heading and the active one among them."""
    if len(rows) <= room:
        return rows
    head, *others = rows
    place = next((i for i, (mark, _) in enumerate(others) if mark), len(others) - 1)
    start = min(max(0, place - (room - 1) // 2), max(0, len(others) - (room - 1)))
    return [head, *others[start : start + room - 1]]
