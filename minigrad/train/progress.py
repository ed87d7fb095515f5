"""Progress: a bar on a terminal, and a plain line for each evaluation everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from minigrad.train.callback import Callback
from minigrad.train.history import Record

if TYPE_CHECKING:
    from rich.console import Console

    from minigrad.train.run import Run


@final
class ProgressBar(Callback):
    """Shows where the run is, the loss and accuracy of late, the rate, and the time left.

    Where standard output is no terminal there is no bar, only the lines.
    """

    def __init__(self, console: Console | None = None) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self.console = console or Console(highlight=False)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            TextColumn("{task.percentage:>3.0f} %  {task.fields[figures]}"),
            TimeRemainingColumn(),
            TextColumn("left"),
            console=self.console,
            transient=True,
            refresh_per_second=5,
            disable=not self.console.is_terminal,
        )
        self._task = self._bar.add_task("", figures="")
        self._loss = self._accuracy = 0.0

    def began(self, run: Run) -> None:
        self._bar.update(self._task, completed=run.step, total=run.steps)
        self._bar.start()
        if run.step:
            self.console.print(f"resumed after update {run.step} of {run.steps}")

    def updated(self, run: Run, record: Record) -> None:
        if self._bar.disable:
            return
        # One batch says little and an epoch's mean lags: the average over about the last twenty.
        weight = 1 / min(20, run.step)
        self._loss += weight * (record["loss"] - self._loss)
        figures = f"loss {self._loss:.4f}"
        if record["accuracy"] is not None:
            self._accuracy += weight * (record["accuracy"] - self._accuracy)
            figures += f"  accuracy {self._accuracy:.1%}"
        figures += f"  rate {record['rate']:.3g}"
        self._bar.update(
            self._task, completed=run.step, description=epochs(run), figures=figures, refresh=False
        )

    def evaluated(self, run: Run, record: Record) -> None:
        line = [epochs(run), *(measures(record, part) for part in ("train", "validation"))]
        self.console.print("   ".join(filter(None, line)), soft_wrap=True)

    def ended(self, run: Run) -> None:
        self._bar.stop()


def epochs(run: Run) -> str:
    total = -(-run.steps // len(run.data))
    return f"epoch {run.epoch:>{len(str(total))}}/{total}"


def measures(record: Record, part: str) -> str:
    """ "training loss 0.0512  accuracy 98.41%", or nothing if that part was not measured."""
    if f"{part}_loss" not in record:
        return ""
    name = "training" if part == "train" else part
    cost, loss = record[f"{part}_cost"], record[f"{part}_loss"]
    text = f"{name} " + (
        f"cost {cost:.4f}  loss {loss:.4f}" if cost != loss else f"loss {loss:.4f}"
    )
    accuracy = record[f"{part}_accuracy"]
    return text if accuracy is None else f"{text}  accuracy {accuracy:6.2%}"
