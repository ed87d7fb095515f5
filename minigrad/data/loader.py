"""Batches: a data set cut into pieces of one size, in a new random order each epoch if wanted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from minigrad.data.dataset import Dataset
from minigrad.errors import ParameterError, StateError
from minigrad.typing import Array


@final
class DataLoader:
    """Iterate over (inputs, targets) batches of `dataset`, as often as wanted: one epoch a time.

    `shuffle=True` needs an `rng`, from which the loader takes the seed of a generator of its own: so
    nobody else's draws disturb its order. Each epoch's order is drawn when the epoch begins. The last
    batch is smaller where `batch_size` does not divide the number of examples, unless `drop_last`.

    `state_dict` also knows how far the current epoch has come, so a loader restored in the middle
    of an epoch yields exactly the batches that were still to come.
    """

    def __init__(
        self,
        dataset: Dataset,
        batch_size: int,
        *,
        shuffle: bool = False,
        rng: np.random.Generator | None = None,
        drop_last: bool = False,
    ) -> None:
        if batch_size < 1:
            raise ParameterError(f"DataLoader: batch_size is {batch_size}, needed: 1 or more")
        if shuffle and rng is None:
            raise ParameterError("DataLoader: shuffle=True needs rng=, a numpy.random.Generator")
        self.dataset, self.batch_size = dataset, batch_size
        self.shuffle, self.drop_last = shuffle, drop_last
        if len(self) == 0:
            raise ParameterError(
                f"DataLoader: {len(dataset)} examples make no batch of {batch_size}"
                + (" with drop_last=True" if len(dataset) else "")
            )
        seed = rng.integers(2**63, size=4) if shuffle and rng is not None else 0
        self._rng = np.random.default_rng(seed)
        self._epoch_began = self._rng.bit_generator.state
        self._handed_out = self._resume = 0

    def __len__(self) -> int:
        """The number of batches in an epoch."""
        count = len(self.dataset)
        return count // self.batch_size if self.drop_last else -(-count // self.batch_size)

    def __iter__(self) -> Iterator[tuple[Array, Array]]:
        """The batches of one epoch, or the rest of one after `load_state_dict`; each is a copy.

        The epoch begins here, and not with its first batch; one left unfinished is over.
        """
        self._handed_out, self._resume = self._resume, 0
        self._epoch_began = self._rng.bit_generator.state
        count = len(self.dataset)
        order = self._rng.permutation(count) if self.shuffle else np.arange(count)
        return self._batches(order, self._handed_out)

    def _batches(self, order: NDArray[np.intp], start: int) -> Iterator[tuple[Array, Array]]:
        for i in range(start, len(self)):
            self._handed_out = i + 1
            yield self.dataset[order[i * self.batch_size : (i + 1) * self.batch_size]]
        self._epoch_began, self._handed_out = self._rng.bit_generator.state, 0

    def state_dict(self) -> dict[str, Any]:
        """The generator's state when the current epoch began, and the batches since; fit for JSON."""
        return {"rng": self._epoch_began, "handed_out": self._handed_out}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue where `state` was taken; raises `StateError` if it is not a loader's state."""
        try:
            handed_out = int(state["handed_out"])
            if not 0 <= handed_out <= len(self):
                raise ValueError(
                    f"it is {handed_out} batches into an epoch of {len(self)}; "
                    "was it saved with another batch_size or data set?"
                )
            self._rng.bit_generator.state = state["rng"]
        except (KeyError, TypeError, ValueError) as error:
            raise StateError(f"DataLoader: not a state of this loader: {error!r}") from error
        self._epoch_began = self._rng.bit_generator.state
        self._handed_out = self._resume = handed_out
