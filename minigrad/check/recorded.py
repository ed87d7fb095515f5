"""Functions that minigrad records, as properties are asked of them: ops, functions of Tensors, layers."""

from __future__ import annotations

import copy
import functools
from abc import abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np

from minigrad.backward import grad
from minigrad.check.functions import Function, floats
from minigrad.check.models import module
from minigrad.check.report import Report
from minigrad.check.rounding import hold, terms
from minigrad.check.tensors import gradcheck
from minigrad.domain import Case
from minigrad.errors import CheckError
from minigrad.nn import Module
from minigrad.op import Op
from minigrad.recording import no_grad
from minigrad.tensor import Tensor
from minigrad.typing import Array

CORE_AXES = {"matmul": 2}
"""How many of the last axes of an op's inputs do not broadcast: none, but for these."""


class Recorded(Function):
    """A function that minigrad records, and can differentiate more than once."""

    definition: Callable[..., Any] | None = None

    @abstractmethod
    def applied(self, case: Case, *, defined: bool = False) -> tuple[Any, list[Tensor]]:
        """The output and the leaves it was computed from; by the op's definition if `defined`."""

    def pull(
        self, case: Case, upstream: Array, *, record: bool = False, defined: bool = False
    ) -> list[Array]:
        if not self.slots(case):
            return []
        out, leaves = self.applied(case, defined=defined)
        if not out.requires_grad:
            return [np.zeros_like(x.data) for x in leaves]
        grads = grad(out, leaves, upstream, create_graph=record, allow_unused=True)
        return [np.zeros_like(x.data) if g is None else g.data for x, g in zip(leaves, grads)]

    def rounding(
        self, case: Case, upstream: Array, rng: np.random.Generator
    ) -> tuple[float, float]:
        v = Tensor(upstream.astype(np.float64), requires_grad=True)
        out, leaves = self.applied(case, defined=True)
        if not leaves or not out.requires_grad:
            return float(np.abs(plain(out)).max(initial=0.0)), 0.0
        grads = grad(out, leaves, v, create_graph=True, allow_unused=True)
        of_gradients = [terms(g, [*leaves, v], rng) for g in grads if g is not None]
        return terms(out, [*leaves, v], rng), sum(of_gradients)


class OpFunction(Recorded):
    """An op of the register, whatever its rules are when it is asked."""

    def __init__(self, op: Op):
        self.op, self.name, self.definition = op, op.__name__, op.definition
        self.broadcasts, self.core_axes = op.broadcasts, CORE_AXES.get(op.__name__, 0)

    def report(self, case: Case, seed: int = 0) -> Report:
        inputs, _ = with_leaves(case, self.slots(case))
        names = [self.op.input_name(i) for i in range(len(inputs))]
        return gradcheck(bound(self.op, case), *inputs, names=names, seed=seed)

    def slots(self, case: Case) -> list[int]:
        rules, joint = self.op.rules, self.op.joint
        return [i for i in floats(case.inputs) if joint or rules[i] is not None]

    def value(self, case: Case) -> Array:
        out = self.op(*case.inputs, **case.params)
        hold(not isinstance(out, Tensor), "arrays give a Tensor")
        return np.asarray(out)

    def applied(self, case: Case, *, defined: bool = False) -> tuple[Any, list[Tensor]]:
        inputs, leaves = with_leaves(case, self.slots(case))
        call = self.definition if defined and self.definition is not None else self.op
        return call(*inputs, **case.params), leaves


class TensorFunction(Recorded):
    """A function that somebody composed of ops."""

    def __init__(self, f: Callable[..., Any], name: str = "", broadcasts: bool = False):
        self.f, self.broadcasts = f, broadcasts
        self.name = name or getattr(f, "__name__", type(f).__name__)

    def slots(self, case: Case) -> list[int]:
        return floats(case.inputs)

    def report(self, case: Case, seed: int = 0) -> Report:
        inputs, _ = with_leaves(case, self.slots(case))
        return gradcheck(bound(self.f, case), *inputs, seed=seed)

    def value(self, case: Case) -> Array:
        with no_grad():
            return np.asarray(self.applied(case)[0].data)

    def applied(self, case: Case, *, defined: bool = False) -> tuple[Any, list[Tensor]]:
        inputs, leaves = with_leaves(case, self.slots(case))
        out = self.f(*inputs, **case.params)
        if not isinstance(out, Tensor):
            raise CheckError(
                f"{self.name} returned a {type(out).__name__}; needed: a Tensor, computed from its inputs. "
                "If it is a function of numpy arrays, give its backward(g, *inputs) too"
            )
        return out, leaves


class LayerFunction(Recorded):
    """A layer: its parameters are inputs like any other, after those of `forward`.

    It works on a copy for each call, so that neither running statistics nor the state of a random
    generator carries over from one to the next.
    """

    def __init__(self, layer: Module):
        self.layer, self.name = layer, type(layer).__name__
        self.count = len(list(layer.parameters()))

    def slots(self, case: Case) -> list[int]:
        return floats(case.inputs)

    def report(self, case: Case, seed: int = 0) -> Report:
        return module(self.at(case), *case.inputs[: len(case.inputs) - self.count], seed=seed)

    def value(self, case: Case) -> Array:
        with no_grad():
            return np.asarray(self.applied(case)[0].data)

    def applied(self, case: Case, *, defined: bool = False) -> tuple[Any, list[Tensor]]:
        layer = self.at(case)
        given = Case(case.inputs[: len(case.inputs) - self.count])
        inputs, leaves = with_leaves(given, floats(given.inputs))
        return layer(*inputs, **case.params), [*leaves, *layer.parameters()]

    def at(self, case: Case) -> Module:
        """A copy of the layer with the parameters of the case, in their precision."""
        layer = copy.deepcopy(self.layer)
        layer.to(case.inputs[self.slots(case)[0]].dtype)
        for parameter, value in zip(
            layer.parameters(), case.inputs[len(case.inputs) - self.count :]
        ):
            parameter.data = value
            parameter.requires_grad = True
        return layer


def bound(f: Callable[..., Any], case: Case) -> Callable[..., Any]:
    """f with the parameters of the case, under its own name."""
    if not case.params:
        return f
    return functools.update_wrapper(functools.partial(f, **case.params), f)


def plain(x: Any) -> Any:
    return x.data if isinstance(x, Tensor) else x


def with_leaves(case: Case, slots: list[int]) -> tuple[list[Any], list[Tensor]]:
    """The inputs with Tensors where gradients flow, and these Tensors alone."""
    inputs = list(case.inputs)
    for i in slots:
        inputs[i] = Tensor(inputs[i], requires_grad=True)
    return inputs, [inputs[i] for i in slots]
