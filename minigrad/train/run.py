"""Run: the state of a training run between two updates, and how it is advanced, saved and restored."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn, final

import numpy as np

from minigrad.anomaly import detect_anomaly
from minigrad.data import DataLoader, Dataset
from minigrad.errors import AnomalyError, CheckpointError
from minigrad.nn import Module
from minigrad.optim import Optimizer, Schedule
from minigrad.tensor import Tensor
from minigrad.train import checkpoint
from minigrad.train.evaluate import Loss, correct, evaluate
from minigrad.train.history import History, Record, shortest
from minigrad.typing import Array

CHECKPOINT, HISTORY = "checkpoint.safetensors", "history.jsonl"


@final
class Run:
    """A run between two updates: all that the next one depends on, and the history so far."""

    def __init__(
        self,
        model: Module,
        data: DataLoader,
        optimizer: Optimizer,
        steps: int,
        schedule: Schedule | None,
        loss: Loss,
        penalty: Callable[[], Tensor] | None,
        folder: Path | str | None,
        keep: Mapping[str, Any],
    ) -> None:
        self.model, self.data, self.optimizer = model, data, optimizer
        self.schedule, self.loss, self.penalty, self.keep = schedule, loss, penalty, keep
        self.folder = None if folder is None else Path(folder)
        self.step, self.steps = 0, steps
        self.history = History()
        self.saved: Path | None = None
        self._stopped = False
        self._rngs = dict(model.named_rngs())
        self._sums = {"examples": 0, "cost": 0.0, "loss": 0.0, "right": 0}

    @property
    def epoch(self) -> int:
        """The epoch that the last update belonged to, from 1."""
        return max(self.step - 1, 0) // len(self.data) + 1

    def stop(self) -> None:
        """End the run after this update, as if it had been asked for no more."""
        self._stopped = True

    def due(self, every: int | None) -> bool:
        """Whether something done every so many updates, by default every epoch, is to be done now."""
        return self.over or self.step % (every or len(self.data)) == 0

    @property
    def over(self) -> bool:
        return self._stopped or self.step >= self.steps

    # ---- training ----

    def batches(self) -> Iterator[tuple[Array, Array]]:
        """What is left of this epoch, and the epochs after it."""
        while not self.over:
            for batch in self.data:
                yield batch
                if self.over:
                    return

    def update(self, inputs: Array, targets: Array) -> Record:
        """One step of the optimiser; returns the record."""
        if self.schedule is not None:
            for group in self.optimizer.param_groups:
                group["lr"] = self.schedule(self.step)
        before = {path: rng.bit_generator.state for path, rng in self._rngs.items()}
        with np.errstate(all="ignore"):  # what numpy would warn of is looked into here
            out, loss, cost = self._forward(inputs, targets)
            if np.isfinite(cost.data):
                cost.backward()
            if not np.isfinite(cost.data) or not self._gradients_finite():
                self._explain(inputs, targets, before)
        self.optimizer.step()
        self.step += 1
        hits = correct(out.data, targets)
        self._add(len(targets), float(cost.data), float(loss.data), hits)
        return self.history.record(
            "update",
            step=self.step,
            epoch=self.epoch,
            rate=self.optimizer.param_groups[0]["lr"],
            cost=shortest(cost.data),
            loss=shortest(loss.data),
            accuracy=None if hits is None else hits / len(targets),
        )

    def _forward(self, inputs: Array, targets: Array) -> tuple[Tensor, Tensor, Tensor]:
        self.optimizer.zero_grad()
        out = self.model(Tensor(inputs))
        loss = self.loss(out, targets)
        return out, loss, loss if self.penalty is None else loss + self.penalty()

    def _gradients_finite(self) -> bool:
        """By their squared length, which is nan or inf if one of them is; the reverse is looked into."""
        for group in self.optimizer.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    g = p.grad.data.ravel(order="K")
                    if not np.isfinite(g @ g) and not np.isfinite(g).all():
                        return False
        return True

    def _explain(
        self, inputs: Array, targets: Array, rngs: Mapping[str, Mapping[str, Any]]
    ) -> NoReturn:
        """Raise `AnomalyError` for this batch, computed once more under the eyes of `detect_anomaly`."""
        for path, state in rngs.items():
            self._rngs[path].bit_generator.state = state
        where = f"update {self.step + 1}, in epoch {self.step // len(self.data) + 1}"
        kept = f"\n  the checkpoint from before it stays: {self.saved}" if self.saved else ""
        unsound = [
            name for name, p in self.model.named_parameters() if not np.isfinite(p.data).all()
        ]
        if unsound:
            cause = f"{unsound[0]} held nan or inf before it; a smaller learning rate may help"
        elif not np.isfinite(inputs).all():
            cause = "the inputs of this batch hold nan or inf"
        else:
            try:
                with detect_anomaly():
                    self._forward(inputs, targets)[2].backward()
            except AnomalyError as error:
                found = "\n  ".join([str(error), *getattr(error, "__notes__", [])])
                raise AnomalyError(f"{where}: {found}{kept}") from error
            cause = (
                "it was not when the batch was computed once more, so something in the model or the "
                "loss depends on more than the parameters and the model's random generators"
            )
        raise AnomalyError(f"{where}: the cost or a gradient is nan or inf: {cause}{kept}")

    # ---- measuring ----

    def _add(self, count: int, cost: float, loss: float, hits: int | None) -> None:
        sums = self._sums
        sums["examples"] += count
        sums["cost"] += count * cost
        sums["loss"] += count * loss
        sums["right"] += hits or 0

    def evaluate(self, validation: Dataset | None, training: bool) -> Record:
        """Measure the training set, or average over the updates since, and the validation set."""
        sums, count = self._sums, self._sums["examples"]
        last = self.history.last("update") or {}
        values: dict[str, Any] = {
            "train_cost": sums["cost"] / count,
            "train_loss": sums["loss"] / count,
            "train_accuracy": None if last["accuracy"] is None else sums["right"] / count,
        }
        self._sums = dict.fromkeys(sums, 0)
        term = 0.0 if self.penalty is None else float(self.penalty().data)
        parts = {"train": self.data.dataset if training else None, "validation": validation}
        for name, dataset in parts.items():
            if dataset is not None:
                result = evaluate(self.model, dataset, loss=self.loss)
                values[f"{name}_cost"] = result.loss + term
                values[f"{name}_loss"] = result.loss
                values[f"{name}_accuracy"] = result.accuracy
        return self.history.record("evaluation", step=self.step, epoch=self.epoch, **values)

    # ---- saving ----

    def begin(self, resume: bool) -> None:
        """Set training mode; make the folder, and start in it or go on from its checkpoint."""
        self.model.train()
        if self.folder is None:
            if resume:
                raise CheckpointError("resume=True needs the folder= that the checkpoint is in")
            return
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CheckpointError(f"{self.folder}: cannot be made: {error.strerror}") from error
        if resume and (self.folder / CHECKPOINT).exists():
            self._restore(self.folder)
            return
        # The checkpoint says that the history is empty before it is emptied: killed in between, the
        # run that is resumed cuts off what is left of an older one.
        self.save()
        self.history = History(self.folder / HISTORY)

    def save(self) -> None:
        """Publish the state as one file, after the history that belongs to it is safely on the disk."""
        if self.folder is None:
            return
        state = {
            "step": self.step,
            "steps": self.steps,
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "schedule": described(self.schedule),
            "loader": self.data.state_dict(),
            "rngs": {path: rng.bit_generator.state for path, rng in self._rngs.items()},
            "sums": self._sums,
            "history": self.history.flush(sync=True),
            "keep": self.keep,
        }
        checkpoint.save(self.folder / CHECKPOINT, state)
        self.saved = self.folder / CHECKPOINT

    def _restore(self, folder: Path) -> None:
        path = folder / CHECKPOINT
        state = checkpoint.load(path)
        try:
            if state["schedule"] != described(self.schedule):
                raise CheckpointError(
                    f"{path}: was saved with the schedule {state['schedule']}, and this run has "
                    f"{described(self.schedule)}"
                )
            if state["rngs"].keys() != self._rngs.keys():
                raise CheckpointError(
                    f"{path}: has random generators {list(state['rngs'])}, and this model has "
                    f"{list(self._rngs)}"
                )
            self.history = History.resume(folder / HISTORY, state["history"])
            self.model.load_state_dict(state["model"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.data.load_state_dict(state["loader"])
            for name, rng_state in state["rngs"].items():
                self._rngs[name].bit_generator.state = rng_state
            self.step, self._sums = state["step"], state["sums"]
        except (KeyError, TypeError, AttributeError) as error:
            raise CheckpointError(f"{path}: not the checkpoint of a run: {error!r}") from error
        self.saved = path


def described(schedule: Schedule | None) -> Any:
    """What tells one schedule from another, for the checkpoint: its class and its numbers."""
    if schedule is None:
        return None
    numbers = {k: v for k, v in vars(schedule).items() if isinstance(v, int | float | str)}
    return {"class": type(schedule).__name__, **numbers}
