"""`view.draw`: a picture of a computation, as SVG, PNG, PDF, DOT, Mermaid and text.

    view.draw(loss)                          the graph behind a Tensor, as the engine recorded it
    view.draw(model, x, depth=1)             what a model does with x
    with view.trace() as t: ...
    view.draw(t, values=True, grads=True)    a run, forwards and backwards

A notebook shows the picture by itself; `save("net.svg")` writes it; `print` shows the text form.
"""

from __future__ import annotations

import inspect
from collections.abc import Collection
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, final

from minigrad.errors import MinigradError, ParameterError, RenderError
from minigrad.nn import Module
from minigrad.tensor import Tensor
from minigrad.view.pictures.build import Builder, Shown
from minigrad.view.pictures.dot import dot
from minigrad.view.pictures.graph import Graph
from minigrad.view.pictures.mermaid import mermaid
from minigrad.view.pictures.overlays import Overlay, lay_over
from minigrad.view.pictures.plan import Collapse, Plan
from minigrad.view.pictures.render import render
from minigrad.view.pictures.stage import Stage
from minigrad.view.pictures.svg import finished
from minigrad.view.pictures.text import text
from minigrad.view.trace import KEEP, Trace, Tracing

LIMIT = 2_000
"""More boxes than this are not laid out."""

WIDE = 8
"""So many boxes one after another still go from left to right."""

FORMATS = {
    ".svg": "svg",
    ".png": "png",
    ".pdf": "pdf",
    ".dot": "dot",
    ".gv": "dot",
    ".mmd": "mermaid",
    ".txt": "text",
}


@final
class Picture:
    """A computational graph, drawn when it is asked for.

    svg, dot, mermaid, text    what it looks like in these languages, as a string
    """

    def __init__(self, graph: Graph, direction: str):
        self.graph, self.direction = graph, direction

    @cached_property
    def text(self) -> str:
        return text(self.graph)

    @cached_property
    def dot(self) -> str:
        return dot(self.graph, self.direction)

    @cached_property
    def mermaid(self) -> str:
        return mermaid(self.graph, self.direction)

    @cached_property
    def svg(self) -> str:
        return finished(self.rendered("svg"), self.graph, self.direction)

    def rendered(self, form: str) -> bytes:
        """As "svg", "png" or "pdf". Raises `RenderError` without Graphviz, and for more than 2,000 boxes."""
        if (boxes := len(self.graph.boxes)) > LIMIT:
            raise RenderError(
                f"{boxes:,} boxes are more than the {LIMIT:,} that can be laid out: draw less of it, "
                "with budget=, depth= or focus=; the text and the DOT are not limited"
            )
        return render(self.dot, form)

    def save(self, path: str | Path) -> Path:
        """Write it in the format that the suffix names: .svg .png .pdf .dot .gv .mmd .txt.

        Raises `RenderError` for any other suffix, and where it cannot be drawn or written.
        """
        path = Path(path)
        form = FORMATS.get(path.suffix.lower())
        if form is None:
            known = " ".join(FORMATS)
            raise RenderError(f"{path} has no suffix that is known here: {known}")
        data = self.rendered(form) if form in ("png", "pdf") else getattr(self, form).encode()
        try:
            path.write_bytes(data)
        except OSError as error:
            raise RenderError(f"{path} cannot be written: {error.strerror}") from None
        return path

    def _repr_svg_(self) -> str | None:
        try:
            return self.svg
        except RenderError:
            return None

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """What a notebook shows: the SVG, or where it cannot be drawn the reason and the text."""
        try:
            return {"image/svg+xml": self.svg, "text/plain": self.text}
        except RenderError as error:
            return {"text/plain": f"{self.text}\n(shown as text: {error})"}

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<Picture: {len(self.graph.boxes)} boxes, {len(self.graph.edges)} edges>"


RELEASED = (
    "A backward pass has released the graph of this Tensor: record the run, with view.trace() as t: ..., and "
    "draw t."
)


def draw(
    what: Tensor | Trace | Module,
    *inputs: Any,
    values: bool = False,
    grads: bool = False,
    depth: int | None = None,
    focus: str | None = None,
    collapse: Collapse | None = None,
    budget: int = 60,
    open: Literal[True] | int | str | Collection[int | str] = (),
    overlay: Overlay | None = None,
    direction: Literal["LR", "TB"] | None = None,
    full: bool = False,
) -> Picture:
    """A picture of a Tensor's graph, of a trace, or of what a Module does with some inputs.

    `values` and `grads` write the numbers into the boxes. `depth` is how many levels of modules are open,
    `focus` the path of the one that is drawn alone, `collapse` which are one box: a function of their
    `Scope`, or paths or classes. Three or more identical neighbours are drawn once, and beyond `budget`
    boxes more is put together; the picture says what; `full` draws everything. `open` names fused ops, by
    node or by name, that are drawn as their definition, True for all. `overlay` colours the boxes by the size
    of the gradient, the memory held for the backward pass, or the time it took. It goes in `direction`
    "LR", from left to right, or "TB", from top to bottom; if nothing is said, short ones do the former.

    Raises `ParameterError` for a choice that makes no sense.
    """
    if direction not in ("LR", "TB", None):
        raise ParameterError(f"draw: direction={direction!r} must be 'LR' or 'TB'")
    trace = traced(what, inputs)
    stage = Stage(trace, (open,) if isinstance(open, str | int) and open is not True else open)
    plan = Plan(trace, stage, depth, focus, collapse, None if full else budget)
    builder = Builder(plan, Shown(values, grads))
    graph = builder.build()
    if isinstance(what, Tensor) and what.node is not None and what.node.released:
        graph.notes.append(RELEASED)
    if overlay is not None:
        lay_over(graph, builder.members, trace, overlay)
    return Picture(graph, direction or ("LR" if longest(graph) <= WIDE else "TB"))


def longest(graph: Graph) -> int:
    """How many boxes are on the longest way through the graph."""
    length = [1] * len(graph.boxes)
    for edge in sorted(graph.edges, key=lambda edge: edge.head):
        if edge.tail < edge.head and not edge.back:
            length[edge.head] = max(length[edge.head], length[edge.tail] + 1)
    return max(length, default=0)


def traced(what: Tensor | Trace | Module, inputs: tuple[Any, ...]) -> Trace:
    if isinstance(what, Module):
        return called(what, inputs)
    if inputs:
        raise ParameterError(
            "draw: inputs are for a Module; a Tensor or a trace has been computed already"
        )
    if isinstance(what, Trace):
        return what
    if isinstance(what, Tensor):
        return Trace.of(what)
    raise ParameterError(
        f"draw: a {type(what).__name__} cannot be drawn; give a Tensor, a view.trace, or a Module and "
        "its inputs"
    )


def called(model: Module, inputs: tuple[Any, ...]) -> Trace:
    """What a model does with these inputs; it is left as it was, and if it fails the trace says why."""
    leaves = [x if isinstance(x, Tensor) else Tensor(x) for x in inputs]
    tracing = Tracing(KEEP, home=run)
    names = list(inspect.signature(model.forward).parameters)
    try:
        with model.preserved(), tracing:
            for name, x in zip(names, leaves):
                tracing.recorder.known(x, name)
            run(model, leaves)
    except MinigradError:
        if not any(node.kind == "op" for node in tracing.trace.nodes):
            raise  # nothing was computed that could be drawn
    return tracing.trace


def run(model: Module, leaves: list[Tensor]) -> None:
    model(*leaves)
