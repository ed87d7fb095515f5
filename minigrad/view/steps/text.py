"""A step in lines of text: what the terminal colours, the transcript prints, and a notebook falls back on."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import PurePath
from typing import TYPE_CHECKING, Literal, NamedTuple

from minigrad.view.formulas import numbers
from minigrad.view.pictures.words import fits, value_lines
from minigrad.view.records import Source
from minigrad.view.snapshot import Snapshot
from minigrad.view.steps.step import Operand, Step

if TYPE_CHECKING:
    from minigrad.view.steps.list import Steps

Role = Literal[
    "section", "title", "sentence", "formula", "sum", "value", "result", "source", "note", "error"
]

WIDTH = 100

LONG = 120
"""Of a longer formula the shapes are not spelled out: those of the arrays stand below it."""

INDENT = " " * 6


class Line(NamedTuple):
    role: Role
    text: str


def lines(step: Step, width: int = WIDTH, mark: str = "") -> list[Line]:
    """Everything that is to be shown of a step. `mark` is what a check said of the active op."""
    found = [Line("title", text) for text in titled(step, width, mark)]
    if step.source is not None and step.kind in ("forward", "contribution", "error"):
        found += [Line("source", text) for text in pointed(step.source, width)]
    found += wrapped("sentence", step.sentence, width)
    found += [Line("formula", text) for text in equations(step, width)]
    if step.sum is not None and step.kind == "accumulate":
        found += wrapped("sum", step.sum, width)
    found += tensors(step, width)
    if step.error is not None:
        for text in step.error.splitlines():
            found += wrapped("error", text, width)
    for note in step.notes:
        found += wrapped("note", note, width)
    return found


def titled(step: Step, width: int, mark: str) -> list[str]:
    """The number and the title, in as many lines as it needs."""
    depth = "".join(f"in {key}: " for key in step.inside[-1:])
    checked = f"   [{mark}]" if mark else ""
    return textwrap.wrap(
        f"{step.index + 1:>4}  {depth}{step.title}{checked}",
        max(width, 40),
        subsequent_indent=INDENT,
        drop_whitespace=True,
        break_on_hyphens=False,
    )


def wrapped(role: Role, text: str, width: int) -> list[Line]:
    """In lines, at least one of them; formulas, which have no good places to break, too."""
    indent = INDENT + "  " * (role != "sentence")
    parts = textwrap.wrap(
        text,
        max(width, 40),
        initial_indent=indent,
        subsequent_indent=indent + "  " * (role != "sentence"),
        break_on_hyphens=False,
    )
    return [Line(role, part) for part in parts]


def pointed(source: Source, width: int) -> Iterator[str]:
    """`net.py:12  loss = (y * y).mean()`, with what is computed underlined."""
    before = f"{INDENT}{PurePath(source.file).name}:{source.line}  "
    text = source.text.strip()
    yield cut(before + text, width)
    start = source.column - (len(source.text) - len(source.text.lstrip()))
    length = source.end_column - source.column
    inside = start >= 0 and length > 0 and len(before) + start + length <= width
    if source.line == source.end_line and inside and length < len(text):
        yield " " * (len(before) + start) + "^" * length


def equations(step: Step, width: int) -> Iterator[str]:
    """In words and numbers, or, of arrays, with the shapes and in index form."""
    e = step.formula
    if e is None:
        return
    indent = INDENT + "  "
    if e.numbers is not None:
        said = [e.numbers] if e.text == step.title else [e.text, e.numbers]
    else:
        short = len(e.shapes) <= LONG
        said = [e.shapes if short else e.text, *([e.indices] if e.indices else [])]
    for text in said:
        yield from textwrap.wrap(
            text,
            max(width, 40),
            initial_indent=indent,
            subsequent_indent=indent + "    ",
            break_on_hyphens=False,
            break_long_words=False,
        )


def tensors(step: Step, width: int) -> list[Line]:
    """The arrays that go in, and what comes out; single numbers stand in the formula already."""
    shown: list[tuple[Role, str, Operand]] = [("value", "  ", o) for o in step.operands]
    if step.result is not None:
        shown.append(("result", "= ", step.result))
    told = step.formula is not None and step.formula.numbers is not None
    in_title = step.kind in ("input", "seed", "return", "land", "accumulate")
    if told or (in_title and all(single(o) for _, _, o in shown)):
        return []
    label_width = max((len(o.label) for _, _, o in shown), default=0)
    found = []
    for role, sign, operand in shown:
        if operand.value is None:
            if operand.number is None:
                continue
            said = [numbers.exact(operand.number)]
        else:
            said = written(operand.value)
        for i, text in enumerate(said):
            label = operand.label if i == 0 else ""
            line = f"{INDENT}{sign if i == 0 else '  '}{label:<{label_width}}  {text}"
            found.append(Line(role, cut(line, width)))
    return found


def written(value: Snapshot) -> list[str]:
    """A number or a small array in full; of others the shape, the range and the root mean square."""
    small = value.array is not None and len(value.shape) in (1, 2) and fits(value.shape)
    if small or (value.array is not None and value.size == 1):
        return value_lines(value)
    s = value.statistics
    odd = "".join(f", {n:,} {what}" for n, what in ((s.nans, "nan"), (s.infs, "inf")) if n)
    if not value.size or s.nans + s.infs == value.size:
        return [f"{value.shape} {'empty' if not value.size else 'all ' + value.state}"]
    return [f"{value.shape}  {s.min:.3g} … {s.max:.3g}, rms {s.rms:.3g}{odd}"]


def single(operand: Operand) -> bool:
    return operand.value is None or operand.value.size == 1


def cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


# ---- the whole ----


def section(steps: Steps, index: int) -> str | None:
    """The heading above a step that begins a phase."""
    step = steps[index]
    before = steps[index - 1] if index else None
    if before is not None and (before.phase, before.pass_) == (step.phase, step.pass_):
        return None
    if step.phase == "forward":
        return "forward" if before is None or before.phase != "forward" else None
    if step.kind == "seed" and (before is None or before.pass_ != step.pass_):
        return f"backward from {step.operands[0].label}"
    return None


def transcript(steps: Steps, width: int = WIDTH) -> str:
    """All steps as text: the same for every run of a program."""
    found = []
    for i, step in enumerate(steps):
        heading = section(steps, i)
        if heading is not None:
            found += [f"──── {heading} ".ljust(width, "─"), ""]
        found += [line.text.rstrip() for line in lines(step, width, steps.mark(step))]
        found.append("")
    found += [text for note in steps.notes for text in textwrap.wrap(note, width)]
    return "\n".join(found).rstrip() + "\n"
