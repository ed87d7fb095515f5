"""Callbacks: those who look on while a model is trained, and may ask the run to stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from minigrad.train.history import Record

if TYPE_CHECKING:
    from minigrad.train.run import Run


class Callback:
    """Each method is called when what it is named after has happened; by default it does nothing.

    `run.model`, `run.optimizer`, `run.history`, `run.step`, `run.steps` and `run.epoch` are there to be
    read; `run.stop()` ends the run after this update. A callback that draws random numbers from the
    model's or the loader's generators changes the run, and one that keeps a state of its own starts
    afresh when the run is resumed.
    """

    def began(self, run: Run) -> None:
        """The run is set up or resumed, and the next update is `run.step + 1`."""

    def updated(self, run: Run, record: Record) -> None:
        """The parameters have their new values; `record` is what the history says of it."""

    def evaluated(self, run: Run, record: Record) -> None:
        """The model was evaluated."""

    def ended(self, run: Run) -> None:
        """The run is over: finished, stopped, interrupted or failed."""
