"""Run: the state of a training run between two updates, and how it is advanced, saved and restored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn, final

import numpy as np

from minigrad.anomaly import detect_anomaly
from minigrad.data import DataLoader, Dataset
from minigrad.errors import AnomalyError, CheckpointError
from minigrad.files import explaining
from minigrad.nn import Module
from minigrad.optim import Optimizer
from minigrad.tensor import Tensor
from minigrad.train import checkpoint
from minigrad.train.evaluate import count_correct, evaluate
from minigrad.train.history import History, Record, shortest
from minigrad.train.settings import Settings, format_differences
from minigrad.typing import Array

CHECKPOINT, HISTORY = "checkpoint.safetensors", "history.jsonl"


@final
class Run:
    """A run between two updates: all that the next update depends on, and the history so far.

    updates    number of updates made
    total      number of updates at the end
    saved      path of the last checkpoint, or None
    """

    def __init__(
        self, model: Module, data: DataLoader, optimizer: Optimizer, settings: Settings,
        folder: Path | str | None, keep: Mapping[str, Any],
    ) -> None:  # fmt: skip
        self.model, self.data, self.optimizer = model, data, optimizer
        self.settings, self.keep = settings, keep
        self.folder = None if folder is None else Path(folder)
        self.updates = 0
        self.total = settings.updates or (settings.epochs or 0) * len(data)
        self.history = History()
        self.saved: Path | None = None
        self._stopped = False
        self._rngs = dict(model.named_rngs())
        # Since the last evaluation: examples, cost, loss, correct answers.
        self._sums = np.zeros(4)

    @property
    def epoch(self) -> int:
        """The epoch of the last update, from 1."""
        return max(self.updates - 1, 0) // len(self.data) + 1

    @property
    def over(self) -> bool:
        return self._stopped or self.updates >= self.total

    def stop(self) -> None:
        """End the run after this update; it counts as finished."""
        self._stopped = True

    def due(self, every: int | None) -> bool:
        """Whether it is time for an action that happens every `every` updates (None: every epoch)."""
        return self.over or self.updates % (every or len(self.data)) == 0

    # ---- training ----

    def batches(self) -> Iterator[tuple[Array, Array]]:
        """The batches that are left, in this epoch and in later ones."""
        while not self.over:
            for batch in self.data:
                yield batch
                if self.over:
                    return

    def update(self, inputs: Array, targets: Array) -> Record:
        """Make one update of the parameters; returns its record."""
        if self.settings.schedule is not None:
            for group in self.optimizer.param_groups:
                group["lr"] = self.settings.schedule(self.updates)
        before = {path: rng.bit_generator.state for path, rng in self._rngs.items()}
        # nan and inf raise below, with more to say than numpy's warning.
        with np.errstate(all="ignore"):
            out, loss, cost = self._forward(inputs, targets)
            if np.isfinite(cost.data):
                cost.backward()
            if not np.isfinite(cost.data) or not self._gradients_finite():
                self._explain(inputs, targets, before)
        self.optimizer.step()
        self.updates += 1
        hits, n = count_correct(out.data, targets), len(targets)
        self._sums += (n, n * float(cost.data), n * float(loss.data), hits or 0)
        return self.history.record(
            "update",
            step=self.updates,
            epoch=self.epoch,
            rate=self.optimizer.param_groups[0]["lr"],
            cost=shortest(cost.data),
            loss=shortest(loss.data),
            accuracy=None if hits is None else hits / n,
        )

    def _forward(self, inputs: Array, targets: Array) -> tuple[Tensor, Tensor, Tensor]:
        self.optimizer.zero_grad()
        out = self.model(Tensor(inputs))
        loss = self.settings.loss(out, targets)
        penalty = self.settings.penalty
        return out, loss, loss if penalty is None else loss + penalty()

    def _gradients_finite(self) -> bool:
        """Whether no gradient holds nan or inf.

        The squared length is finite then, and fast to compute; it may overflow for a finite gradient.
        """
        parameters = [p for group in self.optimizer.param_groups for p in group["params"]]
        flat = (p.grad.data.ravel(order="K") for p in parameters if p.grad is not None)
        return all(np.isfinite(g @ g) or np.isfinite(g).all() for g in flat)

    def _explain(
        self, inputs: Array, targets: Array, rngs: Mapping[str, Mapping[str, Any]]
    ) -> NoReturn:
        """Raise `AnomalyError` for this batch, after computing it again in `detect_anomaly`."""
        for path, state in rngs.items():
            self._rngs[path].bit_generator.state = state
        where = f"update {self.updates + 1}, in epoch {self.updates // len(self.data) + 1}"
        kept = f"\n  the last checkpoint before it is kept: {self.saved}" if self.saved else ""
        spoilt = [n for n, p in self.model.named_parameters() if not np.isfinite(p.data).all()]
        if spoilt:
            cause = f"{spoilt[0]} held nan or inf before it; a smaller learning rate may help"
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
                "it was finite when the batch was computed again, so the model or the loss depends on "
                "more than the parameters and the model's random generators"
            )
        raise AnomalyError(f"{where}: the cost or a gradient is nan or inf: {cause}{kept}")

    # ---- evaluation ----

    def evaluate(self, validation: Dataset | None) -> Record:
        """Measure the validation set and the training set, or average the updates since the last time."""
        count, cost, loss, correct = self._sums.tolist()
        last = self.history.last("update") or {}
        values: dict[str, Any] = {
            "train_cost": cost / count,
            "train_loss": loss / count,
            "train_accuracy": None if last["accuracy"] is None else correct / count,
            "train_averaged": not self.settings.evaluate_training,
        }
        self._sums[:] = 0
        settings = self.settings
        term = 0.0 if settings.penalty is None else float(settings.penalty().data)
        training = self.data.dataset if settings.evaluate_training else None
        for name, dataset in {"train": training, "validation": validation}.items():
            if dataset is not None:
                result = evaluate(self.model, dataset, loss=settings.loss)
                values[f"{name}_cost"] = result.loss + term
                values[f"{name}_loss"] = result.loss
                values[f"{name}_accuracy"] = result.accuracy
        return self.history.record("evaluation", step=self.updates, epoch=self.epoch, **values)

    # ---- saving ----

    def begin(self, resume: bool) -> None:
        """Set training mode; make the folder, and start in it or continue from its checkpoint."""
        self.model.train()
        if self.folder is None:
            if resume:
                raise CheckpointError("resume=True needs the folder= that holds the checkpoint")
            return
        with explaining(CheckpointError, f"{self.folder}: cannot be made"):
            self.folder.mkdir(parents=True, exist_ok=True)
        if resume and (self.folder / CHECKPOINT).exists():
            self._restore(self.folder)
            return
        # The checkpoint records an empty history before the file is emptied: after a kill between the
        # two, a resumed run cuts off what an older run left.
        self.save()
        self.history = History(self.folder / HISTORY)

    def save(self) -> None:
        """Save the state in one file, after the history that belongs to it is on the disk."""
        if self.folder is None:
            return
        state = {
            "updates": self.updates,
            "total": self.total,
            "settings": self.settings.as_json(),
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
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
            if different := format_differences(state["settings"], self.settings.as_json()):
                raise CheckpointError(f"{path}: was saved with other settings: {different}")
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
            self.updates, self._sums[:] = state["updates"], state["sums"]
        except (KeyError, TypeError, AttributeError) as error:
            raise CheckpointError(f"{path}: is not the checkpoint of a run: {error!r}") from error
        self.saved = path
