"""Settings of a run: its length, its cost, and how often it is evaluated and saved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from inspect import isfunction
from typing import Any, final

from minigrad.errors import ParameterError
from minigrad.op import Op
from minigrad.ops import cross_entropy
from minigrad.optim import Schedule
from minigrad.tensor import Tensor
from minigrad.train.evaluate import Loss

MAY_CHANGE = {"epochs", "updates", "save_every"}
"""A run may be resumed with other values of these: none changes what an update computes."""


@final
@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that decides what `fit` computes, apart from the model, the data and the optimizer.

    epochs, updates      length of the run: passes over the data, or updates of the parameters
    loss                 loss(outputs, targets), the mean over a batch
    penalty              a term such as `optim.L2`: cost = loss + penalty(); the history has both
    schedule             sets the learning rate of all parameter groups before each update
    evaluate_every       updates between two evaluations (default: one epoch)
    evaluate_training    evaluate the training set too; otherwise its measures are means over the
                         updates since the last evaluation
    save_every           updates between two checkpoints (default: one epoch)

    Raises `ParameterError` unless exactly one of epochs and updates is given, and all numbers are 1 or more.
    """

    epochs: int | None = None
    updates: int | None = None
    loss: Loss = cross_entropy
    penalty: Callable[[], Tensor] | None = None
    schedule: Schedule | None = None
    evaluate_every: int | None = None
    evaluate_training: bool = False
    save_every: int | None = None

    def __post_init__(self) -> None:
        if (self.epochs is None) == (self.updates is None):
            raise ParameterError(
                f"Settings: epochs={self.epochs} and updates={self.updates}; needed: one of the two, as in "
                "Settings(epochs=5)"
            )
        for name in ("epochs", "updates", "evaluate_every", "save_every"):
            if (value := getattr(self, name)) is not None and value < 1:
                raise ParameterError(f"Settings: {name}={value}; needed: 1 or more")

    def as_json(self) -> dict[str, Any]:
        """The settings that a resumed run must have too; an object is its class and its numbers."""
        names = {field.name for field in fields(self)} - MAY_CHANGE
        return {name: as_json(getattr(self, name)) for name in sorted(names)}


def as_json(value: Any) -> Any:
    if value is None or isinstance(value, int | float | str):
        return value
    if isfunction(value) or isinstance(value, Op):
        return value.__name__
    numbers = {k: v for k, v in vars(value).items() if isinstance(v, int | float | str)}
    return {"class": type(value).__name__, **numbers}


def format_differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """The settings that differ, as "lr=0.1 there, 0.2 here; ..."; empty where none does."""
    return "; ".join(
        f"{name}={before.get(name)} there, {now.get(name)} here"
        for name in sorted(before.keys() | now.keys())
        if before.get(name) != now.get(name)
    )
