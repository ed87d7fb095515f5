"""DataLoader: it divides a data set into batches. It can shuffle the examples anew for each epoch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from minigrad.data.dataset import Dataset
from minigrad.errors import ParameterError, StateError
from minigrad.generators import Rng, require_generator
from minigrad.typing import Array


@final
class DataLoader:
    """Iterate over (inputs, targets) batches of `dataset`: each `for` loop is one epoch.

    `shuffle=True` needs an `rng`, a generator or a random seed. The loader makes a generator of its own,
    and seeds it from `rng` once. So later uses of `rng` do not change the order. The order is drawn at
    the start of each epoch. The last batch is smaller if `batch_size` does not divide the number of
    examples; `drop_last` drops it.

    `state_dict` includes the position in the current epoch. A loader that is restored in the middle
    of an epoch yields exactly the remaining batches.
    """

    def __init__(
        self,
        dataset: Dataset,
        batch_size: int,
        *,
        shuffle: bool = False,
        rng: Rng | None = None,
        drop_last: bool = False,
    ) -> None:
        if batch_size < 1:
            raise ParameterError(f"DataLoader: batch_size is {batch_size}, needed: 1 or more")
        if shuffle and rng is None:
            raise ParameterError("DataLoader: shuffle=True needs an rng, such as rng=0")
        self.dataset, self.batch_size = dataset, batch_size
        self.shuffle, self.drop_last = shuffle, drop_last
        if len(self) == 0:
            raise ParameterError(
                f"DataLoader: {len(dataset)} examples do not fill a batch of {batch_size}"
                + (" with drop_last=True" if len(dataset) else "")
            )
        seed = require_generator("DataLoader", rng).integers(2**63, size=4) if shuffle else 0
        self._rng = np.random.default_rng(seed)
        self._rng_at_start = self._rng.bit_generator.state
        self._handed_out = self._skip = 0

    def __len__(self) -> int:
        """The number of batches in an epoch."""
        count = len(self.dataset)
        return count // self.batch_size if self.drop_last else -(-count // self.batch_size)

    def __iter__(self) -> Iterator[tuple[Array, Array]]:
        """The batches of one epoch, or the remaining ones after `load_state_dict`. Each batch is a copy.

        The epoch begins with this call, before its first batch. If another epoch is unfinished, it ends.
        """
        self._handed_out, self._skip = self._skip, 0
        self._rng_at_start = self._rng.bit_generator.state
        count = len(self.dataset)
        order = self._rng.permutation(count) if self.shuffle else np.arange(count)
        return self._batches(order, self._handed_out)

    def _batches(self, order: NDArray[np.intp], start: int) -> Iterator[tuple[Array, Array]]:
        for i in range(start, len(self)):
            self._handed_out = i + 1
            yield self.dataset[order[i * self.batch_size : (i + 1) * self.batch_size]]
        self._rng_at_start, self._handed_out = self._rng.bit_generator.state, 0

    def state_dict(self) -> dict[str, Any]:
        """The generator's state at the start of the epoch, and the number of batches since. Fits JSON."""
        return {"rng": self._rng_at_start, "handed_out": self._handed_out}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from `state`; raises `StateError` if it is not the state of such a loader."""
        try:
            handed_out = int(state["handed_out"])
            if not 0 <= handed_out <= len(self):
                raise ValueError(
                    f"{handed_out} batches were used, but an epoch has {len(self)}; "
                    "was it saved with another batch_size or data set?"
                )
            self._rng.bit_generator.state = state["rng"]
        except (KeyError, TypeError, ValueError) as error:
            raise StateError(f"DataLoader: not a state of this loader: {error!r}") from error
        self._rng_at_start = self._rng.bit_generator.state
        self._handed_out = self._skip = handed_out
