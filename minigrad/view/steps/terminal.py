"""The steps in a terminal: one at a time, forwards and backwards, by keys.

n, Space, Enter, right    the next step
p, Backspace, left        the previous step
f                         forward to the next breakpoint, or to the end
b                         back to the previous breakpoint, or to the start
.                         set a breakpoint at the active node, or take it away
g                         go to a node, by its name
/                         search for a word in the steps
a                         answer: the next gradient is hidden, and asked for
c                         check the gradient rule of the active op, here
j, k, down, up            scroll, where a step is longer than the screen
h, ?                      this help
q                         quit
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, final

from minigrad.check.report import Report
from minigrad.errors import CheckError, ParameterError, TraceError
from minigrad.view.steps import quiz
from minigrad.view.steps.keys import keyboard
from minigrad.view.steps.local_check import check_step, is_wrong, said_of
from minigrad.view.steps.screen import Screen
from minigrad.view.steps.text import Line, wrapped

if TYPE_CHECKING:
    from minigrad.view.steps.list import Steps
    from minigrad.view.steps.step import Step


def walk(steps: Steps, keys: Iterator[str] | None = None, console: Any = None) -> None:
    """Walk through the steps until the keys end, or one of them is q.

    Without a terminal to read keys from, print the transcript. `keys` and `console` (of rich) are for tests
    and for other terminals.
    """
    from rich.console import Console

    console = console or Console(highlight=False)
    if keys is None:
        with keyboard() as typed:
            if typed is None or not console.is_terminal:
                console.file.write(steps.transcript(min(console.width, 100)))
            else:
                with console.screen(hide_cursor=False):
                    Walk(steps, typed, Screen(console)).go()
        return
    Walk(steps, keys, Screen(console)).go()


@final
class Walk:
    """Where the reader is in the list of steps, and what each key does."""

    def __init__(self, steps: Steps, keys: Iterator[str], screen: Screen):
        self.steps, self.keys, self.screen = steps, keys, screen
        self.at = self.scroll = 0
        self.breakpoints: set[str] = set()
        self.said: list[Line] = []
        """What an answer, a check or an error adds to this view of the step."""
        self.actions: dict[str, Callable[[], None]] = {
            "n": lambda: self.to(self.at + 1),
            "p": lambda: self.to(self.at - 1),
            "f": lambda: self.to(
                self.stop(range(self.at + 1, len(self.steps)), len(self.steps) - 1)
            ),
            "b": lambda: self.to(self.stop(range(self.at - 1, -1, -1), 0)),
            ".": self.toggle,
            "g": self.go_to,
            "/": self.search,
            "a": self.answer,
            "c": self.check,
            "j": lambda: self.scrolled(1),
            "k": lambda: self.scrolled(-1),
            "h": self.help,
        }

    def go(self) -> None:
        self.show()
        for key in self.keys:
            key = SYNONYMS.get(key, key)
            if key == "q":
                return
            action = self.actions.get(key)
            self.said = [] if key not in "jk" else self.said
            if action is None:
                self.say("note", f"{key!r} is no key here: h lists those there are, q quits.")
            else:
                action()
            self.show()

    @property
    def step(self) -> Step:
        return self.steps[self.at]

    def show(self, hidden: str | None = None) -> None:
        self.screen.show(self.steps, self.at, self.said, self.breakpoints, self.scroll, hidden)

    def say(self, role: Any, text: str) -> None:
        for line in text.splitlines():
            self.said += wrapped(role, line, self.screen.width)

    # ---- moving ----

    def to(self, index: int) -> None:
        last = len(self.steps) - 1
        if index > last:
            self.say("note", "This was the last step. b goes back to the start, q quits.")
        self.at, self.scroll = max(0, min(index, last)), 0

    def stop(self, places: range, otherwise: int) -> int:
        beats = self.steps.beats
        at_node = (i for i in places if beats[i].frame.key(beats[i].node) in self.breakpoints)
        return next(at_node, otherwise)

    def scrolled(self, by: int) -> None:
        self.scroll = max(0, self.scroll + by)

    def toggle(self) -> None:
        key = self.step.key
        self.breakpoints ^= {key}
        label = self.step.trace.nodes[self.step.node].label
        if key in self.breakpoints:
            self.say("note", f"Breakpoint at {label}: f and b stop there.")
        else:
            self.say("note", f"No breakpoint at {label} any more.")

    def go_to(self) -> None:
        name = self.line("go to node: ")
        if name:
            try:
                self.to(self.steps.find(name, self.at))
            except TraceError as error:
                self.say("error", str(error))

    def search(self) -> None:
        text = self.line("search: ")
        if text:
            found = self.steps.search(text, self.at)
            if found is None:
                self.say("error", f"{text!r} is in no step.")
            else:
                self.to(found)

    # ---- asking ----

    def answer(self) -> None:
        """Go to the next gradient that can be asked for, ask, and judge."""
        for i in range(self.at + 1, len(self.steps)):
            asked = quiz.question(self.steps[i])
            if asked is not None:
                break
        else:
            self.say("note", "There is no further gradient to ask for.")
            return
        self.to(i)
        self.show(hidden=asked.text)
        typed = self.line(f"{asked.text} ")
        if not typed:
            self.say("note", f"{asked.label} is {asked.answer:.6g}.")
            return
        try:
            verdict = quiz.judge(typed, self.step)
        except ParameterError as error:
            self.say("error", str(error))
            return
        self.say("result" if verdict else "error", verdict.says)

    def check(self) -> None:
        step = self.step
        node = step.trace.nodes[step.node]
        if node.kind != "op":
            self.say("note", f"{node.label} is a leaf: it has no gradient rule.")
            return
        try:
            report = check_step(step.trace, node)
        except (TraceError, CheckError) as error:
            self.say("error", str(error))
            return
        digits = f", to {report.digits:.1f} digits" if report.verdict == "correct" else ""
        self.say("error" if is_wrong(report) else "result", f"{node.op}: {report.verdict}{digits}")
        if is_wrong(report):
            for text in said_of(report):
                self.say("sentence", text)
        if report.shown is not None:
            at = report.shown.label(report.names)
            self.say("note", f"The V curve along {at}: how far differences are from the rule")
            self.said += [Line("value", f"  {text}") for text in slim(report)]

    def help(self) -> None:
        self.said = [Line("note", f"  {text}") for text in (__doc__ or "").splitlines()[2:]]

    def line(self, prompt: str) -> str:
        """What is typed until Enter; "" if it was given up with Escape."""
        typed = ""
        self.screen.prompt(prompt)
        for key in self.keys:
            if key in ("enter", "\n", "\r"):
                self.screen.prompt("\n")
                return typed.strip()
            if key in ("escape", "\x1b"):
                break
            if key in ("backspace", "\x7f", "\b"):
                if typed:
                    typed = typed[:-1]
                    self.screen.prompt("\b \b")
            elif len(key) == 1 and key.isprintable():
                typed += key
                self.screen.prompt(key)
        self.screen.prompt("\n")
        return ""


EVERY = 3
"""Of the steps of a V curve every third is shown, a decimal digit apart."""


def slim(report: Report) -> Iterator[str]:
    """The V curve in a few columns: the error at each step, as a bar of its decimal digits."""
    assert report.shown is not None  # asked before
    epsilons, _, differences, _ = (each[::EVERY] for each in report.shown.curve())
    scale = max(abs(report.shown.claimed), abs(report.shown.numeric)) or 1.0
    yield f"{'epsilon':>9} {'difference':>11}  correct digits"
    for epsilon, off in zip(epsilons, differences):
        digits = 16.0 if off == 0 else min(16.0, max(0.0, -math.log10(abs(off) / scale)))
        yield f"{epsilon:>9.1e} {off:>11.1e}  {'█' * round(digits)}"


SYNONYMS = {
    " ": "n",
    "enter": "n",
    "\n": "n",
    "\r": "n",
    "right": "n",
    "left": "p",
    "backspace": "p",
    "\x7f": "p",
    "down": "j",
    "up": "k",
    "?": "h",
    "end of file": "q",
}
