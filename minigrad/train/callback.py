"""Callbacks: objects that observe a run, and may stop it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from minigrad.train.history import Record

if TYPE_CHECKING:
    from minigrad.train.run import Run


class Callback:
    """Override the methods that you need. Each is called after the event in its name.

    A callback may read `run.model`, `run.optimizer`, `run.history`, `run.updates`, `run.total` and
    `run.epoch`, and end the run after the current update with `run.stop()`. A callback that draws random
    numbers from a generator of the model or the loader changes the run. The attributes of a callback are
    not saved in a checkpoint.
    """

    def began(self, run: Run) -> None:
        """The run is set up or resumed; the next update is number `run.updates + 1`."""

    def updated(self, run: Run, record: Record) -> None:
        """The parameters have new values; `record` is the update's record in the history."""

    def evaluated(self, run: Run, record: Record) -> None:
        """The model was evaluated; `record` has the measures."""

    def ended(self, run: Run) -> None:
        """The run is over: it finished, or was stopped or interrupted, or failed."""
