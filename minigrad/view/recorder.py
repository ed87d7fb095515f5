"""The recorder: looks on while the engine works, and writes down what it sees as nodes and events.

Nothing is computed again and nothing is guessed: a number in a trace was in the engine's hands.
"""

from __future__ import annotations

import inspect
import sys
import threading
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from minigrad import nn, recording
from minigrad.backward import backpropagate
from minigrad.graph import topological_order
from minigrad.op import NUMBERS, Op
from minigrad.tensor import Node as Record
from minigrad.tensor import Tensor
from minigrad.typing import Array
from minigrad.view import records
from minigrad.view.calls import Calls
from minigrad.view.memory import held
from minigrad.view.records import Kind, Node, Pass, Slot
from minigrad.view.snapshot import Snapshot
from minigrad.view.source import Reader, Site

if TYPE_CHECKING:
    from minigrad.view.trace import Trace

LOOP = inspect.unwrap(backpropagate).__code__
"""The code of the function that runs once for each backward pass."""


class Recorder:
    """Fills a trace, from what happens in the thread that made it, and from no other.

    Tensors are known by identity as long as the trace is being filled, so they are kept alive until then.
    """

    def __init__(
        self,
        trace: Trace,
        keep: int | None,
        home: Callable[..., Any] | None = None,
        again: Callable[[], Trace] | None = None,
    ) -> None:
        self.trace, self.keep = trace, keep
        self.again = again
        """Called for another trace to fill when the program goes forwards again after a backward pass."""
        self.over = False
        self.thread = threading.get_ident()
        self.reader = Reader(home)
        self.ids: dict[Tensor, int] = {}
        self.constants: dict[int, tuple[Array, int]] = {}
        self.calls = Calls()
        self.passes: list[Pass] = []
        self.by_record: dict[int, int] = {}
        """By the identity of the engine's record of a Tensor: the node."""
        self.current: list[int] = []
        """For each pass under way, the node at which a gradient arrived last."""
        self.snapshots: dict[int, tuple[Any, Snapshot]] = {}
        """By identity, of the gradients in flight: each is met several times."""
        self.left_at = 0.0

    def __call__(self, event: recording.Event) -> None:
        if threading.get_ident() != self.thread:
            return
        match event:
            case recording.Applying():
                self.left_at = perf_counter()
            case recording.Applied(op, inputs, params, out):
                self.applied(op, inputs, params, out)
            case recording.Failed(op, inputs, params, error):
                self.failed(op, inputs, params, error)
            case nn.module.Entered(module, inputs):
                self.entered(module, inputs)
            case nn.module.Left(module, output):
                self.left(module, output)
            case recording.BackwardStarted(seeds):
                self.began(seeds)
            case recording.UpstreamComplete(tensor, g):
                self.arrived(tensor, g)
            case recording.Unbroadcast(tensor, slot, before, after):
                self.unbroadcast(tensor, slot, before, after)
            case recording.Contributed(tensor, slot, g):
                self.contributed(tensor, slot, g)
            case recording.Accumulated(tensor, before, g, after):
                self.accumulated(tensor, before, g, after)
            case recording.Released(node):
                self.released(node)
            case recording.BackwardEnded(grads):
                self.ended(grads)
            case recording.GradAccumulated(leaf, before, g):
                self.landed(leaf, before, g)

    # ---- the forward pass ----

    def applied(self, op: Op, inputs: tuple[Any, ...], params: dict[str, Any], out: Tensor) -> None:
        seconds = perf_counter() - self.left_at
        frame, direct = self.reader.caller()
        site = self.reader.site(frame)
        node = self.add_op(op, inputs, params, site, site.operands if direct else ())
        node.value = Snapshot(out._data, self.keep, units=op.__name__ == "relu")
        node.seconds = seconds
        node.requires_grad = out._requires_grad
        record = out.node
        if record is not None:
            node.recorded, node.held = True, held(record, out._data)
            self.by_record[id(record)] = node.id
        if direct:
            node.name = site.target
        self.ids[out] = node.id
        self.left_at = perf_counter()

    def failed(
        self, op: Op, inputs: tuple[Any, ...], params: dict[str, Any], error: Exception
    ) -> None:
        frame, direct = self.reader.caller()
        site = self.reader.site(frame)
        node = self.add_op(op, inputs, params, site, site.operands if direct else ())
        node.error = f"{type(error).__name__}: {error}"

    def add_op(
        self,
        op: Op,
        inputs: tuple[Any, ...],
        params: dict[str, Any],
        site: Site,
        words: tuple[str | None, ...],
    ) -> Node:
        self.go_on()
        slots = tuple(
            self.slot(op, i, x, words[i] if i < len(words) else None) for i, x in enumerate(inputs)
        )
        node = self.add("op", op.__name__, slots, params)
        node.source = site.source
        self.forget()
        if self.passes:
            node.made_in, node.rule_of = self.passes[-1].id, self.current[-1]
        self.trace.ops[op.__name__] = op
        return node

    def forget(self) -> None:
        """Forget the passes that raised, which the program has caught: they are not on Python's stack."""
        if self.passes:
            frames, frame = 0, sys._getframe(1)
            while frame.f_back is not None:
                frames += frame.f_code is LOOP
                frame = frame.f_back
            del self.passes[frames:], self.current[frames:]

    def add(
        self, kind: Kind, op: str | None, slots: tuple[Slot, ...] = (), params: Any = None
    ) -> Node:
        nodes = self.trace.nodes
        node = Node(len(nodes), kind, op, params or {}, slots, None, False)
        node.scope = self.calls.innermost
        nodes.append(node)
        return node

    def slot(self, op: Op, i: int, x: Any, word: str | None) -> Slot:
        name = op.input_name(i)
        if isinstance(x, Tensor):
            return Slot(name, self.known(x, word))
        if x is None or isinstance(x, NUMBERS):
            return Slot(name, None, x)
        return Slot(name, self.constant(np.asarray(x), word))

    def constant(self, array: Array, word: str | None) -> int:
        found = self.constants.get(id(array))
        if found is None:
            node = self.add("constant", None)
            node.value, node.name = self.snapshot(array), word
            found = self.constants[id(array)] = (array, node.id)
        return found[1]

    def known(self, x: Tensor, word: str | None = None) -> int:
        """The number of a Tensor, which is entered, with the graph behind it, if it is new."""
        found = self.ids.get(x)
        if found is not None:
            return found
        if x.node is None:
            return self.leaf(x, word)
        for tensor in [x] if x.node.released else topological_order([x]):
            if tensor not in self.ids:
                self.adopt(tensor)
        return self.ids[x]

    def leaf(self, x: Tensor, word: str | None) -> int:
        node = self.add("parameter" if x._requires_grad else "input", None)
        node.name = self.calls.paths.get(id(x), word)
        if id(x) not in self.calls.paths:
            node.scope = None  # a leaf of no module stands outside of all of them
        node.value, node.requires_grad = self.snapshot(x._data), x._requires_grad
        self.ids[x] = node.id
        return node.id

    def adopt(self, tensor: Tensor) -> None:
        """Enter a Tensor that was recorded before this trace was begun; its inputs are known."""
        record = tensor.node
        assert record is not None  # leaves are entered as such
        inputs = () if record.released else record.inputs
        slots = tuple(self.slot(record.op, i, x, None) for i, x in enumerate(inputs))
        node = self.add("op", record.op.__name__, slots, record.params)
        node.value, node.requires_grad, node.recorded = self.snapshot(tensor._data), True, True
        node.held = 0 if record.released else held(record, tensor._data)
        self.by_record[id(record)] = node.id
        self.trace.ops[record.op.__name__] = record.op
        self.ids[tensor] = node.id

    # ---- modules ----

    def entered(self, module: nn.Module, inputs: tuple[Any, ...]) -> None:
        self.go_on()
        frame, _ = self.reader.caller()
        self.calls.enter(module, frame, self.reader.site(frame).function, self.trace.scopes)

    def left(self, module: nn.Module, output: Any) -> None:
        frame = self.calls.leave()
        if isinstance(output, Tensor) and output in self.ids and not self.calls.inside(frame):
            node = self.trace.nodes[self.ids[output]]
            node.name = self.reader.site(frame).target or node.name

    # ---- the backward pass ----

    def took(self) -> None:
        """Credit the time since this recorder was last busy to the op whose rule was running."""
        if self.current:
            self.trace.nodes[self.current[-1]].seconds_back += perf_counter() - self.left_at

    def snapshot(self, x: Any) -> Snapshot:
        return Snapshot(x._data if isinstance(x, Tensor) else x, self.keep)

    def gradient(self, g: Any) -> Snapshot:
        """Of a gradient in flight: what is sent from one op to the next is looked at once."""
        found = self.snapshots.get(id(g))
        if found is None:
            found = self.snapshots[id(g)] = (g, self.snapshot(g))
        return found[1]

    def began(self, seeds: Sequence[tuple[Tensor, Any]]) -> None:
        recorded = any(isinstance(g, Tensor) for _, g in seeds)
        nodes = [self.known(y) for y, _ in seeds]
        self.forget()
        inside = self.current[-1] if self.passes else None
        this = Pass(len(self.trace.passes), nodes[0], inside, recorded)
        self.trace.passes.append(this)
        self.passes.append(this)
        self.current.append(nodes[0])
        for node, (_, g) in zip(nodes, seeds):
            self.trace.events.append(records.Began(this.id, node, self.gradient(g)))
        self.left_at = perf_counter()

    def arrived(self, tensor: Tensor, g: Any) -> None:
        self.current[-1] = node = self.known(tensor)
        self.trace.events.append(records.Arrived(self.passes[-1].id, node, self.gradient(g)))
        self.left_at = perf_counter()

    def unbroadcast(self, tensor: Tensor, slot: int, wide: Any, g: Any) -> None:
        self.took()
        assert tensor.node is not None  # its rule is running
        to = self.known(tensor.node.inputs[slot])
        event = records.Unbroadcast(
            self.passes[-1].id,
            self.known(tensor),
            slot,
            to,
            self.gradient(wide),
            self.gradient(g),
            summed_axes(wide.shape, g.shape),
        )
        self.trace.events.append(event)
        self.left_at = perf_counter()

    def contributed(self, tensor: Tensor, slot: int, g: Any) -> None:
        self.took()
        assert tensor.node is not None  # its rule is running
        to = self.known(tensor.node.inputs[slot])
        self.trace.events.append(
            records.Contributed(self.passes[-1].id, self.known(tensor), slot, to, self.gradient(g))
        )
        self.left_at = perf_counter()

    def accumulated(self, x: Tensor, before: Any, g: Any, after: Any) -> None:
        self.trace.events.append(
            records.Accumulated(
                self.passes[-1].id,
                self.known(x),
                self.gradient(before),
                self.gradient(g),
                self.gradient(after),
            )
        )
        self.left_at = perf_counter()

    def released(self, node: Record) -> None:
        at = self.by_record[id(node)]
        self.trace.events.append(records.Released(self.passes[-1].id, at))

    def ended(self, grads: dict[Tensor, Any]) -> None:
        done = self.passes.pop()
        done.complete = True
        self.current.pop()
        self.over = not self.passes
        found = tuple(self.known(x) for x in grads)
        self.trace.events.append(records.Ended(done.id, done.output, found))
        self.left_at = perf_counter()

    def landed(self, leaf: Tensor, before: Tensor | None, g: Any) -> None:
        assert leaf._grad is not None  # that is where it landed
        self.trace.events.append(
            records.Landed(
                self.trace.passes[-1].id,
                self.known(leaf),
                None if before is None else self.snapshot(before),
                self.gradient(g),
                self.snapshot(leaf._grad),
            )
        )
        if not self.passes:
            self.snapshots.clear()

    # ---- the end ----

    def go_on(self) -> None:
        """In another trace, if that is wanted after a backward pass, and this one had one.

        Modules that have not returned are entered there too.
        """
        if self.again is None or not self.over or self.passes:
            return
        self.close(self.reader.caller()[0].f_locals)
        self.trace, self.over = self.again(), False
        self.calls.begin_again(self.trace.scopes)

    def close(self, variables: dict[str, Any]) -> None:
        """Take the names that the results have in the end, and let go of the Tensors."""
        for name, value in variables.items():
            if isinstance(value, Tensor) and value in self.ids and not name.startswith("_"):
                node = self.trace.nodes[self.ids[value]]
                if node.name is None or (node.kind != "op" and id(value) not in self.calls.paths):
                    node.name = name
        self.ids.clear()
        self.by_record.clear()
        self.constants.clear()
        self.snapshots.clear()


def summed_axes(wide: tuple[int, ...], narrow: tuple[int, ...]) -> tuple[int, ...]:
    """The axes of `wide` that are gone, or 1, in `narrow`."""
    new = len(wide) - len(narrow)
    return (*range(new), *(i + new for i, n in enumerate(narrow) if n != wide[i + new]))
