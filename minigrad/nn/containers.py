"""Sequential: a chain of layers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, final

from minigrad.errors import IndexingError
from minigrad.nn.module import Module


@final
class Sequential(Module):
    """Each layer is applied to the output of the layer before it. The names are "0", "1", ...

    `model[i]` is a layer; `model[i:j]` is a Sequential of several, shared and not copied.
    """

    def __init__(self, *layers: Module):
        for i, layer in enumerate(layers):
            if not isinstance(layer, Module):
                raise TypeError(f"Sequential: layer {i} is {format_given(layer)}")
            setattr(self, str(i), layer)

    def forward(self, x: Any) -> Any:
        for layer in self.children():
            x = layer(x)
        return x

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __iter__(self) -> Iterator[Module]:
        return self.children()

    def __getitem__(self, index: int | slice) -> Module:
        layers = list(self)
        if isinstance(index, slice):
            return Sequential(*layers[index])
        try:
            return layers[index]
        except IndexError:
            raise IndexingError(f"layer {index} of a Sequential of {len(layers)} layers") from None


def format_given(given: Any) -> str:
    """The object that was given in place of a layer, and the remedy."""
    if isinstance(given, type):
        return f"the class {given.__name__}: make a layer of it, {given.__name__}(...)"
    if isinstance(given, list | tuple):
        return f"a {type(given).__name__}: give the layers one by one, Sequential(*layers)"
    return f"a {type(given).__name__}, not a Module"
