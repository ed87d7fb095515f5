"""The list of steps: built one by one as they are looked at, so that a long run costs nothing at first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, final, overload

from minigrad.errors import RenderError, TraceError
from minigrad.view.snapshot import Snapshot
from minigrad.view.steps.build import Builder, changed
from minigrad.view.steps.frame import Frame
from minigrad.view.steps.order import Opens, Order
from minigrad.view.steps.step import Change, Step
from minigrad.view.steps.text import WIDTH, transcript
from minigrad.view.trace import Trace

if TYPE_CHECKING:
    from minigrad.view.steps.local_check import Checks

LONG = 2_000
"""A list of more steps is shown in part where nobody asked for all of it."""


@final
class Steps(Sequence[Step]):
    """A run, one step at a time: a list of `Step`, and the faces that show it.

    print(steps)             a transcript
    steps.terminal()         walk through it with keys
    steps.html("run.html")   a page to click through; a notebook shows it by itself
    steps.check()            the gradient rule of every op, checked at the recorded values

    trace    what it is a function of
    notes    what is to be said of the whole: that there is no backward pass, what is not opened
    checks   what `check` has found; None before
    """

    def __init__(self, trace: Trace, open: Opens = ()):
        if not trace.nodes:
            raise TraceError(
                "nothing was computed with Tensors while this trace was open, so there is nothing to step "
                "through: with view.trace() as t: loss = ...; loss.backward()"
            )
        self.trace = trace
        order = Order(Frame(trace), open)
        self.beats = order.beats
        self.notes = tuple(order.notes)
        if not trace.passes and trace.exception is None:
            self.notes += (forward_only(trace),)
        self.checks: Checks | None = None
        self.builder = Builder()
        self.kept = lru_cache(maxsize=512)(self.made)

    # ---- a list ----

    def __len__(self) -> int:
        return len(self.beats)

    def at(self, index: int) -> Step:
        """The step with this index; those looked at last are kept."""
        step: Step = self.kept(index)
        return step

    def made(self, index: int) -> Step:
        return self.builder.step(index, self.beats[index])

    @overload
    def __getitem__(self, index: int) -> Step: ...
    @overload
    def __getitem__(self, index: slice) -> list[Step]: ...
    def __getitem__(self, index: int | slice) -> Step | list[Step]:
        places = range(len(self))[index]
        return self.at(places) if isinstance(places, int) else [self.at(i) for i in places]

    def __iter__(self) -> Iterator[Step]:
        return (self.at(i) for i in range(len(self)))

    def around(self, after: int) -> list[int]:
        """All places, the one behind `after` first."""
        return [*range(after + 1, len(self.beats)), *range(after + 1)]

    def find(self, node: str | int, after: int = -1) -> int:
        """The place of the next step at a node, which is given by its label, key or number.

        After the last step comes the first. Raises `TraceError` where no step is at such a node.
        """
        wanted = str(node)
        for i in self.around(after):
            beat = self.beats[i]
            if wanted in (beat.frame.label(beat.node), beat.frame.key(beat.node)):
                return i
        labels = dict.fromkeys(b.frame.label(b.node) for b in self.beats)
        some = ", ".join(list(labels)[:20]) + (", ..." if len(labels) > 20 else "")
        raise TraceError(f"no step is at a node {wanted}; there are {some}")

    def search(self, text: str, after: int = -1) -> int | None:
        """The place of the next step with this text in its title, sentence or formula, if there is one."""
        wanted = text.casefold()
        for i in self.around(after):
            step = self[i]
            formula = "" if step.formula is None else step.formula.text
            if wanted in f"{step.title}\n{step.sentence}\n{formula}".casefold():
                return i
        return None

    def whole(self, index: int) -> str:
        """What the gradients of this step are those of."""
        beat, step = self.beats[index], self[index]
        return "" if step.pass_ is None else beat.frame.whole(step.pass_)

    def standing(self, index: int) -> tuple[dict[str, str], dict[str, Change]]:
        """After a step: the labels of the nodes computed by then, and the last change of each gradient."""
        computed: dict[str, str] = {}
        changes: dict[str, Change] = {}
        for beat in self.beats[: index + 1]:
            if beat.event is None:
                computed.setdefault(beat.frame.key(beat.node), beat.frame.label(beat.node))
            elif (change := changed(beat)) is not None:
                changes[change.key] = change
        return computed, changes

    @cached_property
    def values(self) -> dict[str, Snapshot | None]:
        """The value of each node, by its key."""
        return {
            b.frame.key(b.node): b.frame.trace.nodes[b.node].value
            for b in self.beats
            if b.event is None
        }

    # ---- checks ----

    def check(self) -> Checks:
        """Check the gradient rule of each op numerically, at the values it was used at; mark the steps."""
        from minigrad.view.steps.local_check import check_all

        if self.checks is None:
            self.checks = check_all(self)
        return self.checks

    def mark(self, step: Step) -> str:
        """What the check said of the op that sends a gradient in this step."""
        if self.checks is None or step.kind != "contribution":
            return ""
        mark = self.checks.mark(step.key)
        return f"{mark}: the first on the way back" if step.key == self.checks.first_wrong else mark

    # ---- faces ----

    def transcript(self, width: int = WIDTH) -> str:
        """All steps as text."""
        return transcript(self, width)

    def terminal(self) -> None:
        """Walk through the steps with keys; where there is no terminal, print the transcript."""
        from minigrad.view.steps.terminal import walk

        walk(self)

    def html(self, path: str | Path | None = None, **options: Any) -> str:
        """The page as text, written to `path` if one is given; `options` are those of `view.page`.

        Raises `RenderError` where it cannot be written.
        """
        from minigrad.view.page.page import html

        page = html(self, **options)
        if path is not None:
            try:
                Path(path).write_text(page, encoding="utf-8")
            except OSError as error:
                raise RenderError(f"{path} cannot be written: {error.strerror}") from None
        return page

    def _repr_html_(self) -> str:
        from minigrad.view.steps.notebook import shown

        return shown(self)

    def __str__(self) -> str:
        return self.transcript()

    def __repr__(self) -> str:
        return f"<Steps: {len(self)} of them, through {self.trace!r}>"


def forward_only(trace: Trace) -> str:
    """Why the steps do not go on backwards, and what to do."""
    if any(n.requires_grad for n in trace.nodes):
        return (
            "There is no backward pass in this trace: call loss.backward() inside of it, as "
            "view.trace(f, ...) does if f gives a single number, and the steps go on backwards."
        )
    return (
        "There is no backward pass in this trace, for nothing in it requires a gradient: give it floats, "
        "view.trace(f, 3.0), or a Tensor(..., requires_grad=True). Integers have none."
    )


def steps_of(trace: Trace, open: Opens = ()) -> Steps:
    """The steps of a trace, forwards and backwards.

    `open` names the fused ops that are stepped through as their definition: by the number of the node or
    by the name of the op; True for all. Raises `TraceError` for an empty trace.
    """
    return Steps(trace, open)
