"""Module: a piece of a network that owns parameters and other modules, and computes with them.

A module owns the Parameters, Buffers, random generators and modules that its attributes hold, alone or in
lists, tuples and dicts. Nothing is registered, so a subclass need not call `super().__init__()`. A name in a
state_dict is the path of attributes that leads to the value.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple, Self, TypeVar

import numpy as np
from numpy.typing import DTypeLike

from minigrad.errors import StateError
from minigrad.nn.parameter import Buffer, Parameter
from minigrad.nn.state import match_state
from minigrad.recording import emit, observers
from minigrad.typing import Array

Owned = TypeVar("Owned")


class Entered(NamedTuple):
    """A module was called. The ops that follow belong to it, until its `Left`."""

    module: Module
    inputs: tuple[Any, ...]


class Left(NamedTuple):
    """A module returned `output`. If it raised instead, `output` is None."""

    module: Module
    output: Any


class Module(ABC):
    """A part of a network. A subclass sets its attributes in `__init__` and computes in `forward`.

    training    the mode, set by `train()` and `eval()`. In training, dropout drops, and batch norm uses the
                statistics of the batch and updates the running ones
    """

    training: bool = True

    @abstractmethod
    def forward(self, *inputs: Any, **params: Any) -> Any:
        """The output; call the module itself, not this."""

    def __call__(self, *inputs: Any, **params: Any) -> Any:
        if observers:
            emit(Entered(self, inputs))
        output = None
        try:
            output = self.forward(*inputs, **params)
        except Exception as error:
            note_module(error, self)
            raise
        finally:
            if observers:
                emit(Left(self, output))
        return output

    def __setattr__(self, name: str, value: Any) -> None:
        before = vars(self).get(name)
        for kind in (Parameter, Buffer, Module):
            if isinstance(before, kind) and not (value is None or isinstance(value, kind)):
                given = type(value).__name__
                raise TypeError(
                    f"{type(self).__name__}.{name} is a {kind.__name__} and cannot be replaced by a value "
                    f"of type {given}: assign a {kind.__name__}"
                    + ("" if kind is Module else f", or its values with {name}.data = ...")
                )
        super().__setattr__(name, value)

    # ---- what it owns ----

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules in the attributes of this one, by name, in the order of assignment."""
        return owned(self, Module)

    def children(self) -> Iterator[Module]:
        return (child for _, child in self.named_children())

    def named_modules(self) -> Iterator[tuple[str, Module]]:
        """This module, with the path "", and all modules below it, by path; each once."""
        return unique(walk(self))

    def modules(self) -> Iterator[Module]:
        return (module for _, module in self.named_modules())

    def named_parameters(self) -> Iterator[tuple[str, Parameter]]:
        """All parameters by path, such as "features.0.weight"; a shared one once."""
        return unique(collect(self, Parameter))

    def parameters(self) -> Iterator[Parameter]:
        return (parameter for _, parameter in self.named_parameters())

    def named_buffers(self) -> Iterator[tuple[str, Buffer]]:
        return unique(collect(self, Buffer))

    def buffers(self) -> Iterator[Buffer]:
        return (buffer for _, buffer in self.named_buffers())

    def named_rngs(self) -> Iterator[tuple[str, np.random.Generator]]:
        """The random generators by path. To continue a run, save their states along with `state_dict()`.

        The state of a generator is `rng.bit_generator.state`, which can be read and assigned.
        """
        return unique(collect(self, np.random.Generator))

    # ---- its state ----

    def state_dict(self) -> dict[str, Array]:
        """Copies of all parameters and buffers by path, with PyTorch's names and layouts."""
        return {path: x.data.copy() for path, x in collect(self, (Parameter, Buffer))}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Copy the values of a `state_dict()`, of minigrad or of PyTorch, into this module.

        Raises `StateError` and changes nothing if names are missing or unknown, if a shape differs, or if
        values would lose precision.
        """
        own = dict(collect(self, (Parameter, Buffer)))
        values = match_state({path: x.data for path, x in own.items()}, state, type(self).__name__)
        for path, x in own.items():
            x.data = values[path]

    def to(self, dtype: DTypeLike) -> Self:
        """Convert all floating-point parameters and buffers, and set gradients to None. Returns self."""
        for _, x in collect(self, (Parameter, Buffer)):
            if x.dtype.kind == "f":
                x.data, x.grad = x.data.astype(dtype), None
        return self

    def train(self, mode: bool = True) -> Self:
        """Set training mode here and in all modules below. Returns self."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Self:
        """Set evaluation mode: dropout keeps all, batch norm uses its running statistics. Returns self."""
        return self.train(False)

    def zero_grad(self) -> None:
        """Set all gradients to None."""
        for parameter in self.parameters():
            parameter.grad = None

    @contextmanager
    def preserved(self) -> Iterator[Self]:
        """Restore this module at the end of the block, whatever happens in it.

            with model.preserved():
                model.eval()(x)

        Restores the values and gradients of parameters and buffers, the states of random generators and the
        mode of each module. A parameter gets its own array again; if the array was changed in place, it
        gets a copy of the old values.
        """
        tensors = [x for _, x in unique(collect(self, (Parameter, Buffer)))]
        before = [(x, x.data, x.data.copy(order="K"), x.grad) for x in tensors]
        states = [(rng, rng.bit_generator.state) for _, rng in self.named_rngs()]
        modes = [(module, module.training) for module in self.modules()]
        try:
            yield self
        finally:
            for x, data, values, grad in before:
                x.data = data if np.array_equal(data, values, equal_nan=True) else values
                x.grad = grad
            for rng, state in states:
                rng.bit_generator.state = state
            for module, mode in modes:
                module.training = mode

    # ---- its text ----

    def extra_repr(self) -> str:
        """The text between the parentheses of the repr: the parameters with which a layer was made."""
        return ""

    def __repr__(self) -> str:
        name, extra = type(self).__name__, self.extra_repr()
        lines = [
            f"({path}): {child!r}".replace("\n", "\n  ") for path, child in self.named_children()
        ]
        if not lines:
            return f"{name}({extra})"
        return "\n  ".join([f"{name}({extra}", *lines]) + "\n)"


