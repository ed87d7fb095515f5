"""`view.trace`: record a run, forwards and backwards, as plain data.

    with view.trace() as t:
        loss = model(x).sum()
        loss.backward()

    t = view.trace(lambda x, y: x * y + x, 2.0, 3.0)     # forwards and backwards, from these inputs

A picture, a step-through and a transcript are functions of the trace and of nothing else.
"""

from __future__ import annotations

import contextlib
import inspect
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from types import FrameType
from typing import Any, final, overload

from minigrad.errors import ParameterError, TraceError
from minigrad.op import OPS, Op
from minigrad.recording import observers
from minigrad.tensor import Tensor
from minigrad.view import document
from minigrad.view.flops import flops
from minigrad.view.recorder import Recorder
from minigrad.view.records import Arrived, Event, Landed, Node, Pass, Scope, Slot
from minigrad.view.snapshot import Snapshot
from minigrad.view.source import PACKAGE

KEEP = 1_000_000
"""Arrays of more elements are kept as a summary."""

WRITTEN = 10_000
"""In a document, arrays of more elements are."""


@final
class Trace:
    """What was computed, and how its gradients went back.

    nodes       every Tensor in the order of creation; a node's `id` is its place here
    scopes      the calls of modules
    passes      the backward passes
    events      what happened in them, in order
    exception   what ended the run, if something did: the nodes until then are here
    """

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.scopes: list[Scope] = []
        self.passes: list[Pass] = []
        self.events: list[Event] = []
        self.exception: str | None = None
        self.ops: dict[str, Op] = {}
        """The ops that were applied, by name."""

    @classmethod
    def of(cls, tensor: Tensor) -> Trace:
        """The graph behind a Tensor as the engine has recorded it: forwards, and what is not released."""
        trace = cls()
        recorder = Recorder(trace, KEEP)
        recorder.known(tensor)
        recorder.close(outer().f_locals)
        trace.settle()
        return trace

    def settle(self) -> None:
        """Number the nodes that have the same name."""
        names = Counter(n.name for n in self.nodes if n.name is not None)
        seen: Counter[str] = Counter()
        for node in self.nodes:
            if node.name is not None and names[node.name] > 1:
                seen[node.name] += 1
                node.turn = seen[node.name]
        for kept in ("consumers", "_gradients"):
            self.__dict__.pop(kept, None)

    # ---- the graph ----

    @cached_property
    def consumers(self) -> list[list[tuple[int, int]]]:
        """For each node, the (node, slot) pairs in which it was used."""
        uses: list[list[tuple[int, int]]] = [[] for _ in self.nodes]
        for node in self.nodes:
            for i, slot in enumerate(node.slots):
                if slot.node is not None:
                    uses[slot.node].append((node.id, i))
        return uses

    @property
    def outputs(self) -> list[int]:
        """The results that nothing was computed from."""
        return [n.id for n in self.nodes if n.kind == "op" and not self.consumers[n.id]]

    def fn(self, node: Node | int) -> Op:
        """The op that made this node. Raises `TraceError` for an op that is no longer known."""
        name = (self.nodes[node] if isinstance(node, int) else node).op
        if name is None:
            raise TraceError("this node is a leaf: no op made it")
        found: Any = self.ops.get(name) or OPS.get(name)
        if found is None:
            raise TraceError(f"the op {name} is not known here: import the file that defines it")
        return found  # type: ignore[no-any-return]

    # ---- gradients ----

    @cached_property
    def _gradients(self) -> dict[int, Snapshot]:
        found: dict[int, Snapshot] = {}
        for event in self.events:
            if isinstance(event, Arrived):
                found[event.node] = event.g
            elif isinstance(event, Landed):
                found[event.node] = event.after
        return found

    def gradient(self, node: int) -> Snapshot | None:
        """What arrived at this result last, or was accumulated in this leaf's `grad`; None if nothing was."""
        return self._gradients.get(node)

    def gradient_state(self, node: int) -> str:
        """ "not computed", "no gradient required", "zero", "nan", "inf", or "value"."""
        if not self.nodes[node].requires_grad:
            return "no gradient required"
        g = self.gradient(node)
        return "not computed" if g is None else g.state

    def flops(self, node: int) -> int:
        """The floating-point operations that the op of this node took, counted from shapes."""
        shapes = [() if s.node is None else self.shape(s.node) for s in self.nodes[node].slots]
        return flops(self.nodes[node], shapes)

    def shape(self, node: int) -> tuple[int, ...]:
        value = self.nodes[node].value
        return () if value is None else value.shape

    def opened(self, node: int) -> Trace:
        """The definition of a fused op, run at the recorded inputs, with the recorded gradient pulled back.

        Raises `TraceError` where the op is no fused one, or where the inputs were too large to be kept.
        """
        made, fn = self.nodes[node], self.fn(node)
        if fn.definition is None:
            raise TraceError(f"{made.op} is a primitive: it has no definition to look into")
        if made.error is not None:
            raise TraceError(f"{made.op} failed here: {made.error}")
        g = self.gradient(node)
        if g is not None and g.array is None:
            raise TraceError(not_kept(f"the gradient of {made.label}", g))
        tracing = Tracing(None, home=fn.definition)
        inputs = [self._leaf(slot) for slot in made.slots]
        with tracing as opened:
            for slot, x in zip(made.slots, inputs):
                if isinstance(x, Tensor):
                    tracing.recorder.leaf(x, slot.name)
            out = fn.definition(*inputs, **made.params)
            if g is not None and out.requires_grad:
                out.backward(g.array)
        return opened

    def _leaf(self, slot: Slot) -> Any:
        if slot.node is None:
            return slot.constant
        return Tensor(self.values(slot.node).copy(), self.nodes[slot.node].requires_grad)

    def values(self, node: int) -> Any:
        """The array of this node. Raises `TraceError` where it was too large to be kept."""
        value = self.nodes[node].value
        if value is None or value.array is None:
            raise TraceError(not_kept(self.nodes[node].label, value))
        return value.array

    # ---- as a document ----

    def json(self, times: bool = False, keep: int | None = WRITTEN) -> str:
        """The trace as JSON, by the schema in `minigrad/view/trace.schema.json`.

        Arrays of more than `keep` elements become summaries. Two runs of a program give the same text,
        unless the `times` are asked for.
        """
        return document.written(self, times, keep)

    def save(self, path: str | Path, times: bool = False, keep: int | None = WRITTEN) -> None:
        Path(path).write_text(self.json(times, keep), encoding="utf-8")

    @classmethod
    def load(cls, path: str | Path) -> Trace:
        """A trace from the file that `save` wrote. Raises `TraceError` for any other file."""
        trace = cls()
        document.read(trace, Path(path).read_text(encoding="utf-8"), str(path))
        trace.settle()
        return trace

    def __repr__(self) -> str:
        ops = sum(n.kind == "op" for n in self.nodes)
        return (
            f"<Trace: {len(self.nodes)} nodes, {ops} of them results; {len(self.passes)} backward "
            f"passes, {len(self.events)} events>"
        )


