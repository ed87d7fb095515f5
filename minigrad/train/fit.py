"""fit: train a model, measure it, and keep on disk what is needed to go on after an interruption."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from minigrad.data import DataLoader, Dataset
from minigrad.errors import ParameterError
from minigrad.nn import Module
from minigrad.ops import cross_entropy
from minigrad.optim import Optimizer, Schedule
from minigrad.tensor import Tensor
from minigrad.train.callback import Callback
from minigrad.train.evaluate import Loss
from minigrad.train.history import History
from minigrad.train.interrupt import Interrupt
from minigrad.train.progress import ProgressBar
from minigrad.train.run import Run


def fit(
    model: Module,
    data: DataLoader,
    optimizer: Optimizer,
    *,
    epochs: int | None = None,
    steps: int | None = None,
    schedule: Schedule | None = None,
    loss: Loss = cross_entropy,
    penalty: Callable[[], Tensor] | None = None,
    validation: Dataset | None = None,
    evaluate_every: int | None = None,
    evaluate_training: bool = False,
    folder: Path | str | None = None,
    save_every: int | None = None,
    resume: bool = False,
    keep: Mapping[str, Any] | None = None,
    callbacks: Sequence[Callback] = (),
    progress: bool = True,
) -> History:
    """Train for so many `epochs`, or `steps` (updates of the parameters), and return the history.

    schedule           gives every parameter group its rate before each update
    penalty            a term such as `optim.L2`: cost = loss(model(x), target) + penalty(), so that the
                       history has the cost and the loss apart
    validation         is evaluated every `evaluate_every` updates (by default: every epoch); the training
                       set is too with `evaluate_training`, else the updates since are averaged
    folder             is made; it holds history.jsonl and checkpoint.safetensors, which is saved before
                       the first update, every `save_every` updates (an epoch) and after the last
    resume             go on from the checkpoint in `folder`, if there is one; the result has the same
                       bytes as that of a run that was never interrupted
    keep               anything else that should be in the checkpoint: settings, the standardisation
    progress           a bar with the time left on a terminal, else a line for each evaluation

    Ctrl-C ends the update, saves, and raises KeyboardInterrupt with the checkpoint's path as its
    argument. A cost or gradient that is no number raises `AnomalyError`, which names the op that made
    it, before it can spoil the parameters. `CheckpointError` says what a checkpoint cannot be continued
    with.
    """
    if (epochs is None) == (steps is None):
        raise ParameterError(f"fit: epochs={epochs} and steps={steps}, needed: one of the two")
    total = steps if steps is not None else (epochs or 0) * len(data)
    every = {"evaluate_every": evaluate_every, "save_every": save_every}
    for name, number in {"epochs": epochs, "steps": steps, **every}.items():
        if number is not None and number < 1:
            raise ParameterError(f"fit: {name}={number}, needed: 1 or more")
    run = Run(model, data, optimizer, total, schedule, loss, penalty, folder, keep or {})
    run.begin(resume)
    watching = [*callbacks, ProgressBar()] if progress else list(callbacks)
    with Interrupt() as interrupt:
        try:
            for callback in watching:
                callback.began(run)
            for inputs, targets in run.batches():
                record = run.update(inputs, targets)
                for callback in watching:
                    callback.updated(run, record)
                if run.due(evaluate_every):
                    record = run.evaluate(validation, evaluate_training)
                    for callback in watching:
                        callback.evaluated(run, record)
                if run.due(save_every) or interrupt.pressed:
                    run.save()
                if interrupt.pressed:
                    raise KeyboardInterrupt(str(run.saved) if run.saved else "not saved: no folder")
        finally:
            run.history.flush()
            for callback in watching:
                callback.ended(run)
    return run.history