# ---- walking ----


def walk(
    module: Module, path: str = "", above: tuple[Module, ...] = ()
) -> Iterator[tuple[str, Module]]:
    """The module and all modules below it, by every path that leads to them."""
    if module in above:
        raise StateError(
            f"{path} is a {type(module).__name__} that contains itself: assign another module"
        )
    yield path, module
    for name, child in module.named_children():
        yield from walk(child, f"{path}.{name}" if path else name, (*above, module))


def collect(
    module: Module, kind: type[Owned] | tuple[type[Owned], ...]
) -> Iterator[tuple[str, Owned]]:
    """All values of a kind that the module and the modules below it own, by every path."""
    for path, part in walk(module):
        for name, value in owned(part, kind):
            yield f"{path}.{name}" if path else name, value


def owned(
    module: Module, kind: type[Owned] | tuple[type[Owned], ...]
) -> Iterator[tuple[str, Owned]]:
    """All values of a kind in the attributes of one module."""
    for name, value in vars(module).items():
        yield from inside(name, value, kind)


def inside(
    name: str, value: Any, kind: type[Owned] | tuple[type[Owned], ...]
) -> Iterator[tuple[str, Owned]]:
    """The value itself if it is of the kind, or all such values in a list, tuple or dict."""
    if isinstance(value, kind):
        yield name, value
    elif isinstance(value, list | tuple | dict):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from inside(f"{name}.{key}", item, kind)


def unique(pairs: Iterator[tuple[str, Owned]]) -> Iterator[tuple[str, Owned]]:
    """The pairs whose value has not occurred before."""
    seen = set()
    for path, value in pairs:
        if id(value) not in seen:
            seen.add(id(value))
            yield path, value


# ---- where an error happened ----


def note_module(error: Exception, module: Module) -> None:
    """Add a note to the error: the module in which it was raised, by its path from the outermost module.

        in LeNet5 > features.3 (Conv2d)

    The innermost module adds its note first. Each module around it replaces that note by a longer one.
    """
    trail: tuple[Module, ...] = vars(error).get("modules", ())
    if trail:
        error.__notes__.remove(format_path(trail))
    vars(error)["modules"] = trail = (module, *trail)
    error.add_note(format_path(trail))


def format_path(trail: tuple[Module, ...]) -> str:
    root, innermost = trail[0], trail[-1]
    note = f"in {type(root).__name__}"
    if innermost is root:
        return note
    paths = {module: path for path, module in root.named_modules()}
    kind = type(innermost).__name__
    return f"{note} > {paths[innermost]} ({kind})" if innermost in paths else f"{note} > {kind}"
