"""Progress: a bar on a terminal, and a line for each evaluation everywhere."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, final

from minigrad.train.callback import Callback
from minigrad.train.history import Record

if TYPE_CHECKING:
    from rich.console import Console

    from minigrad.train.run import Run


@final
class ProgressBar(Callback):
    """Shows the position in the run, recent loss and accuracy, the learning rate, and the time left.

    Where standard output is not a terminal, there is no bar, only a line for each evaluation. The line
    ends with the seconds since the one before.
    """

    def __init__(self, console: Console | None = None) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TimeRemainingColumn

        self.console = console or Console(highlight=False)
        figures = "{task.percentage:>3.0f} %  {task.fields[figures]}"
        columns = "{task.description}", BarColumn(None), figures, TimeRemainingColumn(), "left"
        self._bar = Progress(*columns, console=self.console, transient=True, refresh_per_second=5,
                             disable=not self.console.is_terminal)  # fmt: skip
        self._task = self._bar.add_task("", figures="")
        self._loss = self._accuracy = 0.0

    def began(self, run: Run) -> None:
        self._bar.update(self._task, completed=run.updates, total=run.total)
        self._bar.start()
        self._since = time.perf_counter()
        if run.updates:
            self.console.print(f"resumed after update {run.updates} of {run.total}")

    def updated(self, run: Run, record: Record) -> None:
        if self._bar.disable:
            return
        # One batch is noisy and the mean of an epoch lags behind: average the last 20 or so.
        weight = 1 / min(20, run.updates)
        self._loss += weight * (record["loss"] - self._loss)
        figures = f"loss {self._loss:.4f}"
        if record["accuracy"] is not None:
            self._accuracy += weight * (record["accuracy"] - self._accuracy)
            figures += f"  accuracy {self._accuracy:.1%}"
        figures += f"  rate {record['rate']:.3g}"
        epoch = format_epoch(run)
        self._bar.update(self._task, completed=run.updates, description=epoch, figures=figures)

    def evaluated(self, run: Run, record: Record) -> None:
        before, self._since = self._since, time.perf_counter()
        parts = [format_epoch(run), *(format_measures(record, p) for p in ("train", "validation"))]
        parts.append(f"{self._since - before:.1f} s")
        self.console.print("   ".join(filter(None, parts)), soft_wrap=True)

    def ended(self, run: Run) -> None:
        if (
            not self._bar.disable
        ):  # older versions of rich end even a disabled bar with an empty line
            self._bar.stop()


def format_epoch(run: Run) -> str:
    total = -(-run.total // len(run.data))
    return f"epoch {run.epoch:>{len(str(total))}}/{total}"


def format_measures(record: Record, part: str) -> str:
    """ "training loss 0.0512  accuracy 98.41%"; empty if that part was not measured."""
    if f"{part}_loss" not in record:
        return ""
    name = "training" if part == "train" else part
    cost, loss = record[f"{part}_cost"], record[f"{part}_loss"]
    text = f"{name} cost {cost:.4f}  loss {loss:.4f}" if cost != loss else f"{name} loss {loss:.4f}"
    accuracy = record[f"{part}_accuracy"]
    return text if accuracy is None else f"{text}  accuracy {accuracy:6.2%}"
