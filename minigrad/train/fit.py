"""fit: train a model, measure it, and save what is needed to continue after an interruption."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from minigrad.data import DataLoader, Dataset
from minigrad.nn import Module
from minigrad.optim import Optimizer
from minigrad.train.callback import Callback
from minigrad.train.history import History
from minigrad.train.interrupt import Interrupt
from minigrad.train.run import Run
from minigrad.train.settings import Settings


def fit(
    model: Module,
    data: DataLoader,
    optimizer: Optimizer,
    settings: Settings,
    *,
    validation: Dataset | None = None,
    folder: Path | str | None = None,
    resume: bool = False,
    keep: Mapping[str, Any] | None = None,
    callbacks: Sequence[Callback] = (),
) -> History:
    """Train as the settings state, and return the history.

        fit(model, loader, optimizer, Settings(epochs=5), validation=held_out, callbacks=[ProgressBar()])

    validation    is evaluated every `settings.evaluate_every` updates
    folder        is made; it holds history.jsonl and checkpoint.safetensors, which is saved before the
                  first update, every `settings.save_every` updates, and after the last
    resume        continue from the checkpoint in `folder`, if there is one; the result has the same bytes
                  as that of a run that was never interrupted
    keep          more data for the checkpoint, such as the options of a program

    Ctrl-C ends the update, saves, and raises KeyboardInterrupt with the checkpoint's path as its argument.
    A cost or gradient with nan or inf raises `AnomalyError`, which names the op that made it, before the
    parameters change. A checkpoint that cannot be continued raises `CheckpointError`.
    """
    run = Run(model, data, optimizer, settings, folder, keep or {})
    run.begin(resume)
    with Interrupt() as interrupt:
        try:
            for callback in callbacks:
                callback.began(run)
            for inputs, targets in run.batches():
                record = run.update(inputs, targets)
                for callback in callbacks:
                    callback.updated(run, record)
                if run.due(settings.evaluate_every):
                    record = run.evaluate(validation)
                    for callback in callbacks:
                        callback.evaluated(run, record)
                if run.due(settings.save_every) or interrupt.pressed:
                    run.save()
                if interrupt.pressed:
                    raise KeyboardInterrupt(str(run.saved) if run.saved else "not saved: no folder")
        finally:
            run.history.flush()
            for callback in callbacks:
                callback.ended(run)
    return run.history