# ---- recording one ----


@final
class Tracing:
    """`with Tracing() as t:` fills the trace t with what this thread computes.

    home        a function of minigrad itself whose lines are to be shown, as if they were the user's
    newest      begin another trace after each backward pass: `trace` is the last that has one
    variables   the program's, from which results get their names; by default those of the `with`
    """

    def __init__(
        self,
        keep: int | None = KEEP,
        home: Callable[..., Any] | None = None,
        newest: bool = False,
    ) -> None:
        self.trace = Trace()
        self.variables: dict[str, Any] | None = None
        self.recorder = Recorder(self.trace, keep, home, self._another if newest else None)

    def _another(self) -> Trace:
        self.trace = self.recorder.trace
        self.trace.settle()
        return Trace()

    def __enter__(self) -> Trace:
        observers.append(self.recorder)
        return self.trace

    def __exit__(self, kind: type[BaseException] | None, error: Any, _: Any) -> None:
        observers.remove(self.recorder)
        last = self.recorder.trace
        self.recorder.close(outer().f_locals if self.variables is None else self.variables)
        last.settle()
        if last.passes or kind is not None or not self.trace.nodes:
            self.trace = last
        if kind is not None:
            self.trace.exception = f"{kind.__name__}: {error}"


@overload
def trace(*, keep: int | None = KEEP) -> Tracing: ...
@overload
def trace(f: Callable[..., Any], /, *inputs: Any, keep: int | None = KEEP) -> Trace: ...
def trace(
    f: Callable[..., Any] | None = None, /, *inputs: Any, keep: int | None = KEEP
) -> Trace | Tracing:
    """Record what is computed, forwards and backwards.

    `with view.trace() as t:` records what happens inside. `view.trace(f, *inputs)` calls f on the inputs and,
    if the result is a single element that requires grad, calls its `backward()`. Inputs that are no Tensors
    become leaves that require grad, if they are floats.

    `keep` says up to how many elements arrays are copied whole, None for all of them; of larger ones a
    summary is kept. Costs nothing while no trace is open.

    What is computed in another thread is not recorded. If something raises, the trace until then stays:
    with f, the error is raised with a note that says where to find it. Raises `ParameterError` for an f that
    is no function.
    """
    if f is None:
        return Tracing(keep)
    if not callable(f):
        raise ParameterError(
            f"trace: a {type(f).__name__} has been computed already; give a function and its inputs, or "
            "compute it inside of `with view.trace() as t:`"
        )
    leaves = [x if isinstance(x, Tensor) else as_leaf(x) for x in inputs]
    tracing = Tracing(keep)
    with tracing as t:
        for name, x in zip(parameter_names(f, len(leaves)), leaves):
            tracing.recorder.known(x, name)
        out = f(*leaves)
        if isinstance(out, Tensor) and out.size == 1 and out.requires_grad:
            out.backward()
    return t


def as_leaf(x: Any) -> Tensor:
    leaf = Tensor(x)
    leaf.requires_grad = leaf.dtype.kind == "f"
    return leaf


def parameter_names(f: Callable[..., Any], count: int) -> Iterator[str | None]:
    """The names that f gives to its first arguments, as far as it names them."""
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):  # a builtin without a signature
        parameters = []
    named = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return (named[i] if i < len(named) else None for i in range(count))


def outer() -> FrameType:
    """The innermost frame that is neither minigrad's nor that of `contextlib`."""
    frame = sys._getframe(1)
    skipped = (PACKAGE, str(contextlib.__file__))
    while frame.f_back is not None and frame.f_code.co_filename.startswith(skipped):
        frame = frame.f_back
    return frame


def not_kept(name: str, value: Snapshot | None) -> str:
    size = "no value" if value is None else f"{value.size:,} elements"
    return (
        f"the values of {name} ({size}) were not kept: record with view.trace(keep=None), or with a "
        "smaller batch"
    )
