"""Data sets: examples with an index, in memory or elsewhere, and two functions that split them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import final

import numpy as np
from numpy.typing import NDArray

from minigrad.errors import DataError, ParameterError
from minigrad.generators import Rng, require_generator
from minigrad.typing import Array

Index = int | slice | NDArray[np.intp]


class Dataset(ABC):
    """A finite sequence of examples: `inputs, targets = dataset[indices]` returns several at once."""

    @abstractmethod
    def __len__(self) -> int:
        """The number of examples."""

    @abstractmethod
    def __getitem__(self, index: Index) -> tuple[Array, Array]:
        """The examples at an index, a slice or an array of indices."""


@final
class ArrayDataset(Dataset):
    """Examples in memory: inputs (n, ...) and targets (n, ...), one example in each row.

    `classes` names the values of integer targets. Raises `DataError` if the lengths differ.
    """

    def __init__(self, inputs: Array, targets: Array, classes: Sequence[str] = ()) -> None:
        self.inputs, self.targets = np.asarray(inputs), np.asarray(targets)
        self.classes = tuple(classes)
        if self.inputs.ndim == 0 or self.targets.ndim == 0:
            raise DataError(
                "ArrayDataset: inputs and targets need a first axis that counts examples"
            )
        if len(self.inputs) != len(self.targets):
            raise DataError(
                f"ArrayDataset: {len(self.inputs)} inputs but {len(self.targets)} targets\n"
                f"  inputs: {self.inputs.shape}   targets: {self.targets.shape}   "
                "needed: the same number of both"
            )

    def __len__(self) -> int:
        return len(self.inputs)

    def __getitem__(self, index: Index) -> tuple[Array, Array]:
        return self.inputs[index], self.targets[index]

    def map(self, function: Callable[[Array], Array]) -> ArrayDataset:
        """The same examples with `function` applied to all inputs at once."""
        return ArrayDataset(function(self.inputs), self.targets, self.classes)

    def __repr__(self) -> str:
        inputs, targets = self.inputs, self.targets
        return (
            f"ArrayDataset({len(self)} examples: inputs {inputs.shape[1:]} {inputs.dtype}, "
            f"targets {targets.shape[1:]} {targets.dtype}, {len(self.classes)} classes)"
        )


def fixed_split(dataset: ArrayDataset, lengths: Sequence[float]) -> list[ArrayDataset]:
    """Split into parts, in the order of the examples. The parts share the memory of `dataset`.

    `lengths` are numbers of examples that add up to `len(dataset)`, or fractions that add up to 1.
    Otherwise `ParameterError` is raised, so that no example is lost.
    """
    ends = np.cumsum(_whole_lengths(len(dataset), lengths)).tolist()
    return [ArrayDataset(*dataset[i:j], dataset.classes) for i, j in zip([0, *ends], ends)]


def random_split(dataset: ArrayDataset, lengths: Sequence[float], rng: Rng) -> list[ArrayDataset]:
    """As `fixed_split`, but the examples are shuffled first. `rng` is a generator or a random seed."""
    order = require_generator("random_split", rng).permutation(len(dataset))
    return fixed_split(ArrayDataset(*dataset[order], dataset.classes), lengths)


def _whole_lengths(count: int, lengths: Sequence[float]) -> list[int]:
    """The lengths in examples. Examples that are left over by rounding go to the first parts."""
    whole = [int(length) for length in lengths]
    if any(not isinstance(length, int | np.integer) for length in lengths):
        if min(lengths) < 0 or abs(sum(lengths) - 1) > 1e-9:
            raise ParameterError(f"split: the fractions {list(lengths)} do not add up to 1")
        whole = [int(count * length) for length in lengths]
        for i in range(count - sum(whole)):
            whole[i % len(whole)] += 1
    if not whole or min(whole) < 0 or sum(whole) != count:
        raise ParameterError(
            f"split: the lengths {whole} add up to {sum(whole)}, the data set has {count} examples"
        )
    return whole
